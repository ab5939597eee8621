"""What goes to PyPI: made, looked over, and installed as somebody does who has nothing else of it."""

from __future__ import annotations

import os
import re
import subprocess
import venv
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.ports import free_ports
from tests.system.asking import has_reading, until
from tests.system.debs import SOURCE, TOOLS

pytestmark = [pytest.mark.system, pytest.mark.timeout(600), pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make dist` fills."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [TOOLS, SOURCE / "packaging/dist.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2  # twine's; check-wheel-contents speaks by its status
    return folder / "dist"


def test_sdist_and_wheel_pass_their_checks(dist: Path) -> None:
    assert sorted(re.sub(r"-\d+(\.\d+)+", "-VERSION", path.name) for path in dist.iterdir()) == [
        "han2x-VERSION-py3-none-any.whl",
        "han2x-VERSION.tar.gz",
    ]


def test_the_installed_wheel_serves_modbus_and_the_page_with_its_plot(
    dist: Path, packages: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    (wheel,) = dist.glob("*.whl")
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-index", f"--find-links={packages}"]
    subprocess.run([*pip, str(wheel)], check=True)
    modbus, page, https = free_ports(3)
    places = ["--modbus", f"127.0.0.1:{modbus}", "--web", f"127.0.0.1:{page}", "--https", f"127.0.0.1:{https}"]
    command = [str(folder / "bin/han2x"), "run", "--demo", "--state-dir", str(tmp_path / "state"), *places]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as gateway:
        try:
            until(60, lambda: has_reading(modbus))
            for path in ("", "vendor/uplot.js"):
                with urlopen(f"http://127.0.0.1:{page}/{path}", timeout=20) as answer:
                    assert answer.status == 200
                    assert len(answer.read()) > 1000
        finally:
            gateway.terminate()
    assert gateway.returncode == 0
