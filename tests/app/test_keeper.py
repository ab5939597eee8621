"""What must survive a restart, and what is said when it would not."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from han2x.app.keeper import Keeper
from han2x.atomic_file import locked
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.settings import Settings, load
from han2x.store import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text("[[meters]]\nunit = 1\n")
    return file


@pytest.fixture
def meter() -> Meter:
    """One whose factor a client has set to 2500."""
    meter = Meter(MeterConfig(), lambda: 1000.0)
    assert meter.write(48, [0, 2500]) is None
    return meter


@pytest.fixture
def written() -> list[Settings]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, file: Path, meter: Meter, written: list[Settings]) -> Keeper:
    return Keeper(Store(tmp_path), file, meters=lambda: [meter], place_of=[meter].index, on_settings=written.append)


def test_a_factor_is_in_the_settings_file_at_the_end(
    keeper: Keeper, meter: Meter, file: Path, written: list[Settings]
) -> None:
    keeper.keep_factor(meter)
    keeper.finish()
    assert load(file).meters[0].scaling_factor == 2500
    assert keeper.failures == []
    assert [settings.meters[0].scaling_factor for settings in written] == [2500]
    assert meter.config.scaling_factor == 2500


async def test_a_factor_is_acknowledged_when_it_is_in_the_file(keeper: Keeper, meter: Meter, file: Path) -> None:
    assert keeper.factor_written() is None
    writing = asyncio.create_task(keeper.run_factors())
    for value in (3000, 70_000, 4000):
        assert meter.write(48, [value >> 16, value & 0xFFFF]) is None
        keeper.keep_factor(meter)
    written = keeper.factor_written()
    assert written is not None
    await written
    assert load(file).meters[0].scaling_factor == 4000
    assert keeper.factor_written() is None
    writing.cancel()


async def test_who_writes_during_a_write_waits_for_the_next_one(keeper: Keeper, meter: Meter, file: Path) -> None:
    keeper.keep_factor(meter)
    first = keeper.factor_written()
    async with keeper.editing:
        writing = asyncio.create_task(keeper.write_factors())
        await asyncio.sleep(0)
        assert meter.write(48, [0, 9000]) is None
        keeper.keep_factor(meter)
        second = keeper.factor_written()
        assert first is not None
        assert second is not None
        assert second is not first
        await writing
        assert first.done()
        assert not second.done()
        await keeper.write_factors()
    assert second.done()
    assert load(file).meters[0].scaling_factor == 9000


async def test_one_that_cannot_be_written_is_acknowledged_and_reported(
    keeper: Keeper, meter: Meter, file: Path
) -> None:
    file.write_text("[[meters]\n")
    keeper.keep_factor(meter)
    written = keeper.factor_written()
    assert written is not None
    await keeper.write_factors()
    assert written.done()
    assert "would not survive a restart" in keeper.failures[0]


def test_a_factor_that_cannot_be_kept_is_told_of_once_and_kept_when_it_can(
    keeper: Keeper, meter: Meter, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    good = file.read_text()
    file.write_text("[[meters]\n")
    keeper.keep_factor(meter)
    for _ in range(3):
        keeper.finish()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert keeper.failures == [caplog.messages[0]]
    assert "would not survive a restart" in caplog.messages[0]

    file.write_text(good)
    for _ in range(2):
        keeper.finish()
    assert caplog.messages[1:] == ["the scaling factor is kept again"]
    assert keeper.failures == []
    assert load(file).meters[0].scaling_factor == 2500


async def test_given_up_it_writes_nothing(keeper: Keeper, meter: Meter, file: Path) -> None:
    before = file.read_text()
    keeper.keep_factor(meter)
    async with keeper.giving_up():
        pass
    await keeper.write_factors()
    keeper.finish()
    assert keeper.factor_written() is None
    assert file.read_text() == before


async def test_a_write_that_is_cancelled_is_done_before_anything_later(
    keeper: Keeper, meter: Meter, file: Path
) -> None:
    keeper.keep_factor(meter)
    first = keeper.factor_written()
    assert first is not None
    with locked(file.parent):
        writing = asyncio.create_task(keeper.write_factors())
        for _ in range(3):
            await asyncio.sleep(0.02)
            writing.cancel()
        await asyncio.sleep(0.02)
        assert not writing.done()
        assert not first.done()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert first.done()
    assert load(file).meters[0].scaling_factor == 2500
