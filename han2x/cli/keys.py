"""`han2x keys`: a meter's keys into the settings, from a KEM file or as the grid company wrote them."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain, say
from han2x.faults import told
from han2x.printable import printable

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.keys import MeterKeys

MAX_FILE: int = 8 * 1024 * 1024
RELOAD: Final = "sudo systemctl reload han2x"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "keys",
        help="enter the keys of a meter that encrypts",
        description="Puts a meter's keys into the settings file. Keys are never shown again.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    imported = actions.add_parser("import", help="from a Kamstrup KEM or KEM2 file (zip or XML)")
    imported.add_argument("file", type=Path, metavar="FILE", help="the KEM file")
    imported.add_argument("--password", metavar="TEXT", help="its password (asked for when not given)")
    imported.add_argument("--serial", metavar="N", help="the meter's serial number, when the file has several meters")
    entered = actions.add_parser("enter", help="from standard input: two lines, or the grid company's text")
    for action in (imported, entered):
        action.add_argument("--unit", type=int, default=1, metavar="N", help="unit id of the meter they are for (1)")
        action.add_argument(
            "--settings", metavar="FILE", help="settings file ($HAN2X_SETTINGS, else settings.toml in DIR)"
        )
        action.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the keys are in the settings, 1 when they could not be had or written."""
    from han2x.settings import SettingsError

    try:
        keys = _imported(arguments) if arguments.action == "import" else _entered()
        path = _write(arguments, keys)
    except (OSError, ValueError, SettingsError) as error:
        complain(told(error))
        return 1
    which = "both keys" if keys.authentication_key else "the encryption key (there is no authentication key)"
    meter = printable(str(keys.serial or arguments.unit))
    say(f"{path}: {which} of meter {meter} written. A running gateway uses them after: {RELOAD}")
    return 0


def _imported(arguments: argparse.Namespace) -> MeterKeys:
    from han2x.keys.kem import read_kem

    with arguments.file.open("rb") as file:
        content = file.read(MAX_FILE)
    password = arguments.password if arguments.password is not None else getpass.getpass("Password of the KEM file: ")
    meters = read_kem(content, password)
    if arguments.serial is not None:
        meters = [meter for meter in meters if meter.serial == arguments.serial]
        if not meters:
            raise ValueError(f"{arguments.file} has no keys of a meter with serial number {arguments.serial}")
    if len(meters) > 1:
        serials = ", ".join(meter.serial or "(none)" for meter in meters)
        raise ValueError(f"{arguments.file} has the keys of several meters; choose one with --serial: {serials}")
    return meters[0]


def _entered() -> MeterKeys:
    from han2x.keys import parse_keys

    return parse_keys(sys.stdin.read())


def _write(arguments: argparse.Namespace, keys: MeterKeys) -> Path:
    from han2x.cli.run import default_state_dir
    from han2x.settings import find_settings_file, load, set_values

    path = find_settings_file(arguments.settings, os.environ, arguments.state_dir or default_state_dir())
    units = [meter.unit for meter in load(path).meters]
    if arguments.unit not in units:
        raise ValueError(f"{path} has no meter with unit id {arguments.unit}, only {', '.join(map(str, units))}")
    place = units.index(arguments.unit)
    if path.exists():
        path.chmod(0o600)  # before a key is in it
    authentication = keys.authentication_key
    set_values(
        path,
        {
            ("meters", place, "encryption_key"): keys.encryption_key.hex(),
            ("meters", place, "authentication_key"): authentication.hex() if authentication else None,
        },
    )
    return path
