"""Every bit of what is kept turned over, one at a time: no stranger gets in, nothing falls over, and the user is told.

The settings file and its note are in tests/test_settings_known.py, the record of changes is in test_audit.py.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from han2x.app.stored import CREDENTIALS, NETWORK, SESSIONS, StoredDocument, StoredNotes
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.network import InterfaceSettings, Method, Network
from han2x.network.note import Note
from han2x.store import Store
from han2x.web import Access
from han2x.web.control import RefusalError
from tests.app.running import running_daemon
from tests.app.test_meters import meters, read_energy
from tests.end_to_end.wire import Wire
from tests.web.gateway import CHEAP, PASSWORD

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

OTHER = "gul traktor 1954"
NOTE = Note(
    token="t0k3n", settings=InterfaceSettings("eth9", Method.STATIC, IPv4Interface("10.1.2.3/24")), profile="p",
    old=None, old_unsaved=False, kept_address="", checkpoint="/1", created_ms=1, confirm_within_s=60,
)  # fmt: skip


@pytest.fixture
async def state(tmp_path: Path, wire: Wire) -> Path:
    """The state directory of a gateway that has run: with a password, a token, logins, energies, and a network note."""
    async with running_daemon(tmp_path, meters((1, wire), scaling_factor=2000)) as running:
        browser = await running.browser()
        body = {"name": "balancer"}
        assert (await browser.ask("POST", "/tokens", body)).status == 201
        await read_energy(running, wire, 1_000_000, shown=2000)
    Store(tmp_path / "state").save(NETWORK, NOTE.to_json())
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files are written whose way to the disk does not matter."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def flips(file: Path) -> Iterator[bool]:
    """Write the file with each of its bits turned over, one at a time; says whether it means something else then."""
    whole = file.read_bytes()
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        file.write_bytes(changed)
        for aside in file.parent.glob(f"{file.name}.damaged-*"):
            aside.unlink()
        yield _meaning(bytes(changed)) != _meaning(whole)


def _meaning(content: bytes) -> object:
    with suppress(ValueError, RecursionError):
        return json.loads(content)
    return content


async def test_of_password_and_tokens_no_stranger_gets_in_and_the_owner_does_while_they_can_be_read(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    count = 0
    for differs in flips(state / f"{CREDENTIALS}.json"):
        caplog.clear()
        store = Store(state)
        access = Access(StoredDocument(store, CREDENTIALS), StoredDocument(store, SESSIONS), cost=CHEAP)
        assert access.password_set, "or the page would ask a stranger for a first password"
        with pytest.raises(RefusalError):
            await access.set_first_password(OTHER)
        if differs:
            told = [
                *store.take_messages(),
                *(record.message for record in caplog.records),
                getattr(access, "fault", ""),
            ]
            assert any("credentials.json" in text for text in told)
        else:
            await access.log_in(PASSWORD, "192.168.1.20")
        count += 1
    assert count > 1000


async def test_of_logins_none_is_made_up_and_the_password_goes_on(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = json.loads((state / f"{SESSIONS}.json").read_text())["data"]["sessions"]
    known = len(kept)
    credentials = (state / f"{CREDENTIALS}.json").read_bytes()
    for differs in flips(state / f"{SESSIONS}.json"):
        caplog.clear()
        store = Store(state)
        access = Access(StoredDocument(store, CREDENTIALS), StoredDocument(store, SESSIONS), cost=CHEAP)
        assert access.password_set
        if differs:
            assert len(access.sessions) == 0
            assert store.take_messages() or caplog.records
        else:
            assert len(access.sessions) == known
    assert (state / f"{CREDENTIALS}.json").read_bytes() == credentials


def test_of_a_meter_s_energies_there_are_the_true_ones_or_none(state: Path) -> None:
    file = state / "meter-1.json"
    whole = Meter(MeterConfig(), lambda: 2e9, store=Store(state)).state.estimator.dump()
    nothing = Meter(MeterConfig(), lambda: 2e9).state.estimator.dump()
    assert whole != nothing
    for differs in flips(file):
        store = Store(state)
        found = Meter(MeterConfig(), lambda: 2e9, store=store).state.estimator.dump()
        assert found == (nothing if differs else whole)
        assert bool(store.take_messages()) == differs


async def test_of_a_network_change_the_true_one_is_taken_up_or_none(
    state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    for differs in flips(state / f"{NETWORK}.json"):
        store = Store(state)
        async with Network(StoredNotes(store)) as network:
            assert (network.pending is None) == differs
            assert network.pending is None or network.pending.settings == NOTE.settings
        assert bool(store.take_messages()) == differs
