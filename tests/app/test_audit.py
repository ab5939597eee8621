"""The record of changes: who changed what; on the disk soon, whole or told to be damaged, and never with a secret."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from han2x.app import audit as app_audit
from han2x.app.audit import AuditTrail
from han2x.app.repeats import MOST_ALIKE, MOST_KINDS, PERIOD_S, Repeats
from han2x.audit import GATEWAY, Actor, ActorKind, acting, acting_as
from han2x.audit_file import LARGEST_FILE, NEWER, OLDER, AuditFile
from han2x.printable import printable
from han2x.settings import Settings
from han2x.settings.load import check
from tests.app.running import Running, change, in_file, running_daemon, settings, unzipped
from tests.end_to_end.waiting import until
from tests.web.gateway import PASSWORD

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

KEY, OTHER = "5a" * 16, "a5" * 16
SOMEBODY = Actor(ActorKind.TOKEN, "balancer", "192.168.1.20")


def recorded(directory: Path) -> list[tuple[Any, ...]]:
    """Who did what to what, as a program that starts now finds it; the newest last."""
    entries, damaged = AuditTrail(directory).read()
    assert damaged == 0
    return [
        (entry["actor"], entry["action"], entry["what"], entry["before"], entry["after"])
        for entry in entries
        if entry["action"] != "login"
    ]


@pytest.fixture
def trail(tmp_path: Path) -> AuditTrail:
    return AuditTrail(tmp_path)


def test_a_change_is_there_after_a_restart_with_who_what_from_and_to(tmp_path: Path, trail: AuditTrail) -> None:
    with acting_as(SOMEBODY):
        trail.record("factor", "unit 1", before=1000, after=40000)
    trail.record("restart")
    trail.flush()

    entries, damaged = AuditTrail(tmp_path).read()
    times = [entry.pop("time") for entry in entries]
    assert damaged == 0
    assert all(time.endswith("+00:00") for time in times)
    assert entries == [
        {
            "actor": "token", "name": "balancer", "address": "192.168.1.20", "action": "factor", "what": "unit 1",
            "before": 1000, "after": 40000, "times": 1,
        },
        {
            "actor": "gateway", "name": "", "address": "", "action": "restart", "what": "", "before": None,
            "after": None, "times": 1,
        },
    ]  # fmt: skip
    assert (tmp_path / NEWER).stat().st_mode & 0o777 == 0o600


def test_within_acting_as_somebody_acts_and_afterwards_whoever_did_before() -> None:
    assert acting.get() == GATEWAY
    with suppress(ValueError), acting_as(SOMEBODY):
        assert acting.get() == SOMEBODY
        raise ValueError
    assert acting.get() == GATEWAY


def test_of_a_secret_it_holds_only_that_it_has_changed(tmp_path: Path, trail: AuditTrail) -> None:
    def with_keys(first: str, second: str) -> Settings:
        return check({"meters": [{"encryption_key": first, "authentication_key": second}]})[0]

    stages = [with_keys("", ""), with_keys(KEY, OTHER), with_keys(OTHER, KEY), with_keys(OTHER, "")]
    for before, after in pairwise(stages):
        trail.record_settings(before, after)
    trail.flush()

    place = "meters.0."
    assert [row[1:] for row in recorded(tmp_path)] == [
        ("keys", f"{place}encryption_key", "not set", "set"),
        ("keys", f"{place}authentication_key", "not set", "set"),
        ("keys", f"{place}encryption_key", "set", "changed"),
        ("keys", f"{place}authentication_key", "set", "changed"),
        ("keys", f"{place}authentication_key", "set", "not set"),
    ]
    content = (tmp_path / NEWER).read_text().lower()
    assert KEY not in content
    assert OTHER not in content


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"web": {"live_open": False}}, [("setting", "web.live_open", "true", "false")]),
        (
            {"modbus": {"allow": ["10.0.0.0/8"]}},
            {"modbus": {"allow": ["10.0.0.1", "::1"]}},
            [("setting", "modbus.allow", '["10.0.0.0/8"]', '["10.0.0.1/32", "::1/128"]')],
        ),
        (
            {"meters": [{"unit": 1}, {"unit": 2, "name": "Cellar"}]},
            {"meters": [{"unit": 2, "name": "Cellar"}]},
            [("meter-removed", "meters.0", "unit 1", None)],
        ),
        (
            {"meters": [{"unit": 1}]},
            {"meters": [{"unit": 1}, {"unit": 7, "name": "Garage"}]},
            [("meter-added", "meters.1", None, "unit 7 Garage")],
        ),
        (
            {"meters": [{"unit": 1, "port": "/dev/a"}]},
            {"meters": [{"unit": 5, "port": "/dev/a"}]},
            [("setting", "meters.0.unit", "1", "5")],
        ),
        (
            {"web": {"certificate": "/a.pem", "key": "/b.pem"}},
            {},
            [("setting", "web.certificate", '"/a.pem"', '""'), ("setting", "web.key", '"/b.pem"', '""')],
        ),
    ],
)
def test_settings_are_recorded_one_by_one(
    tmp_path: Path, trail: AuditTrail, before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    trail.record_settings(check(before)[0], check(after)[0])
    trail.flush()

    assert [row[1:] for row in recorded(tmp_path)] == expected


def test_changes_that_repeat_push_no_other_out_of_the_record(tmp_path: Path, trail: AuditTrail) -> None:
    trail.record("password-set", before="not set", after="set")
    with acting_as(Actor(ActorKind.MODBUS, "", "10.0.0.66")):
        for number in range(20_000):
            trail.record("factor", "unit 1", before=1000 + number, after=1001 + number)
    with acting_as(SOMEBODY):
        trail.record("factor", "unit 1", before=21_000, after=1000)
    trail.finish()

    entries, _ = AuditTrail(tmp_path).read()
    assert entries[0]["action"] == "password-set"
    alike = [entry for entry in entries if entry["actor"] == "modbus"]
    assert len(alike) == MOST_ALIKE + 1
    assert [entry["times"] for entry in alike] == [1] * MOST_ALIKE + [20_000 - MOST_ALIKE]
    assert (alike[-1]["before"], alike[-1]["after"]) == (1000 + MOST_ALIKE, 21_000)
    assert [entry["address"] for entry in entries if entry["actor"] == "token"] == ["192.168.1.20"]


def test_repeated_changes_are_summed_up_by_the_hour_and_many_kinds_take_no_more_memory() -> None:
    def entry(number: int) -> dict[str, object]:
        return {"before": number, "after": number + 1}

    repeats = Repeats()
    taken = [kept for number in range(100) for kept in repeats.take("a", entry(number), 0.0)]
    assert taken == [entry(number) for number in range(MOST_ALIKE)]
    assert repeats.waiting()
    assert list(repeats.over(PERIOD_S - 1)) == []
    assert list(repeats.over(PERIOD_S)) == [{"before": MOST_ALIKE, "after": 100, "times": 100 - MOST_ALIKE}]
    assert not repeats.waiting()

    for number in range(100):
        list(repeats.take("first", entry(number), 0.0))
    others = [list(repeats.take(number, entry(number), 0.0)) for number in range(MOST_KINDS)]
    assert others[-1][0] == {"before": MOST_ALIKE, "after": 100, "times": 100 - MOST_ALIKE}
    assert not repeats.waiting()


def test_what_is_forgotten_does_not_come_back_as_a_sum(tmp_path: Path, trail: AuditTrail) -> None:
    for number in range(2 * MOST_ALIKE):
        trail.record("factor", "unit 1", before=number, after=number + 1)
    trail.flush()
    trail.forget()
    trail.record("factory-reset")
    trail.finish()

    assert [row[1] for row in recorded(tmp_path)] == ["factory-reset"]


def test_of_a_full_file_the_older_half_goes_and_the_newest_are_always_there(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path)
    for first in range(0, 6000, 500):
        for number in range(first, first + 500):
            trail.record("setting", str(number))
        trail.flush()

    found = [int(row[2]) for row in recorded(tmp_path)]
    assert found == list(range(found[0], 6000))
    assert len(found) > 1500
    for name in (NEWER, OLDER):
        assert (tmp_path / name).stat().st_size <= LARGEST_FILE


def test_the_longest_entries_fit_into_one_file(tmp_path: Path, trail: AuditTrail) -> None:
    for number in range(app_audit.MOST_PENDING):
        trail.record("setting", f"{number}" + "\x01" * 5000, before="\x01" * 5000, after="\U0001f50c" * 5000)
    trail.flush()

    assert trail.failures == []
    assert recorded(tmp_path)
    for file in tmp_path.iterdir():
        assert file.stat().st_size <= LARGEST_FILE


def flips(content: bytes) -> Iterator[bytes]:
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def test_whichever_bit_flips_the_other_entries_are_there_and_the_damaged_are_counted(
    tmp_path: Path, trail: AuditTrail
) -> None:
    for number in range(3):
        trail.record("setting", f"æ{number}", before=1, after=None)
    trail.flush()
    file = tmp_path / NEWER
    whole, _ = trail.read()
    for content in flips(file.read_bytes()):
        file.write_bytes(content)
        entries, damaged = AuditFile(tmp_path).read()
        assert all(entry in whole for entry in entries)
        assert damaged >= 1 or entries == whole  # the last line may lose its end, and nothing with it
        assert len(entries) >= 1


def test_what_a_power_cut_left_of_a_line_is_skipped_and_told_and_the_next_is_whole(
    tmp_path: Path, trail: AuditTrail, caplog: pytest.LogCaptureFixture
) -> None:
    trail.record("setting", "first")
    trail.record("setting", "second")
    trail.flush()
    file = tmp_path / NEWER
    file.write_bytes(file.read_bytes()[:-30])
    after = AuditTrail(tmp_path)
    after.record("setting", "third")

    async def run() -> None:
        task = asyncio.create_task(after.run())
        await until(lambda: b"third" in file.read_bytes())
        task.cancel()

    asyncio.run(run())
    entries, damaged = after.read()
    assert [entry["what"] for entry in entries] == ["first", "third"]
    assert damaged == 1
    assert "damaged lines in the record of changes, which are left out: 1" in caplog.text


def test_a_disk_that_takes_nothing_is_told_once_loses_nothing_and_is_told_again_when_it_does(
    tmp_path: Path, trail: AuditTrail, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trail.record("setting", "before")
    trail.flush()
    size = (tmp_path / NEWER).stat().st_size
    monkeypatch.setattr(os, "fsync", disk_full)
    for what in ("first", "second"):
        trail.record("setting", what)
        trail.flush()

    assert trail.failures == [f"{tmp_path}: the record of changes cannot be saved: No space left on device"]
    assert (tmp_path / NEWER).stat().st_size == size, "no half of a line stays"
    assert [entry["what"] for entry in trail.read()[0]] == ["before", "first", "second"]
    monkeypatch.undo()
    trail.flush()
    assert trail.failures == []
    assert [row[2] for row in recorded(tmp_path)] == ["before", "first", "second"]
    said = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1
    assert "is saved again" in caplog.text


def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_that_may_not_grow_holds_whole_lines_only(tmp_path: Path, trail: AuditTrail) -> None:
    trail.record("setting", "first")
    trail.flush()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / NEWER).stat().st_size + 50, before[1]))
    try:
        trail.record("setting", "second")
        trail.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert trail.failures
    assert [row[2] for row in recorded(tmp_path)] == ["first"]


def test_a_directory_in_the_file_s_place_costs_nothing_but_the_record(tmp_path: Path, trail: AuditTrail) -> None:
    (tmp_path / NEWER).mkdir()
    trail.record("setting", "first")
    trail.flush()

    assert trail.failures
    assert [entry["what"] for entry in trail.read()[0]] == ["first"]


def test_a_name_cannot_forge_a_line_of_the_log(trail: AuditTrail, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with acting_as(Actor(ActorKind.MODBUS_TLS, "CN=x\n2026-11-21 ERROR \x1b[31mfire", "10.0.0.1")):
        trail.record("factor", "unit 1", before=1000, after=2000)

    (record,) = caplog.records
    assert record.message == (
        r"factor unit 1: 1000 to 2000, by modbus-tls CN=x\n2026-11-21 ERROR \x1b[31mfire at 10.0.0.1"
    )
    assert printable("Målebrønn 1\u202e") == "Målebrønn 1\\u202e"


def test_the_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("precious")
    (tmp_path / NEWER).symlink_to("other")
    with pytest.raises(OSError, match="symbolic links"):
        AuditFile(tmp_path).append([{"action": "setting"}])
    assert (tmp_path / "other").read_text() == "precious"


# --- the running gateway ---


async def entries_of(running: Running) -> list[dict[str, Any]]:
    """What the page is told, the newest first, but for the logins, which each of these tests begins with."""
    answer = await (await running.browser()).ask("GET", "/audit")
    assert answer.status == 200
    return [entry for entry in answer.body["entries"] if entry["action"] != "login"]


async def test_a_login_is_recorded_with_its_address_and_a_failed_one_is_not(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        assert (await browser.ask("POST", "/login", {"password": "wrong horse battery"})).status == 401
        assert (await browser.ask("POST", "/login", {"password": PASSWORD})).status == 204
        entries = (await browser.ask("GET", "/audit")).body["entries"]
    logins = [(entry["actor"], entry["address"]) for entry in entries if entry["action"] == "login"]
    assert logins == [("session", "127.0.0.1"), ("visitor", "127.0.0.1")]


async def test_what_is_changed_on_the_page_is_shown_with_the_session_and_its_address(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        await change(browser, (["meters", 0, "scaling_factor"], 40000), (["modbus", "max_connections"], 32))
        await browser.ask("POST", "/keys", {"unit": 1, "text": f"{KEY}\n{OTHER}"})
        await browser.ask("GET", "/backup?secrets=1")
        await browser.ask("POST", "/restore", {"toml": "[[meters]]\nunit = 9\n"})
        entries = await entries_of(running)

    told = [(entry["action"], entry["what"], entry["before"], entry["after"]) for entry in entries]
    assert told[::-1] == [
        ("setting", "modbus.max_connections", "64", "32"),
        ("setting", "meters.0.scaling_factor", "1000", "40000"),
        ("keys", "meters.0.encryption_key", "not set", "set"),
        ("keys", "meters.0.authentication_key", "not set", "set"),
        ("backup", "keys", None, None),
        ("setting", "modbus.max_connections", "32", "64"),
        ("setting", "meters.0.unit", "1", "9"),
        ("setting", "meters.0.scaling_factor", "40000", "1000"),
        ("keys", "meters.0.encryption_key", "set", "not set"),
        ("keys", "meters.0.authentication_key", "set", "not set"),
        ("restore", "", None, None),
    ]
    assert {(entry["actor"], entry["address"]) for entry in entries} == {("session", "127.0.0.1")}
    (name,) = {entry["name"] for entry in entries}
    assert len(name) == 8
    assert (tmp_path / "state" / "sessions.json").read_text().count(f'"{name}') == 1
    assert [row[1:3] for row in recorded(tmp_path / "state")][:2] == [
        ("setting", "modbus.max_connections"), ("setting", "meters.0.scaling_factor"),
    ]  # fmt: skip
    content = (tmp_path / "state" / NEWER).read_text().lower()
    assert KEY not in content
    assert PASSWORD not in content
    assert any("setting modbus.max_connections: 64 to 32, by session" in message for message in running.said())


async def test_a_modbus_client_that_writes_the_factor_is_recorded_with_its_address(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        assert await running.write_factor(40_000)
        (entry,) = await entries_of(running)

    assert entry.pop("time")
    assert entry == {
        "actor": "modbus", "name": "", "address": "127.0.0.1", "action": "factor", "what": "unit 1", "before": 1000,
        "after": 40_000, "times": 1,
    }  # fmt: skip


async def test_it_is_for_those_who_are_logged_in_and_in_their_bundle(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        await change(browser, (["web", "live_open"], False))
        bundle = (await browser.ask("GET", "/diagnostics")).body
        last = await browser.ask("GET", "/audit?most=1")
        assert (await browser.ask("GET", "/audit?most=0")).status == 422
        await browser.ask("POST", "/logout")
        assert (await browser.ask("GET", "/audit")).status == 401

    assert "web.live_open" in unzipped(bundle)["changes.json"]
    assert [entry["what"] for entry in last.body["entries"]] == ["web.live_open"]


async def test_a_change_that_is_refused_is_not_recorded(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        assert (await change(browser, (["meters", 0, "scaling_factor"], 1))).status == 422
        assert (await browser.ask("POST", "/restore", {"toml": "nonsense ["})).status == 422
        assert await entries_of(running) == []


async def test_an_edit_of_the_file_is_recorded_setting_by_setting_when_it_is_read_again(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        await running.reload(settings(meters=[{"unit": 1, "scaling_factor": 2000, "encryption_key": KEY}]))
        entries = await entries_of(running)

    assert [(entry["actor"], entry["what"], entry["before"], entry["after"]) for entry in entries] == [
        ("file", "meters.0.encryption_key", "not set", "set"),
        ("file", "meters.0.scaling_factor", "1000", "2000"),
    ]


async def test_a_file_that_cannot_be_used_is_told_in_status_and_on_the_page_until_it_is_mended(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        assert (await browser.ask("GET", "/settings")).body["report"] is None
        await running.reload("[[meters]]\nunit = 0\n")
        report = (await browser.ask("GET", "/settings")).body["report"]
        assert report["outcome"] == "as-before"
        assert "unit = 0: allowed: 1 to 247" in report["text"]
        assert [problem["line"] for problem in report["problems"]] == [2]
        assert running.daemon.status().settings == report["text"]
        assert running.daemon.live().settings_file == "as-before"

        await running.reload(settings(meters=[{"unit": 1}]))
        assert (await browser.ask("GET", "/settings")).body["report"] is None
        assert running.daemon.status().settings == ""
        assert running.daemon.live().settings_file is None


async def test_a_page_that_mends_the_file_ends_the_report(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        await running.reload("[[meters]]\nscaling_factor = 1\n")
        assert (await change(browser, (["meters", 0, "scaling_factor"], 2000))).status == 200
        assert (await browser.ask("GET", "/settings")).body["report"] is None


async def test_a_file_that_the_medium_changed_meanwhile_is_not_built_upon(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        await change(browser, (["meters", 0, "name"], "House"))
        time = running.file.stat().st_mtime_ns
        running.file.write_text(running.file.read_text().replace("House", "Mouse"))
        os.utime(running.file, ns=(time, time))
        assert (await change(browser, (["meters", 0, "scaling_factor"], 2000))).status == 200
        assert in_file(running).meters[0].name == "House"

        time = running.file.stat().st_mtime_ns
        running.file.write_text(running.file.read_text().replace("House", "Mouse"))
        os.utime(running.file, ns=(time, time))
        assert await running.write_factor(3000)
        assert (in_file(running).meters[0].name, in_file(running).meters[0].scaling_factor) == ("House", 3000)
        assert sum("only a failing memory card" in message for message in running.said()) == 2
    assert len(list(tmp_path.glob("settings.toml.damaged-*"))) == 2


async def test_a_factory_reset_leaves_nothing_but_its_own_line(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        await change(browser, (["meters", 0, "name"], "Hytta"))
        await until(lambda: (running.state / NEWER).exists())
        assert (await browser.ask("POST", "/factory-reset", {"confirm": "factory-reset"})).status == 204
        await running.disconnect()
        await running.task

    assert [row[:3] for row in recorded(tmp_path / "state")] == [("session", "factory-reset", "")]
    assert "Hytta" not in "".join(file.read_text() for file in (tmp_path / "state").glob("audit*"))
    assert not (tmp_path / "state" / "settings-file.json").exists()


async def test_the_record_that_cannot_be_kept_is_told_as_what_a_restart_would_lose(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        (running.state / NEWER).mkdir()
        browser = await running.browser()
        await change(browser, (["meters", 0, "scaling_factor"], 2000))
        await until(lambda: running.daemon.status().storage != [])
        assert "record of changes cannot be saved" in running.daemon.status().storage[0]
        assert [entry["what"] for entry in await entries_of(running)] == ["meters.0.scaling_factor"]


def test_what_was_nothing_before_or_is_nothing_now_is_logged_without_a_word_for_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "han2x")
    trail = AuditTrail(tmp_path)
    trail.record("settings-file", after="last-good")
    trail.record("setting", "modbus.listen", before="*:502", after="*:503")
    trail.record("meter-removed", "meters.1", before="unit 2")
    trail.record("restart")
    assert [message.partition(",")[0] for message in caplog.messages] == [
        "settings-file: last-good",
        "setting modbus.listen: *:502 to *:503",
        "meter-removed meters.1: unit 2",
        "restart",
    ]
