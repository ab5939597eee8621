"""The gateway that runs on this computer, for the commands that ask it something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from han2x.app.commands import Json

SERVICE_SOCKETS: Final = Path("/run/han2x")
"""Where the service's sockets are, whatever its state directory is."""


class NotAllowedError(Exception):
    """Who asks is neither root nor the gateway's own user; the text says so."""


def command_socket(state_dir: Path) -> Path:
    """Where the gateway takes commands; it refuses those that mean another state directory than its own.

    Raises:
        OSError: this user may not look there.
    """
    from han2x.app.commands import NAME, commands_path

    path = commands_path(state_dir)
    return path if path.exists() else SERVICE_SOCKETS / NAME


def status_socket(state_dir: Path | None) -> Path:
    """Where the gateway tells how it stands: the one with this state directory, else the service."""
    from han2x.app.status import NAME, status_path
    from han2x.cli.run import default_state_dir

    path = status_path(state_dir or default_state_dir())
    return path if state_dir is not None or _is_there(path) else SERVICE_SOCKETS / NAME


def ask_running(state_dir: Path, command: str, **more: int | str | None) -> Json:
    """Have the gateway with this state directory carry out a command; returns what it says, as `commands.ask` does.

    Raises:
        NotAllowedError: it does not heed this user.
        OSError: there is none that answers.
        ValueError: what it says is not understood.
    """
    from han2x.app.commands import ask

    with for_its_user(state_dir):
        return ask(command_socket(state_dir), state_dir, command, **more)


@contextmanager
def for_its_user(place: Path) -> Iterator[None]:
    """What only the gateway's own user and root may do, there or at the path that the error names.

    Raises:
        NotAllowedError: instead of PermissionError.
    """
    try:
        yield
    except PermissionError as error:
        where = error.filename or place
        raise NotAllowedError(f"{where}: only root and the gateway's own user may do this; try sudo") from error


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # the service's state is for its own user
        return False
