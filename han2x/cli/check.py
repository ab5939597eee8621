"""`han2x check`: is the settings file good?"""

from __future__ import annotations

import argparse
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from han2x.cli.common import complain, say
from han2x.port_name import is_server

if TYPE_CHECKING:
    from han2x.cli.common import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check",
        help="check the settings file",
        description="Checks the settings file, and the serial ports, certificates, keys and addresses it names.",
    )
    parser.add_argument("--settings", metavar="FILE", help="settings file ($HAN2X_SETTINGS, else settings.toml in DIR)")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.add_argument("--example", action="store_true", help="print an example settings file with every setting")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the settings, and the files that they name, can be used, 1 when they cannot."""
    from han2x.cli.files import file_faults, place_faults
    from han2x.cli.run import default_state_dir
    from han2x.settings import SettingsError, example_toml, find_settings_file, load

    if arguments.example:
        say(example_toml(), end="")
        return 0
    state_dir = arguments.state_dir or default_state_dir()
    path = find_settings_file(arguments.settings, os.environ, state_dir)
    try:
        settings = load(path)
    except SettingsError as error:
        complain(str(error))
        return 1
    faults = list(file_faults(settings))
    for fault in faults:
        complain(f"{path}: {fault}")
    if faults:
        return 1
    say(f"{path}: good" if path.exists() else f"{path}: there is no such file, so every setting has its default")
    for meter in settings.meters:
        say(f"  meter {meter.unit}: {_port(meter.port, meter.serial_settings)}")
    if not _runs(state_dir):  # it has these places itself, and says what it does not have
        for fault in place_faults(settings):
            say(f"  {fault}")
    return 0


def _runs(state_dir: Path) -> bool:
    """Whether the gateway runs, with this state directory or as the service."""
    from han2x.cli.running import status_socket

    for path in (status_socket(state_dir), status_socket(None)):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            return True
    return False


def _port(port: str, settings: str) -> str:
    if not port:
        return "no serial port is configured"
    if is_server(port):
        return port
    from han2x.serial_port import check_serial_device
    from han2x.serial_port.reasons import why_not_opened

    try:
        check_serial_device(port)
    except FileNotFoundError:
        return f"{port} is not there now"
    except OSError as error:
        return str(why_not_opened(error, port, settings))
    return port
