"""The program itself with one bit of what it keeps turned over: it serves, lets no stranger in, and tells of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from han2x.app.status import ask_status, status_path
from han2x.app.stored import NETWORK
from han2x.store import Store
from tests.app.running import change, running_daemon
from tests.app.test_flipped_bits import NOTE, OTHER
from tests.app.test_meters import meters, read_energy
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(300)]

PLACES_IN_A_FILE: Final = 4
LOCK: Final = "lock"
"""Says who runs, for people only; it is written again at each start."""
UNCHECKED: Final = ("history.db", "log.")
"""SQLite notices damage to what holds its file together, and not a number that is another one. A line of the kept log
that is damaged is left out, which nobody needs to know.
"""


@pytest.fixture
async def kept(tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a gateway that has run, with everything in it that one keeps."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    folder = tmp_path / "kept"
    folder.mkdir()
    async with running_daemon(folder, meters((1, wire))) as running:
        browser = await running.browser()
        assert (await browser.ask("POST", "/tokens", {"name": "balancer"})).status == 201
        assert (await change(browser, (["meters", 0, "scaling_factor"], 2000))).status == 200
        await read_energy(running, wire, 1_000_000, shown=2000)
    Store(folder / "state").save(NETWORK, NOTE.to_json())
    return folder


def flipped(kept: Path, here: Path) -> Iterator[Path]:
    """A copy of the folder for each of some bits of each file; returns the file in which one is turned over."""
    for number, file in enumerate(sorted(file for file in kept.rglob("*") if file.is_file() and file.name != LOCK)):
        size = file.stat().st_size
        for step in range(1, PLACES_IN_A_FILE + 1):
            copy = here / f"{number}-{step}"
            shutil.copytree(kept, copy)
            changed = bytearray(file.read_bytes())
            changed[size * step // (PLACES_IN_A_FILE + 1)] ^= 1 << step % 7
            (copy / file.relative_to(kept)).write_bytes(changed)
            yield copy / file.relative_to(kept)
            shutil.rmtree(copy)


def ask(gateway: Gateway, path: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
    """What the page's API answers to a stranger."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{gateway.web_url}api/v1{path}", data, {"Content-Type": "application/json"})  # noqa: S310 - ours
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def is_told(gateway: Gateway, state: Path, file: Path) -> bool:
    """Whether the log or `han2x status` comes to speak of the damage."""
    of_record = "damaged lines in the record of changes"
    deadline = monotonic() + 10
    while monotonic() < deadline:
        status = json.loads(ask_status(status_path(state)))
        everything = "".join(gateway.said) + json.dumps(status)
        if of_record in everything if file.name.startswith("audit") else file.name in everything:
            return True
        sleep(0.05)
    return False


def test_the_program_serves_lets_no_stranger_in_and_tells_which_file_is_damaged(kept: Path, tmp_path: Path) -> None:
    count = 0
    for file in flipped(kept, tmp_path):
        folder = file.parent if file.name == "settings.toml" else file.parent.parent
        state = folder / "state"
        with running_gateway(state, "--settings", str(folder / "settings.toml")) as gateway:
            assert gateway.read_value(40049) == 2000, file
            assert ask(gateway, "/session")[1]["password_set"] is True, file
            assert ask(gateway, "/setup", {"password": OTHER})[0] >= 400, file
            assert ask(gateway, "/settings")[0] == 401, file
            if not file.name.startswith(UNCHECKED):
                assert is_told(gateway, state, file), f"{file}:\n{''.join(gateway.said)}"
            assert gateway.stop() == 0
        count += 1
    assert count >= 24
