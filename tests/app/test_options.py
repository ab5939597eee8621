"""The settings file with the command line over it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from han2x.app.gateway_name import gateway_name
from han2x.app.options import DEMO_MODBUS, DEMO_WEB, Effective, Options, effective
from han2x.settings import DeviceSettings, MeterSettings, Settings


def merged(settings: Settings, **options: Any) -> Effective:  # noqa: ANN401 - any option
    return effective(settings, Options(Path("settings.toml"), Path("state"), **options))


def test_without_a_command_line_the_settings_are_in_force() -> None:
    settings = Settings(meters=(MeterSettings(port="/dev/ttyUSB0"),))

    assert merged(settings) == Effective(settings, {}, 1)


def test_the_command_line_wins() -> None:
    result = merged(Settings(), modbus="127.0.0.1:1", web="127.0.0.1:2", port="/dev/x")

    assert result.settings.modbus.listen == "127.0.0.1:1"
    assert result.settings.web.listen == "127.0.0.1:2"
    assert result.settings.meters[0].port == "/dev/x"


def test_a_main_fuse_of_0_a_is_one_that_nobody_has_set() -> None:
    fuses = [merged(Settings(meters=(MeterSettings(main_fuse_a=rated),))).meter(0).main_fuse_a for rated in (0, 63)]

    assert fuses == [None, 63]


@pytest.mark.parametrize(
    ("typed", "name"), [("", socket.gethostname()), ("  ", socket.gethostname()), (" Hytta ", "Hytta")]
)
def test_a_gateway_without_a_name_of_its_own_is_called_as_its_computer(typed: str, name: str) -> None:
    assert gateway_name(DeviceSettings(name=typed)) == name


def test_a_simulated_meter_takes_the_place_of_one_without_a_port() -> None:
    result = merged(Settings(), simulate="aidon")

    assert result.simulated == {0: "aidon"}
    assert len(result.settings.meters) == 1


def test_beside_a_real_meter_the_simulated_one_has_a_unit_id_of_its_own() -> None:
    meters = (MeterSettings(port="/dev/a"), MeterSettings(unit=2, port="/dev/b"))
    result = merged(Settings(meters=meters), simulate="kaifa")

    assert result.simulated == {2: "kaifa"}
    assert result.settings.meters[2].unit == 3
    assert result.in_file == 2


def test_the_demonstration_simulates_only_where_no_port_is_configured() -> None:
    with_port = merged(Settings(meters=(MeterSettings(port="/dev/a"),)), demo=True)

    assert merged(Settings(), demo=True).simulated == {0: "kamstrup"}
    assert with_port.simulated == {}
    assert with_port.settings.modbus.listen == DEMO_MODBUS
    assert with_port.settings.web.listen == DEMO_WEB


def test_a_service_without_a_port_simulates_nothing() -> None:
    assert merged(Settings()).simulated == {}
