"""`han2x address`: this computer's addresses, and the documented default one for whoever wants it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from han2x.cli.common import complain, say
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands

WITHIN_S: Final = 120
_NO_MANAGER: Final = ("no-manager", "no-dbus", "not-allowed")


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "address",
        help="this computer's addresses; the documented default one",
        description="Shows this computer's addresses. Its address stays as it is unless somebody changes it: 'default' "
        "gives the documented default address, which is taken back unless it is confirmed in time, by 'confirm' or on "
        "the page.",
    )
    parser.add_argument(
        "what", nargs="?", choices=("show", "default", "confirm", "undo"), default="show", help="what to do (show)"
    )
    parser.add_argument("--interface", metavar="NAME", help="which interface (the first wired one with a cable)")
    parser.add_argument(
        "--confirm-within", type=int, default=WITHIN_S, metavar="SECONDS", help=f"how long that may take ({WITHIN_S})"
    )
    parser.add_argument(
        "--keep", action="store_true", help="confirm at once; only where nobody is connected through that interface"
    )
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when it is done, 1 when it cannot be, 2 for who may not, or without a gateway."""
    from han2x.cli.running import NotAllowedError

    try:
        if arguments.what == "default":
            return _default(arguments)
        if arguments.what == "show":
            say("\n".join(_shown(_asked(arguments, "network"))) or "This computer has no network interface.")
            return 0
        ended = _asked(arguments, f"network-{arguments.what}")
        say(f"{ended['interface']}: {ended['settings']} is {'kept' if arguments.what == 'confirm' else 'taken back'}.")
    except _RefusedError as error:
        complain(str(error))
        return 1
    except NotAllowedError as error:
        complain(str(error))
        return 2
    except (OSError, ValueError) as error:
        complain(told(error, about="no gateway answers"))
        return 2
    return 0


class _RefusedError(Exception):
    """The gateway cannot do it; the text says why."""


def _default(arguments: argparse.Namespace) -> int:
    wanted = {"interface": arguments.interface, "confirm_within_s": arguments.confirm_within}
    pending = _asked(arguments, "network-default", **wanted)["pending"]
    address, seconds = pending["addresses"][0], pending["remaining_s"]
    if arguments.keep:
        # Before anything is said: with the old address whoever reads it may be gone.
        _asked(arguments, "network-confirm")
        say(f"{pending['interface']} has the address {address} now. It is kept.")
        return 0
    say(f"{pending['interface']} has the address {address} now, for {seconds} s unless that is confirmed:")
    say(f"here, on the page at http://{address}/, or with: sudo han2x address confirm")
    if sys.stdin.isatty():
        # Whoever has lost the connection by it cannot say so, and has the old address again when the time is over.
        kept = _wanted("Does it work, and is it to be kept? [y/N] ")
        _asked(arguments, "network-confirm" if kept else "network-undo")
        say("It is kept." if kept else "The old settings are back.")
    return 0


def _wanted(question: str) -> bool:
    """Whether whoever is at the terminal says yes; who ends the input does not."""
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        say()
        return False


def _shown(seen: Mapping[str, Any]) -> Iterator[str]:
    for each in seen["interfaces"]:
        addresses = ", ".join(each["addresses"]) or "no IPv4 address"
        cable = "" if each["link"] else ", not connected"
        yield f"{each['name']:8} {addresses}{' by DHCP' if each['method'] == 'dhcp' else ''} ({each['kind']}{cable})"
    if seen["pending"]:
        pending = seen["pending"]
        yield f"{pending['interface']}: {pending['settings']} waits to be confirmed for {pending['remaining_s']} s"
    if seen["fault"]:
        yield f"Addresses cannot be changed on the page here: {seen['fault']}."
        if seen["code"] in _NO_MANAGER:
            yield "It changes them through NetworkManager (Debian packages network-manager and polkitd)."
    elif _lacks_default(seen):
        yield f"The address stays as it is; sudo han2x address default gives the documented {seen['default']}."


def _lacks_default(seen: Mapping[str, Any]) -> bool:
    """Whether there is an interface that could have the documented address, and none that has it."""
    wired = any(each["kind"] == "wired" for each in seen["interfaces"])
    return wired and not any(seen["default"] in each["addresses"] for each in seen["interfaces"])


def _asked(arguments: argparse.Namespace, command: str, **more: int | str | None) -> dict[str, Any]:
    """What the gateway returns.

    Raises:
        _RefusedError: it cannot do it.
        NotAllowedError: it does not heed this user.
        OSError, ValueError: it does not answer, or not in a way that is understood.
    """
    from han2x.cli.run import default_state_dir
    from han2x.cli.running import ask_running

    answer = ask_running(arguments.state_dir or default_state_dir(), command, **more)
    if "error" in answer:
        raise _RefusedError(str(answer["error"]))
    return answer
