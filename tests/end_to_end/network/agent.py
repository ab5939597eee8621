"""`Network` as the daemon has it, in a process of its own: a JSON request a line on stdin, its answer on stdout.

{"do": "apply", "with": [{"interface": "eth0", "method": "dhcp"}, 30]}  →  {"answer": …} or {"error": …}
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from han2x.network import Fault, InvalidSettingsError, Network, NetworkError
from han2x.store import Saved, Store


class StoredNotes:
    """The note in the state directory, as the gateway keeps it."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)

    def load(self) -> Mapping[str, Any] | None:
        """The note."""
        return self._store.load("network")

    def save(self, note: Mapping[str, Any]) -> bool:
        """Keep the note."""
        return self._store.save("network", note) is not Saved.FAILED


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """What JSON can say of an answer."""
    if isinstance(value, Fault):
        return value.code
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return value if value is None or isinstance(value, bool | int | float) else str(value)


async def abandon(network: Network, do: str, *arguments: object) -> None:
    """Ask for something, and give it up half-way."""
    task = asyncio.create_task(getattr(network, do)(*arguments))
    await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def answer(network: Network, request: Mapping[str, Any]) -> dict[str, Any]:
    """Do one request."""
    wanted = partial(abandon, network) if request["do"] == "abandon" else getattr(network, request["do"])
    try:
        return {"answer": plain(await wanted(*request["with"]) if callable(wanted) else wanted)}
    except InvalidSettingsError as error:
        return {"error": type(error).__name__, "errors": plain(error.errors)}
    except NetworkError as error:
        return {"error": type(error).__name__, "fault": error.fault.code}


async def main() -> None:
    """Answer until stdin ends."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    async with Network(StoredNotes(Path(sys.argv[1])), answer_first_s=float(sys.argv[2])) as network:
        print(json.dumps({"answer": "ready"}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await answer(network, json.loads(line))), flush=True)


asyncio.run(main())
