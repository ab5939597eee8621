"""What a command on this computer may ask of the running gateway, on a local socket: one line of JSON in, one out."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from han2x.app.status import StatusServer, listener
from han2x.audit import Actor, ActorKind, acting

log = logging.getLogger("han2x")

NAME: Final = "command.sock"
LONGEST: Final = 1024
ASK_S: Final = 5.0
ANSWER_S: Final = 30.0
_PEER: Final = struct.Struct("3i")

Json = dict[str, Any]
Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, object]]]
"""Is given what the order has besides its name."""


class RefusedError(Exception):
    """A command that cannot be carried out as things are, which is no fault of ours; the text says why."""


def commands_path(state_dir: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the socket is: in systemd's runtime directory, else in the state directory."""
    return Path(environ.get("RUNTIME_DIRECTORY", str(state_dir))) / NAME


async def serve_commands(path: Path, state_dir: Path, commands: Mapping[str, Command]) -> StatusServer:
    """Begin to carry out `commands` by their names, for who means the gateway with this (resolved) state directory.

    Only the gateway's own user and root may ask.

    Raises:
        OSError: there can be no socket at that path.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASK_S):
                asked = await reader.readline()
            acting.set(_asking(writer))
            writer.write(json.dumps(await _carried_out(asked, state_dir, commands)).encode() + b"\n")
        except (TimeoutError, ValueError, ConnectionError):
            log.debug("a command did not come whole")
        finally:
            writer.close()

    return StatusServer(await asyncio.start_unix_server(answer, sock=listener(path), limit=LONGEST), path)


async def _carried_out(asked: bytes, state_dir: Path, commands: Mapping[str, Command]) -> Json:
    try:
        order = json.loads(asked)
        name = order["command"]
        command = commands[name]
        meant = Path(order["state_dir"])
        more = dict(order.get("more", {}))
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"error": "this gateway does not know the command"}
    if meant != state_dir:
        return {"error": f"this gateway's state directory is {state_dir}"}
    try:
        return {**await command(more)}
    except RefusedError as error:
        return {"error": str(error)}
    except Exception as error:
        log.exception("a command could not be carried out: %s", name)
        return {"error": str(error)}


def _asking(writer: asyncio.StreamWriter) -> Actor:
    """Which user runs the command (unix(7), SO_PEERCRED)."""
    try:
        raw = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        _, uid, _ = _PEER.unpack(raw)
    except OSError:
        return Actor(ActorKind.COMMAND)
    return Actor(ActorKind.COMMAND, f"uid {uid}")


def ask(path: Path, state_dir: Path, command: str, **more: int | str | None) -> Json:
    """Have the gateway that runs with this state directory carry out a command; returns what it says.

    `more` is what that needs to know besides.

    Raises:
        OSError: there is none that answers.
        ValueError: what it says is not understood.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_S)
        connection.connect(str(path))
        order = {"command": command, "state_dir": str(state_dir.resolve()), "more": more}
        connection.sendall(json.dumps(order).encode() + b"\n")
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    answer = json.loads(b"".join(pieces))
    if not isinstance(answer, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - as what is no JSON at all
    return answer
