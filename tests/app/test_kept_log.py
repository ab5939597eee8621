"""The log over restarts: earlier runs told apart, errors soon on the disk, bounded, without secrets; and whatever is
wrong with the disk or the file, the gateway goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from han2x.app import kept_log
from han2x.app.kept_log import LARGEST_FILE, LONGEST_MESSAGE, MOST_PENDING, NEWER, OLDER, KeptLog
from han2x.app.log_ring import PUBLIC
from han2x.kept_lines import Entry, KeptLines
from tests.app.running import Running, running_daemon
from tests.app.test_factory_reset import over, reset
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.kept-log")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.handlers.clear()


def begin(directory: Path, logger: logging.Logger) -> KeptLog:
    """One run of the program."""
    logger.handlers.clear()
    kept = KeptLog(directory)
    logger.addHandler(kept.handler)
    return kept


def messages(kept: KeptLog) -> list[str]:
    return [record["message"] for record in kept.all_runs()]


def test_what_was_logged_is_there_after_a_restart_and_told_apart(tmp_path: Path, logger: logging.Logger) -> None:
    first = begin(tmp_path, logger)
    logger.warning("the cable is out")
    logger.debug("not worth a line")
    first.flush()
    second = begin(tmp_path, logger)
    logger.info("here again")

    kept = second.all_runs()
    assert [(each["level"], each["message"]) for each in kept] == [
        ("warning", "the cable is out"),
        ("info", "here again"),
    ]
    assert [each["run"] for each in kept] == [first.run_id, second.run_id]
    assert first.run_id != second.run_id
    assert [each["message"] for each in second.this_run()] == ["here again"]
    assert (tmp_path / NEWER).stat().st_mode & 0o777 == 0o600


async def test_an_error_is_on_the_disk_soon_and_what_is_less_waits(
    tmp_path: Path, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    kept = begin(tmp_path, logger)
    append = KeptLines.append

    def counted(file: KeptLines, entries: list[Entry]) -> None:
        writes.append(len(entries))
        append(file, entries)

    monkeypatch.setattr(KeptLines, "append", counted)
    task = asyncio.create_task(kept.run())
    for number in range(30):
        logger.info("all is well %d", number)
        await asyncio.sleep(0)
    assert writes == []
    logger.error("a fault")
    await until(lambda: writes)
    for number in range(30):
        logger.error("again %d", number)
        await asyncio.sleep(0)
    task.cancel()
    assert writes == [31]
    kept.flush()
    assert writes == [31, 30]


def test_the_files_stay_small_however_much_is_logged(tmp_path: Path, logger: logging.Logger) -> None:
    kept = begin(tmp_path, logger)
    for number in range(3000):
        logger.info("%d %s", number, "\U0001f525" * 2000)
        if number % 500 == 499:
            kept.flush()
    sizes = [(tmp_path / name).stat().st_size for name in (NEWER, OLDER)]
    assert max(sizes) <= LARGEST_FILE
    shown = begin(tmp_path, logger).all_runs()
    assert shown[-1]["message"].startswith("2999 ")
    assert {len(each["message"]) for each in shown} == {LONGEST_MESSAGE + 1}


def test_an_unwritable_directory_costs_one_line_and_nothing_else(
    tmp_path: Path, logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the directory belongs")
    kept = begin(blocked, logger)
    for _ in range(MOST_PENDING):
        logger.error("a fault")
        kept.flush()
    assert sum("the log cannot be saved" in record.message for record in caplog.records) == 1
    assert messages(kept) == ["a fault"] * MOST_PENDING
    blocked.unlink()
    kept.flush()
    assert len(begin(blocked, logger).all_runs()) == MOST_PENDING


@pytest.mark.parametrize("damage", [b"\x00" * 4096, b"{" * 100_000, b'{"crc32":"00000000","entry":{}}\n', b"\xff\n\n"])
def test_a_damaged_file_is_a_gap_in_the_log(tmp_path: Path, logger: logging.Logger, damage: bytes) -> None:
    kept = begin(tmp_path, logger)
    logger.warning("before")
    kept.flush()
    with (tmp_path / NEWER).open("ab") as file:
        file.write(damage)
    later = begin(tmp_path, logger)
    logger.warning("after")
    later.flush()
    assert messages(later) == ["before", "after"]


def test_lines_of_another_kind_are_left_out(tmp_path: Path, logger: logging.Logger) -> None:
    kept = begin(tmp_path, logger)
    kept._file.append([{"time": 5, "level": "info", "message": "m", "run": "a"}, {"message": "alone"}])
    assert kept.all_runs() == []


def test_of_a_record_with_a_secret_only_what_is_public_is_kept(tmp_path: Path, logger: logging.Logger) -> None:
    kept = begin(tmp_path, logger)
    logger.warning("the claim code is %s", "7K2M", extra={PUBLIC: "there is a claim code"})
    kept.flush()
    assert messages(kept) == ["there is a claim code"]
    assert b"7K2M" not in (tmp_path / NEWER).read_bytes()


async def test_the_page_shows_the_run_before_and_the_whole_log_is_downloaded(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        logging.getLogger("han2x").error("the meter caught fire")
        first = running.daemon.kept_log.run_id
    async with running_daemon(tmp_path) as running:
        browser = await running.browser()
        now = (await browser.ask("GET", "/log")).body
        everything = (await browser.ask("GET", "/log?earlier=1&most=5000")).body
        text = (await browser.ask("GET", "/log/download")).body.decode()

    assert {each["run"] for each in now} == {running.daemon.kept_log.run_id}
    assert [each["message"] for each in everything if each["run"] == first and each["level"] == "error"] == [
        "the meter caught fire"
    ]
    assert [each for each in everything if each["run"] == running.daemon.kept_log.run_id][: len(now)] == now
    before, after = text.split("--- started again ---\n")
    assert "error    the meter caught fire\n" in before
    assert "the meter caught fire" not in after
    assert "Modbus" in after


async def test_the_first_password_s_claim_code_is_in_no_log_that_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_daemon(tmp_path, "") as running:
        browser = await running.browser()
        assert (await reset(browser)).status == 204
        await over(running)
    codes = {word for each in caplog.messages if "claim code" in each for word in [each.split()[-1]]}
    assert codes
    on_disk = b"".join(path.read_bytes() for path in running.state.glob("log*")).decode()
    assert "stopping" in on_disk
    assert not any(code in on_disk for code in codes)
    assert not any(code in each["message"] for each in running.daemon.kept_log.all_runs() for code in codes)


async def test_a_factory_reset_forgets_what_was_logged_before_it(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        logging.getLogger("han2x").error("somebody's secret habit")
        await written(running)
        assert (await reset(await running.browser())).status == 204
        await over(running)
    assert not any("habit" in each["message"] for each in KeptLog(running.state).all_runs())


async def written(running: Running) -> None:
    """Wait until the log is on the disk."""
    await until(lambda: (running.state / kept_log.NEWER).exists())
