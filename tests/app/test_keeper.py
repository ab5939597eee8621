"""What must survive a restart, and what is said when it would not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from han2x.app.keeper import Keeper
from han2x.settings import load
from han2x.store import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "settings.toml"
    file.write_text("[[meters]]\nunit = 1\n")
    return file


@pytest.fixture
def keeper(tmp_path: Path, file: Path) -> Keeper:
    return Keeper(Store(tmp_path), file)


def test_a_factor_is_in_the_settings_file_at_the_end(keeper: Keeper, file: Path) -> None:
    keeper.keep_factor(0, 2500)
    keeper.finish([])
    assert load(file).meters[0].scaling_factor == 2500
    assert keeper.failures == []


def test_a_factor_that_cannot_be_kept_is_told_of_once_and_kept_when_it_can(
    keeper: Keeper, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    good = file.read_text()
    file.write_text("[[meters]\n")
    keeper.keep_factor(0, 2500)
    for _ in range(3):
        keeper.finish([])
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert keeper.failures == [caplog.messages[0]]
    assert "would not survive a restart" in caplog.messages[0]

    file.write_text(good)
    for _ in range(2):
        keeper.finish([])
    assert caplog.messages[1:] == ["the scaling factor is kept again"]
    assert keeper.failures == []
    assert load(file).meters[0].scaling_factor == 2500


def test_given_up_it_writes_nothing(keeper: Keeper, file: Path) -> None:
    before = file.read_text()
    keeper.keep_factor(0, 2500)
    keeper.give_up()
    keeper.finish([])
    assert file.read_text() == before
