"""`han2x certificates`: a small authority of one's own, for Modbus with TLS."""

from __future__ import annotations

import argparse
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain

if TYPE_CHECKING:
    from han2x.cli.common import Commands

AUTHORITY: Final = "authority"
SERVER: Final = "server"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "certificates",
        help="make certificates for Modbus with TLS",
        description="Makes an authority, a certificate for this gateway, and one for each client, in a directory.",
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the files are, or will be")
    parser.add_argument("--host", action="append", default=[], metavar="NAME", help="a name or address of this gateway")
    parser.add_argument("--client", action="append", default=[], metavar="NAME", help="make a client's certificate")
    parser.add_argument("--operator", action="store_true", help="these clients may write the scaling factor")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when everything is there, 1 when it could not be made."""
    try:
        made = _make(arguments)
    except (OSError, ValueError) as error:
        complain(str(error))
        return 1
    directory = arguments.directory.resolve()
    print("\n".join(f"{directory / name}" for name in made))
    print("The settings for it:\n\n[modbus]")
    print('tls_listen = "*:802"')
    for key, name in (("certificate", SERVER), ("client_authority", AUTHORITY)):
        print(f'tls_{key} = "{directory / name}.pem"')
    print(f'tls_key = "{directory / SERVER}.key"')
    return 0


def _make(arguments: argparse.Namespace) -> list[str]:
    from han2x.modbus_server.certificates import new_authority, new_client, new_server
    from han2x.modbus_server.tls import OPERATOR
    from han2x.x509 import Credential

    directory, now = arguments.directory, datetime.now(UTC)
    taken = {AUTHORITY, SERVER}.intersection(arguments.client)
    if taken:
        raise ValueError(f"a client cannot be called {', '.join(sorted(taken))}")
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    if (directory / f"{AUTHORITY}.pem").exists():
        authority = Credential.load(directory, AUTHORITY)
    else:
        authority = new_authority("han2x", now)
        authority.save(directory, AUTHORITY)
        made.append(f"{AUTHORITY}.pem")
    if not (directory / f"{SERVER}.pem").exists():
        hosts = arguments.host or [socket.gethostname(), f"{socket.gethostname()}.local"]
        new_server(authority, hosts, now).save(directory, SERVER)
        made.append(f"{SERVER}.pem")
    for name in arguments.client:
        new_client(authority, name, OPERATOR if arguments.operator else None, now).save(directory, name)
        made += [f"{name}.pem", f"{name}.key"]
    return made
