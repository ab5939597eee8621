"""The container image, built, and run as its compose file has it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.conftest import ROOT
from tests.system.conftest import SOURCE
from tests.system.containers import LIMITS, Containers, containers
from tests.system.machine import tree

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

_BASE: Final = re.search(r"^ARG BASE=([^@\s]+)", (SOURCE / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
IMAGE: Final = "localhost/han2x:test"
METER: Final = "127.0.0.1:7777"
COMPOSE: Final = yaml.safe_load((ROOT / "deploy" / "container" / "compose.yaml").read_text(encoding="utf-8"))
SERVICE: Final = COMPOSE["services"]["han2x"]
SHUT_IN: Final = (
    *(["--read-only"] if SERVICE["read_only"] else []),
    *(f"--tmpfs={folder}" for folder in SERVICE["tmpfs"]),
    *(f"--cap-drop={capability}" for capability in SERVICE["cap_drop"]),
    *(f"--cap-add={capability}" for capability in SERVICE["cap_add"]),
    *(f"--security-opt={option.removesuffix(':true')}" for option in SERVICE["security_opt"]),
    *(f"--group-add={group}" for group in SERVICE["group_add"]),
)
"""As deploy/container/compose.yaml runs it."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """Where the image is; its base image is made from a Debian tree instead of downloaded."""
    with containers(tmp_path_factory.mktemp("containers")) as made:
        assert _BASE is not None
        made.import_tree(tree("trixie"), _BASE[1])
        made.build(SOURCE, IMAGE, f"BASE={_BASE[1]}")
        yield made


@pytest.fixture
def meter(place: Containers) -> Iterator[str]:
    """A meter behind a serial server."""
    simulate = place.inside(sys.executable, "-m", "han2x", "simulate", "--tcp", METER, "--speed", "10")
    with subprocess.Popen(simulate, stdout=subprocess.DEVNULL) as simulated:
        yield f"socket://{METER}"
        simulated.terminate()


def test_the_dockerfile_is_without_reproach() -> None:
    hadolint = str(Path(sys.executable).with_name("hadolint"))
    done = subprocess.run([hadolint, str(SOURCE / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_compose_file_publishes_what_the_image_exposes() -> None:
    exposed = re.search(r"^EXPOSE (.+)$", (SOURCE / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert exposed is not None
    assert [port.partition(":")[2] for port in SERVICE["ports"]] == exposed[1].split()
    assert [volume.partition(":")[0] for volume in SERVICE["volumes"]] == list(COMPOSE["volumes"])


def test_it_serves_a_meter_with_one_capability_and_a_root_it_cannot_write(
    place: Containers, meter: str, record_property: Callable[[str, object], None]
) -> None:
    with place.running(*SHUT_IN, IMAGE, "run", "--port", meter):
        assert 2000 < place.register(40015) < 2600  # V × 10
        status = place.podman("exec", "gateway", "cat", "/proc/1/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Uid"].split()[0] != "0"
        assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
        assert place.run("podman", "exec", "gateway", "touch", "/x", check=False).returncode != 0
        place.podman("healthcheck", "run", "gateway")  # its exit status tells
        record_property("container stops in", f"{place.stop():.1f} s")
        assert place.podman("inspect", "--format={{.State.ExitCode}}", "gateway") == "0"


def test_what_is_to_last_is_in_the_volume(place: Containers) -> None:
    for expected in (1000, 2500):
        (volume,) = SERVICE["volumes"]
        with place.running(*SHUT_IN, f"--volume={volume}", IMAGE):
            assert place.register(40049) == expected
            place.write_factor(2500)
            place.stop()


def test_the_image_has_no_more_than_the_program_needs(place: Containers) -> None:
    about = json.loads(place.podman("inspect", IMAGE))[0]
    assert about["Config"]["User"] == "990"
    programs = place.podman("run", "--rm", *LIMITS, "--entrypoint=ls", IMAGE, "/opt/han2x/venv/bin").split()
    assert "han2x" in programs
    assert "pip" not in programs
