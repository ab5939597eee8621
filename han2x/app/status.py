"""How the gateway stands, for whoever asks on this computer: one JSON object for each connection to a local socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from han2x.api.status import Status

NAME: Final = "status.sock"
ASK_S: Final = 5.0


def status_path(state_dir: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the socket is: in systemd's runtime directory, else in the state directory."""
    return Path(environ.get("RUNTIME_DIRECTORY", str(state_dir))) / NAME


class StatusServer:
    """Answers each connection with the status and ends it."""

    def __init__(self, server: asyncio.Server, path: Path) -> None:
        self._server = server
        self._path = path

    async def stop(self) -> None:
        """Take the socket away; whoever does not read the answer is not waited for."""
        self._server.close()
        self._path.unlink(missing_ok=True)


async def serve_status(path: Path, status: Callable[[], Status]) -> StatusServer:
    """Begin to answer. Only the gateway's own user and root may ask.

    Raises:
        OSError: there can be no socket at that path.
    """

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # In a thread, since Modbus clients should not wait until the libraries for answers are loaded.
        await asyncio.to_thread(import_module, "han2x.app.answers")
        from han2x.api.base import to_json

        writer.write(to_json(status()))
        writer.close()

    return StatusServer(await asyncio.start_unix_server(answer, sock=listener(path)), path)


def listener(path: Path) -> socket.socket:
    """A local socket at this path, for the gateway's own user and root.

    Raises:
        OSError: there can be none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def ask_status(path: Path) -> bytes:
    """Ask a running gateway how it stands; returns a `Status` as JSON.

    Raises:
        OSError: there is none that answers.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ASK_S)
        connection.connect(str(path))
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)
