"""The history as the page has it: over restarts and changes, exported, deleted, backed up, and with a bad disk."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from han2x.app.history_keeping import HistoryKeeping
from han2x.history_file.pending import rows_of
from han2x.history_file.series import Series
from han2x.history_file.writing import NAME, HistoryFile
from tests.app.running import Running, change, running_daemon
from tests.app.test_meters import meters
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.history_file.made import BEGIN, HOUR_S, hours
from tests.tools import uncovered
from tests.web.gateway import Browser

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

YEAR = f"begin={BEGIN}&end={BEGIN + 366 * 86400}"


def _prepared(folder: Path, count: int = 48, unit: int = 1) -> None:
    """A history of so many hours from an earlier run."""
    file = HistoryFile(folder / "state")
    file.arrange([Series(unit, "House", since=BEGIN)])
    (series,) = file.series()
    file.write({series: rows_of(hours(count))}, BEGIN + 86400)
    file.close()


async def _points(browser: Browser, query: str) -> list[dict[str, Any]]:
    answer = (await browser.ask("GET", f"/history?{query}")).body
    return [dict(zip(answer["columns"], point, strict=True)) for point in answer["points"]]


def _keeping(running: Running) -> HistoryKeeping:
    keeping = running.daemon.history.keeping
    assert keeping is not None
    return keeping


async def _opened(running: Running) -> None:
    await until(lambda: _keeping(running).opened)


async def test_minutes_are_there_after_a_restart(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
    async with running_daemon(tmp_path) as running:
        await _opened(running)
        points = await _points(await running.browser(), "hours=1&resolution=minute")
    assert [(point["import_w"], point["net_w"]) for point in points if point["import_w"] is not None] == [(500, 500)]


async def test_hours_days_months_and_years_of_an_earlier_run_are_shown(tmp_path: Path) -> None:
    _prepared(tmp_path, 24 * 40)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        browser = await running.browser()
        by = {each: await _points(browser, f"resolution={each}&{YEAR}") for each in ("hour", "day", "month", "year")}
        assert [len(points) for points in by.values()] == [960, 40, 2, 1]
        assert {round(sum(point["import_wh"] for point in points)) for points in by.values()} == {
            sum(range(1000, 1960))
        }
        assert by["day"][0]["hours"] == by["day"][0]["hours_known"] == 24


async def test_a_range_that_is_too_long_is_refused_with_a_code(tmp_path: Path) -> None:
    _prepared(tmp_path, 13_000)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        answer = await (await running.browser()).ask("GET", f"/history?resolution=hour&begin={BEGIN}")
        assert (answer.status, answer.body["error"]["codes"]["begin"]["code"]) == (422, "history-too-long")


async def test_the_capacity_charge_goes_by_three_days(tmp_path: Path) -> None:
    _prepared(tmp_path, 24 * 10)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        months = (await (await running.browser()).ask("GET", "/history/capacity?months=120")).body
    assert months[0]["month"] == "2026-01"
    assert [high["begin"][:13] for high in months[0]["highest"]] == ["2026-01-10T23", "2026-01-09T23", "2026-01-08T23"]
    assert months[0]["mean_wh"] == 1215


async def test_an_export_has_a_line_for_each_row_and_no_formula(tmp_path: Path) -> None:
    _prepared(tmp_path, 2500)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        browser = await running.browser()
        answer = await browser.ask("GET", f"/history/export?{YEAR}")
        lines = answer.body.decode().split("\r\n")
        assert lines[0] == ("begin,time,import_wh,export_wh,import_by,export_by,import_total_wh,export_total_wh")
        assert lines[1] == f"{BEGIN},2026-01-01T00:00:00+01:00,1000.0,0.0,meter,meter,{BEGIN / 1000},"
        assert (len(lines), lines[-1]) == (2502, "")
        assert lines[2160].split(",")[1].endswith("+02:00") is True
        assert "attachment" in answer.headers["Content-Disposition"]
        jsonl = (await browser.ask("GET", f"/history/export?{YEAR}&format=jsonl&resolution=day")).body
        days = [json.loads(line) for line in jsonl.splitlines()]
        assert (days[0]["time"], days[0]["import_wh"]) == ("2026-01-01T00:00:00+01:00", sum(range(1000, 1024)))
        assert sum(day["hours_known"] for day in days) == 2500


async def test_a_meter_with_another_unit_id_keeps_its_history(tmp_path: Path, wire: Wire) -> None:
    _prepared(tmp_path)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await _opened(running)
        browser = await running.browser()
        assert (await change(browser, (("meters", 0, "unit"), 7))).status == 200
        assert len(await _points(browser, f"unit=7&resolution=hour&{YEAR}")) == 48
        assert (await browser.ask("GET", "/history?unit=1")).status == 404


async def test_a_meter_that_is_removed_leaves_a_history_that_can_be_exported_and_deleted(
    tmp_path: Path, wire: Wire
) -> None:
    _prepared(tmp_path, unit=2)
    async with running_daemon(tmp_path, meters((1, wire), (2, ""))) as running:
        await _opened(running)
        browser = await running.browser()
        assert (await change(browser, (("meters", 1), None))).status == 200
        state = (await browser.ask("GET", "/history/state")).body
        (gone,) = [meter for meter in state["meters"] if meter["unit"] is None]
        assert gone["since"] == BEGIN
        exported = (await browser.ask("GET", f"/history/export?series={gone['series']}&{YEAR}")).body
        assert len(exported.splitlines()) == 49
        assert (await browser.ask("POST", "/history/delete", {"series": gone["series"]})).status == 204
        state = (await browser.ask("GET", "/history/state")).body
        assert [meter["unit"] for meter in state["meters"]] == [1]
        recorded = (await browser.ask("GET", "/audit")).body["entries"]
        assert "history-deleted" in [entry["action"] for entry in recorded]


async def test_a_part_of_a_history_is_deleted(tmp_path: Path) -> None:
    _prepared(tmp_path)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        browser = await running.browser()
        asked = {"unit": 1, "before": BEGIN + 40 * HOUR_S}
        assert (await browser.ask("POST", "/history/delete", asked)).status == 204
        assert len(await _points(browser, f"resolution=hour&{YEAR}")) == 8
        assert (await browser.ask("POST", "/history/delete", {})).status == 422


async def test_a_backup_comes_back_and_rows_that_are_there_stay(tmp_path: Path) -> None:
    _prepared(tmp_path)
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        browser = await running.browser()
        packed = (await browser.ask("GET", "/history/backup")).body
        assert gzip.decompress(packed).startswith(b'["han2x-history",1]\n["s",1,1,')
        await browser.ask("POST", "/history/delete", {"unit": 1, "before": BEGIN + 40 * HOUR_S})
        gzipped = {"Content-Type": "application/gzip"}
        answer = await browser.ask("POST", "/history/restore", raw=packed, headers=gzipped)
        assert answer.body == {"rows": 40}
        assert len(await _points(browser, f"resolution=hour&{YEAR}")) == 48
        assert (await browser.ask("POST", "/history/restore", raw=packed, headers=gzipped)).body == {"rows": 0}
        refused = await browser.ask("POST", "/history/restore", raw=packed[:-30], headers=gzipped)
        assert (refused.status, refused.code) == (409, "history-not-packed")


async def test_a_factory_reset_leaves_no_history(tmp_path: Path, wire: Wire) -> None:
    _prepared(tmp_path)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await _opened(running)
        await running.hear(wire, kamstrup_list_1(power_import=500))
        browser = await running.browser()
        assert (await browser.ask("POST", "/factory-reset", {"confirm": "factory-reset"})).status == 204
        await running.task
    assert [path.name for path in (tmp_path / "state").iterdir() if NAME in path.name] == []


async def test_switched_off_nothing_is_kept_and_what_there_was_stays(tmp_path: Path, wire: Wire) -> None:
    _prepared(tmp_path)
    async with running_daemon(tmp_path, meters((1, wire)) + "[history]\nenabled = false\n") as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        browser = await running.browser()
        assert await _points(browser, f"resolution=hour&{YEAR}") == []
        assert (await browser.ask("GET", "/history/state")).body["enabled"] is False
        assert (await browser.ask("GET", "/history/export")).code == "history-off"
        assert (await change(browser, (("history", "enabled"), True))).status == 200
        await _opened(running)
        assert len(await _points(browser, f"resolution=hour&{YEAR}")) == 48
        await running.hear(wire, kamstrup_list_1(power_import=700))
        assert [each["import_w"] for each in await _points(browser, "hours=1&resolution=minute")][-1] == 700
        assert (await change(browser, (("history", "enabled"), False))).status == 200
        assert running.daemon.history.keeping is None


def test_switched_off_sqlite_is_not_loaded() -> None:
    code = "import sys, han2x.app.daemon, han2x.app.control, han2x.cli.run; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, env=uncovered()).returncode == 0


async def test_a_file_that_cannot_be_had_is_told_and_minutes_are_in_memory(tmp_path: Path, wire: Wire) -> None:
    (tmp_path / "state" / NAME).mkdir(parents=True)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        await until(lambda: _keeping(running).fault is not None)
        browser = await running.browser()
        fault = (await browser.ask("GET", "/history/state")).body["fault"]
        assert (fault["code"], fault["values"]["file"]) == ("history-not-written", str(tmp_path / "state" / NAME))
        assert [each["import_w"] for each in await _points(browser, "hours=1")] == [500]
        assert running.daemon.status().storage == [fault["message"]]
        assert await running.read(40001) == [0, 500]


async def test_a_file_that_breaks_while_it_is_in_use_is_replaced(tmp_path: Path) -> None:
    _prepared(tmp_path, 3000)
    path = tmp_path / "state" / NAME
    async with running_daemon(tmp_path, "") as running:
        await _opened(running)
        browser = await running.browser()
        octets = bytearray(path.read_bytes())
        octets[-20_000:-12_000] = os.urandom(8000)
        path.write_bytes(octets)
        await asyncio.sleep(0)
        points = await _points(browser, f"resolution=hour&{YEAR}")
        assert 2000 < len([point for point in points if point["import_wh"] is not None]) < 3000
        assert list(path.parent.glob(f"{NAME}.damaged-*"))


async def test_readings_are_gathered_and_written(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await _opened(running)
        await running.hear(wire, kamstrup_list_1(power_import=500))
        keeping = _keeping(running)
        await keeping.write(stopping=True)
        assert keeping.written_at is not None
        writes = keeping.file.writes
        await keeping.write()
        assert keeping.file.writes == writes
