"""The outputs of meters and everything else that listens: no two on the same port of an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from han2x.settings import SettingsError, load
from han2x.settings.boot import load_or_set_aside
from han2x.settings.salvage import usable

TWO = "[[meters]]\nunit = 1\n{}\n[[meters]]\nunit = 2\n{}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[[meters]]\np1_listen = '*:502'\n",
            '[[meters]] number 1 p1_listen = "*:502": [modbus] listen has the same port; allowed: another port',
        ),
        (
            "[modbus]\nlisten = '192.168.1.10:502'\n[[meters]]\np1_listen = '0.0.0.0:502'\n",
            '[[meters]] number 1 p1_listen = "0.0.0.0:502": [modbus] listen has the same port; allowed: another port',
        ),
        (
            "[[meters]]\nhomewizard_listen = '192.168.1.9:80'\n",
            '[[meters]] number 1 homewizard_listen = "192.168.1.9:80": '
            "[web] listen has the same port; allowed: another port",
        ),
        (
            "[[meters]]\np1_listen = '*:443'\n",
            '[[meters]] number 1 p1_listen = "*:443": [web] https_listen has the same port; allowed: another port',
        ),
        (
            "[modbus]\ntls_listen = '*:802'\ntls_certificate = '/a'\ntls_key = '/b'\ntls_client_authority = '/c'\n"
            "[[meters]]\np1_listen = '127.0.0.1:802'\n",
            '[[meters]] number 1 p1_listen = "127.0.0.1:802": '
            "[modbus] tls_listen has the same port; allowed: another port",
        ),
        (
            TWO.format("maps = ['em24 on *:1502']", "p1_listen = '127.0.0.1:1502'"),
            '[[meters]] number 2 p1_listen = "127.0.0.1:1502": '
            "[[meters]] number 1 maps has the same port; allowed: another port",
        ),
        (
            TWO.format("p1_listen = '*:5000'", "homewizard_listen = '*:5000'"),
            '[[meters]] number 2 homewizard_listen = "*:5000": '
            "[[meters]] number 1 p1_listen has the same port; allowed: another port",
        ),
        (
            TWO.format("shelly_listen = '*:1010'", "shelly_listen = '[::1]:1010'"),
            '[[meters]] number 2 shelly_listen = "[::1]:1010": '
            "[[meters]] number 1 shelly_listen has the same port; allowed: another port",
        ),
    ],
)
def test_an_output_that_wants_what_something_else_has_is_refused(path: Path, text: str, told: str) -> None:
    path.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert [problem.text for problem in refused.value.problems] == [told]


@pytest.mark.parametrize(
    "text",
    [
        "[[meters]]\nshelly_listen = '*:502'\n",  # UDP
        "[[meters]]\np1_listen = '*:5000'\nshelly_listen = '*:5000'\nhomewizard_listen = '*:5001'\n",
        "[web]\nenabled = false\n[[meters]]\nhomewizard_listen = '*:80'\n",
        "[web]\nlisten = '192.168.1.8:80'\n[[meters]]\nhomewizard_listen = '192.168.1.9:80'\n",
        "[web]\nhttps = true\n[[meters]]\np1_listen = '*:443'\n",
        "[web]\nhttps_listen = ''\n[[meters]]\np1_listen = '*:443'\n",
        TWO.format("p1_listen = '127.0.0.1:5000'", "p1_listen = '127.0.0.2:5000'"),
    ],
)
def test_places_of_their_own_are_taken(path: Path, text: str) -> None:
    path.write_text(text)
    load(path)


def test_a_place_that_was_refused_already_is_not_told_twice(path: Path) -> None:
    path.write_text("[modbus]\nlisten = 'nowhere'\n[[meters]]\np1_listen = '*:502'\nhomewizard_listen = 'x'\n")
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert sorted(problem.keys for problem in refused.value.problems) == [
        ("meters", 0, "homewizard_listen"),
        ("modbus", "listen"),
    ]


def test_of_a_file_with_such_a_mistake_all_but_the_output_is_in_force(path: Path) -> None:
    text = "[[meters]]\nname = 'Cabin'\np1_listen = '*:80'\nshelly_listen = '*:1010'\n"
    path.write_text(text)
    settings, _ = load_or_set_aside(path)

    assert (settings.web.listen, settings.modbus.listen) == ("*:80", "*:502")
    assert [(meter.name, meter.p1_listen, meter.shelly_listen) for meter in settings.meters] == [
        ("Cabin", "", "*:1010")
    ]
    assert usable({"meters": [{"p1_listen": "*:80"}]}).meters[0].p1_listen == ""
