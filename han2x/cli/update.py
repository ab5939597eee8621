"""`han2x update`: is there a newer version? And an upgrade that was taken back, acknowledged."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import IMAGE, complain, print_json, say
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands

CURRENT, NEWER, UNKNOWN = 0, 1, 3
_PROGRAM: Final = Path(__file__).parents[1]
_SERVICE: Final = Path("/opt/han2x")
_CARD: Final = Path("/usr/local/sbin/han2x-upgrade")
"""What a card has that is a gateway (deploy/sd-image)."""

WAYS: Final = {
    "package": "sudo apt-get install --only-upgrade han2x",
    "service": "in its checkout: git pull && sudo make install",
    "container": "pull or build the image again, and start the container from it",
    "checkout": "git pull",
    "wheel": "pipx upgrade han2x, or pip install --upgrade with the newer wheel",
}
"""How each kind of installation is brought to a newer version."""
_FROM_A_FILE: Final = "sudo apt-get install ./han2x_VERSION_ARCHITECTURE.deb, with the newer package"
"""The same for a package that no repository has."""
_ON_A_CARD: Final = "sudo han2x-upgrade han2x_VERSION_arm64.deb, with the newer package"
"""The same where the root file system is read-only, and what apt installs is gone at the next start."""
REASONS: Final = {
    "not-by-apt": "only a Debian package can be asked for; this is {what}",
    "no-repository": "no repository that apt knows has han2x",
    "apt-fails": "{reason}",
}
_KINDS: Final = {
    "service": "installed by make install",
    "container": "a container's image",
    "checkout": "a checkout",
    "wheel": "installed as a Python package",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out. `state` is "current", "newer" or "unknown"; then `why` is one of `REASONS`, and `message`
    says so in English. `offered` is what repositories have, such as `source`, by lists that apt last asked for at
    `asked` (UTC).

    `taken_back` is a version that is installed and did not work, so that `runs` runs in its place.
    """

    state: str
    kind: str
    runs: str
    offered: str | None = None
    source: str | None = None
    asked: str | None = None
    taken_back: str | None = None
    why: str | None = None
    message: str | None = None
    todo: str | None = None


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "update",
        help="whether there is a newer version",
        description="Says whether there is a newer version, and changes nothing. Exit status: 0 there is none, "
        "1 there is one, 3 it is not known.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare what runs with what apt's lists have")
    what.add_argument("--acknowledge", action="store_true", help="dismiss the notice of an upgrade that was taken back")
    parser.add_argument("--refresh", action="store_true", help="have apt fetch its lists first; only root may")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when there is nothing newer, 1 when there is, 3 when that is not known; 2 for who may not."""
    if arguments.acknowledge:
        return _acknowledge(arguments)
    kind = kind_of(_PROGRAM, os.environ)
    refreshed = True
    if arguments.refresh and kind == "package":
        if os.geteuid() != 0:
            complain("only root may refresh apt's lists; try sudo han2x update --check --refresh")
            return 2
        refreshed = _refresh()
    found = look(kind)
    if arguments.json:
        print_json(asdict(found))
    else:
        say("\n".join(_lines(found)))
    if found.state == "current":
        return CURRENT if refreshed else UNKNOWN
    return NEWER if found.state == "newer" else UNKNOWN


def kind_of(program: Path, environ: os._Environ[str] | dict[str, str]) -> str:
    """How a program whose package is in this folder was installed: one of `WAYS`."""
    if program.parts[-2:-1] == ("program",):
        return "package"
    if environ.get(IMAGE):
        return "container"
    if program.is_relative_to(_SERVICE):
        return "service"
    if (program.parent / "pyproject.toml").exists():
        return "checkout"
    return "wheel"


def look(kind: str) -> Found:
    """What there is to tell of an installation of this kind."""
    from han2x import __version__
    from han2x.cli.apt import AptError, asked_for, is_newer, policy
    from han2x.upgrade_note import note_path, taken_back

    note = taken_back(note_path())
    failed = note.failed if note is not None else None

    def unknown(why: str, **values: str) -> Found:
        said, todo = REASONS[why].format_map(values), _todo(kind, has_source=why != "no-repository")
        return Found("unknown", kind, __version__, taken_back=failed, why=why, message=said, todo=todo)

    if kind != "package":
        return unknown("not-by-apt", what=_KINDS[kind])
    try:
        now = policy()
        newer = bool(now.candidate and now.installed) and is_newer(now.candidate, now.installed)
    except AptError as error:
        return unknown("apt-fails", reason=str(error))
    if not now.source:
        return unknown("no-repository")
    at = asked_for()
    asked = None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    return Found(
        "newer" if newer else "current",
        kind,
        __version__,
        offered=now.offered,
        source=now.source,
        asked=asked,
        taken_back=failed,
        todo=_todo(kind) if newer else None,
    )


def _todo(kind: str, *, has_source: bool = True) -> str:
    """How to bring this installation to a newer version."""
    if kind == "package" and _CARD.exists():
        return _ON_A_CARD
    return WAYS[kind] if has_source or kind != "package" else _FROM_A_FILE


def _lines(found: Found) -> Iterator[str]:
    yield f"runs     {found.runs}"
    if found.taken_back:
        yield f"failed   {found.taken_back}, which is installed and was taken back"
    if found.offered:
        yield f"offered  {found.offered} by {found.source}"
        age = f"last asked for at {found.asked}" if found.asked else "of unknown age"
        yield f"         as apt's lists have it, {age}"
    if found.state == "newer":
        yield f"There is a newer version: {found.todo}"
    elif found.state == "current":
        yield "There is no newer version." if not found.taken_back else "There is none newer than the one that failed."
    else:
        yield f"It is not known whether there is a newer version: {found.message}."
        yield f"To update: {found.todo}"


def _refresh() -> bool:
    """Whether apt's lists are those of now."""
    from han2x.cli.apt import AptError, refresh

    try:
        refresh()
    except AptError as error:
        complain(f"apt's lists are not refreshed: {error}")
        return False
    return True


def _acknowledge(arguments: argparse.Namespace) -> int:
    from han2x.cli.run import default_state_dir
    from han2x.cli.running import NotAllowedError, ask_running

    try:
        answer = ask_running(arguments.state_dir or default_state_dir(), "upgrade-acknowledge")
    except NotAllowedError as error:
        complain(str(error))
        return 2
    except (OSError, ValueError) as error:
        complain(f"nothing was acknowledged: {told(error)}")
        return UNKNOWN
    if "error" in answer:
        complain(f"nothing was acknowledged: {answer['error']}")
        return UNKNOWN
    say("The notice is dismissed." if answer.get("acknowledged") else "There is nothing to acknowledge.")
    return CURRENT
