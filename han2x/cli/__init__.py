"""The command line: one module a command, each with `add(commands)`, which declares its arguments, and
`run(arguments)`, which returns the exit status.

run           the daemon
decode        a stream of octets in, one JSON object a line out
record        a line's octets with their times, into a capture file
replay        a capture run through the whole core on its own clock
simulate      a meter that talks through a pseudo-terminal or a TCP port
registers     the register map, or the registers of a running gateway
keys          a meter's keys into the settings
password      the page's password forgotten
certificates  a small authority of one's own, for Modbus with TLS
history       what is remembered of the meters
status        how the gateway on this computer stands
check         is the settings file good?
update        is there a newer version?
address       this computer's addresses
apt           what apt knows of that
running       the gateway that runs on this computer, as other commands ask it
octets        octets as people have them in files
service_user  the user that the service runs as, and what it may read
files         whether the files and places that settings name can be used
common        what several commands share

What a command needs is imported when it runs, so that no command pays for another.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from han2x import __version__
from han2x.cli import (
    address,
    certificates,
    check,
    decode,
    history,
    keys,
    password,
    record,
    registers,
    replay,
    run,
    simulate,
    status,
    update,
)
from han2x.cli.common import OutputError, complain, drop_output

EXIT_OK: Final = 0
EXIT_NOTHING: Final = 1
EXIT_USAGE: Final = 2

_COMMANDS: Final = (
    run,
    decode,
    record,
    replay,
    simulate,
    registers,
    keys,
    certificates,
    password,
    history,
    status,
    check,
    update,
    address,
)


def parser() -> argparse.ArgumentParser:
    """What the command line may be; the manual page is made of it too."""
    made = argparse.ArgumentParser(
        prog="han2x", description="Modbus TCP gateway for the HAN port of an electricity meter."
    )
    made.add_argument("--version", action="version", version=f"han2x {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status, 2 for arguments that cannot be used."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except KeyboardInterrupt:
        return 130
    except OutputError as error:
        drop_output()
        if error.reader_has_gone:
            return EXIT_OK
        complain(str(error))
        return EXIT_USAGE
