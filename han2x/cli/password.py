"""`han2x password reset`: the way back in for who has forgotten the page's password."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from han2x.cli.common import complain, say
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "password",
        help="forget the page's password",
        description="Forgets the page's password, the API tokens and all logins, so that a new password can be chosen.",
    )
    parser.add_argument("what", choices=["reset"], help="forget it, and let whoever is near choose a new one")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when it is done, 1 when it could not be, 2 for who may not."""
    from han2x.app.state_lock import holder
    from han2x.cli.run import default_state_dir
    from han2x.cli.running import NotAllowedError, ask_running, command_socket, for_its_user

    state_dir = arguments.state_dir or default_state_dir()
    try:
        with for_its_user(state_dir):
            runs = holder(state_dir) is not None or command_socket(state_dir).exists()
            answer = ask_running(state_dir, "password-reset") if runs else _removed(state_dir)
    except NotAllowedError as error:
        complain(str(error))
        return 2
    except (OSError, ValueError) as error:
        complain(f"the password was not reset: {told(error)}")
        return 1
    if "error" in answer:
        complain(f"the password was not reset: {answer['error']}")
        return 1
    say("\n".join(_told(answer)))
    return 0


def _removed(state_dir: Path) -> dict[str, object]:
    """Forget it on the disk, as no gateway runs; its next start lets somebody choose a password."""
    from han2x.app.stored import CLAIM, CREDENTIALS, KNOWN, SESSIONS
    from han2x.store import Store

    if not state_dir.is_dir():
        raise ValueError(f"there is no state directory {state_dir}; --state-dir names another")
    next(state_dir.iterdir(), None)  # what may not be looked into looks empty
    store = Store(state_dir)
    for name in (CREDENTIALS, SESSIONS, KNOWN, CLAIM):
        store.remove(name)
    return {}


def _told(answer: dict[str, object]) -> list[str]:
    lines = ["The password, the API tokens and all logins are forgotten."]
    urls, code = answer.get("web"), answer.get("code")
    if isinstance(urls, list) and urls:
        lines.append(f"Choose a new password within 15 minutes: {', '.join(map(str, urls))}")
        lines.append(f"Later the page asks for the claim code {code}.")
    else:
        lines.append("Choose a new password within 15 minutes of the gateway's next start.")
        lines.append("Later the page asks for the claim code, which han2x status shows.")
    return lines
