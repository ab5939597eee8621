from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import han2x.network
from han2x.network import FAULTS, Fault, InvalidSettingsError

SOURCES = [file for file in Path(han2x.network.__file__).parent.glob("*.py") if file.name != "faults.py"]
SOURCE = "\n".join(file.read_text() for file in SOURCES)


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_can_happen(code: str) -> None:
    assert f'"{code}"' in SOURCE


def test_every_fault_that_happens_has_a_text() -> None:
    assert set(re.findall(r'Fault\(\s*"([a-z-]+)"', SOURCE)) <= set(FAULTS)


@pytest.mark.parametrize("code", FAULTS)
def test_a_text_is_plain_and_short(code: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(FAULTS[code]) if name]
    text = str(Fault(code, **dict.fromkeys(names, "x")))

    assert len(text) < 110
    assert text[0].islower() or text.startswith(("NetworkManager", "x"))


def test_faults_are_equal_when_they_say_the_same() -> None:
    assert Fault("interface", name="eth0") == Fault("interface", name="eth0")
    assert Fault("interface", name="eth0") != Fault("interface", name="eth1")
    assert len({Fault("missing"), Fault("missing"), Fault("method")}) == 2
    assert repr(Fault("missing")) == "Fault('missing', {})"


def test_an_error_tells_every_field() -> None:
    error = InvalidSettingsError({"address": Fault("missing"), "method": Fault("method")})

    assert str(error) == "address: this is needed; method: choose dhcp or static"
