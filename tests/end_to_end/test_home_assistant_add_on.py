"""deploy/home-assistant: the add-on's options become settings, and the gateway runs with them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from han2x import __version__
from tests.conftest import ROOT
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

ADD_ON = ROOT / "deploy" / "home-assistant" / "han2x"
CONFIG: dict[str, Any] = yaml.safe_load((ADD_ON / "config.yaml").read_text(encoding="utf-8"))
START = ADD_ON / "start.py"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The add-on's folder for what lasts."""
    return tmp_path


def environment(data: Path) -> dict[str, str]:
    """What the image has in its environment, with this folder for /data."""
    text = (ADD_ON / "Dockerfile").read_text(encoding="utf-8")
    own = re.findall(r"^ENV (\w+)=(\S+)$", text, re.MULTILINE)
    inherited = {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
    return {
        **inherited, **{name: str(data) if value == "/data" else value for name, value in own},
        "HAN2X_ADD_ON_DATA": str(data), "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def started(data: Path, options: object, meanwhile: Callable[[], object] = lambda: None) -> tuple[str, str]:
    """Start it with these options until it serves, and do something meanwhile; what it printed, and its complaints."""
    (data / "options.json").write_text(options if isinstance(options, str) else json.dumps(options))
    command = [sys.executable, str(START), "--modbus", f"127.0.0.1:{free_port()}", "--web", "127.0.0.1:0", "--simulate"]
    environ = environment(data)
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=data
    ) as running:
        assert running.stdout is not None
        said = ""
        while "Read everything" not in said:
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            said += line
        meanwhile()
        running.terminate()
        rest, complaints = running.communicate(timeout=30)
        assert running.returncode == 0
    return said + rest, complaints


def test_options_become_settings_and_what_was_set_on_the_page_stays(data: Path) -> None:
    (data / "settings.toml").write_text('[[meters]]\nname = "Cellar"\n[mqtt]\nqos = 1\n')
    key, server = "00112233445566778899aabbccddeeff", f"socket://127.0.0.1:{free_port()}"
    started(data, {"serial_server": server, "scaling_factor": 40000, "encryption_key": key})
    settings = tomllib.loads((data / "settings.toml").read_text())
    assert settings["meters"] == [{"name": "Cellar", "port": server, "scaling_factor": 40000, "encryption_key": key}]
    assert settings["mqtt"] == {"qos": 1}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"port": "tcp://x", "scaling_factor": 2000}, "option port: "),
        ({"scaling_factor": "many"}, "option scaling_factor: "),
        ("{broken", "options cannot be read"),
        ([], ""),
    ],
)
def test_an_option_that_is_not_allowed_is_told_and_keeps_nothing_from_running(
    data: Path, options: object, told: str
) -> None:
    _, complaints = started(data, options)
    assert told in complaints
    if isinstance(options, dict) and options["scaling_factor"] == 2000:
        assert tomllib.loads((data / "settings.toml").read_text())["meters"] == [{"scaling_factor": 2000}]


def test_the_health_check_of_the_image_finds_the_gateway_of_the_add_on(data: Path) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    checked = re.search(r'^HEALTHCHECK .*\\\n *CMD \["sh", "-c", "(.+)"\]$', text, re.MULTILINE)
    assert checked is not None
    command = checked[1].replace("han2x", f"{sys.executable} -m han2x")
    found: list[subprocess.CompletedProcess[str]] = []

    def ask() -> None:
        found.append(
            subprocess.run(
                ["sh", "-c", command], env=environment(data), capture_output=True, text=True, check=False, cwd=data
            )
        )

    started(data, {}, ask)
    assert [(done.returncode, done.stderr) for done in found] == [(0, "")]


def test_every_option_has_its_words_and_its_setting() -> None:
    words = yaml.safe_load((ADD_ON / "translations" / "en.yaml").read_text(encoding="utf-8"))["configuration"]
    places = re.findall(r'^    "(\w+)": \(', START.read_text(encoding="utf-8"), re.MULTILINE)
    assert list(CONFIG["schema"]) == list(words) == places


def test_it_has_the_program_s_version_and_its_ports() -> None:
    assert CONFIG["version"] == __version__
    exposed = re.search(r"^EXPOSE (.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert exposed is not None
    assert {port.removesuffix("/tcp") for port in CONFIG["ports"]} == set(exposed[1].split())
