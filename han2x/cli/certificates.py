"""`han2x certificates`: a small authority of one's own, for Modbus with TLS."""

from __future__ import annotations

import argparse
import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain, say
from han2x.cli.service_user import first_barred, is_hidden, service_user
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands

AUTHORITY: Final = "authority"
SERVER: Final = "server"
SERVED: Final = {f"{SERVER}.pem": 0o644, f"{SERVER}.key": 0o640, f"{AUTHORITY}.pem": 0o644}
"""What the service reads, and the modes that let it; the group is its own."""
COMMAND: Final = "sudo han2x certificates /etc/han2x/tls"
_CLIENT: Final = re.compile(r"[\w](?:[\w .@-]{0,62}[\w])?")
"""What a client may be called: its files have that name."""


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
        complain(told(error))
        return 1
    directory = arguments.directory.resolve()
    say("\n".join(f"{directory / name}" for name in made))
    try:
        for advice in _for_the_service(directory):
            complain(advice)
    except OSError as error:
        complain(f"the service may not be able to read the files: {told(error)}")
    say("The settings for it:\n\n[modbus]")
    say('tls_listen = "*:802"')
    for key, name in (("certificate", SERVER), ("client_authority", AUTHORITY)):
        say(f'tls_{key} = "{directory / name}.pem"')
    say(f'tls_key = "{directory / SERVER}.key"')
    return 0


def _for_the_service(directory: Path) -> Iterator[str]:
    """Let the service read what it needs, where we may and there is one; what is in the way of that, in plain words."""
    user = service_user()
    if user is None:
        return
    if is_hidden(directory):
        yield f"the service does not see {directory}; make them with: {COMMAND}"
        return
    if os.geteuid() == 0:
        for name, mode in SERVED.items():
            os.chown(directory / name, -1, user.pw_gid)
            (directory / name).chmod(mode)
    barred = next(filter(None, (first_barred(directory / name, user) for name in SERVED)), None)
    if barred is not None:
        way = f"allow it with: chmod o+x {barred}" if os.geteuid() == 0 else f"make them with: {COMMAND}"
        yield f"the service's user {user.pw_name} cannot read {barred}; {way}"


def _make(arguments: argparse.Namespace) -> list[str]:
    from han2x.modbus_server.certificates import new_authority, new_client, new_server
    from han2x.modbus_server.tls import OPERATOR
    from han2x.x509 import Credential

    directory, now = arguments.directory, datetime.now(UTC)
    for name in arguments.client:
        if name in (AUTHORITY, SERVER) or not _CLIENT.fullmatch(name):
            raise ValueError(f"a client cannot be called {name!r}: up to 64 letters, digits, spaces and . _ @ -")
    for folder in [*reversed(directory.parents), directory]:
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)  # whatever the umask: only the keys are secret
    if not directory.is_dir():
        raise NotADirectoryError(f"{directory} is not a directory")
    made = []
    if (directory / f"{AUTHORITY}.pem").exists():
        authority = Credential.load(directory, AUTHORITY)
    else:
        authority = new_authority("han2x", now)
        authority.save(directory, AUTHORITY)
        made.append(f"{AUTHORITY}.pem")
    if (directory / f"{SERVER}.pem").exists():
        _refuse_other_hosts(directory, arguments.host)
    else:
        hosts = arguments.host or [socket.gethostname(), f"{socket.gethostname()}.local"]
        new_server(authority, hosts, now).save(directory, SERVER)
        made.append(f"{SERVER}.pem")
    for name in arguments.client:
        new_client(authority, name, OPERATOR if arguments.operator else None, now).save(directory, name)
        made += [f"{name}.pem", f"{name}.key"]
    return made


def _refuse_other_hosts(directory: Path, hosts: list[str]) -> None:
    """Raises ValueError when the certificate that is there is not for these names and addresses."""
    from han2x.x509 import Credential, host_names

    file = directory / f"{SERVER}.pem"
    known = host_names(Credential.load(directory, SERVER).certificate)
    if missing := [host for host in hosts if host not in known]:
        raise ValueError(
            f"{file} is there already, for {', '.join(known)} and not for {', '.join(missing)}; "
            f"move it and {SERVER}.key away, and give all names again"
        )
