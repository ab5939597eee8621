"""Numbers that the documents give are those of the program."""

from __future__ import annotations

from typing import Final

import pytest

from han2x import audit_file
from han2x.app import history, kept_log, reach
from han2x.cli import address
from han2x.front_panel import panel
from han2x.history_file import columns, voltages
from han2x.meters import clock
from han2x.network import service
from han2x.outputs import p1_tcp
from han2x.outputs.mqtt import desk
from han2x.registers import scaling_factor
from han2x.settings.schema import MOST_METERS
from han2x.state import freshness, meter, sent
from han2x.web import claim
from tests.conftest import ROOT

HOUR_S: Final = 3600
NUMBERS: Final = {2: "two", 3: "three", 5: "five"}
KIB: Final = 1024


def minutes(seconds: float) -> str:
    return NUMBERS.get(round(seconds / 60), f"{seconds / 60:g}")


def days(table: columns.Table) -> float:
    assert table.kept_s is not None
    return table.kept_s / columns.DAY_S


SAID: Final = [
    ("registers", f"current for {meter.STALE_AFTER_S:g} s (`stale_after_s`)"),
    ("registers", f"for {NUMBERS[freshness.TIMES]} of its intervals where the meter sends it less often than every "
                  f"{meter.STALE_AFTER_S / freshness.TIMES:g} s, but no longer than {freshness.LONGEST_S / 60:g} min"),
    ("registers", f"come without it for {sent.GONE_AFTER_S / HOUR_S:g} hours"),
    ("registers", f"{scaling_factor.LOWEST} to {scaling_factor.HIGHEST} are accepted"),
    ("registers", f"Above {scaling_factor.WARN_ABOVE} the energies"),
    ("registers", f"waits up to {scaling_factor.SETTLE_S:g} s for its low word"),
    ("extended-registers", f"clock is more than {clock.NEAR.total_seconds() / 60:g} minutes off"),
    ("settings", f"there may be {MOST_METERS}"),
    ("settings", f"`audit.1.jsonl` of the state directory, {audit_file.LARGEST_FILE // KIB} KiB each"),
    ("settings", f"`log.1.jsonl` of the state directory, {kept_log.LARGEST_FILE // KIB} KiB each"),
    ("installation", f"For {claim.WINDOW_S / 60:g} minutes after the first start"),
    ("installation", f"a press of the button ({panel.PRESS_S:g} s)"),
    ("installation", f"held for {panel.RESET_HOLD_S:g} s it forgets all settings"),
    ("installation", f"so is, after {minutes(reach.CONFIRM_WITHIN_S)}, a change of where or by whom"),
    ("installation", f"taken back after {minutes(address.WITHIN_S)} minutes unless it is confirmed"),
    ("history", f"highest power, current and voltage | {days(columns.MINUTES):g} days |"),
    ("history", f"energy by the quarter of an hour | {days(columns.QUARTERS) / 366:g} years |"),
    ("history", f"minutes outside {voltages.LOWEST // 1000} to {voltages.HIGHEST // 1000} V |"),
    ("history", f"written at most once in {minutes(history.WRITTEN_S)} minutes"),
    ("mqtt", f"without telegrams one comes every {desk.BEAT_S:g} s"),
    ("dialects", f"at each reading, and at least every {p1_tcp.EVERY_S:g} s"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "text"), SAID, ids=lambda value: value)
def test_a_number_in_a_document_is_the_program_s(document: str, text: str) -> None:
    assert text in " ".join((ROOT / "docs" / f"{document}.md").read_text(encoding="utf-8").split())


def test_an_unconfirmed_network_change_is_taken_back_after_the_minute_that_the_document_says() -> None:
    assert service.CONFIRM_WITHIN_S == 60
    text = " ".join((ROOT / "docs" / "installation.md").read_text(encoding="utf-8").split())
    assert "nobody confirms on the new address is taken back after a minute" in text
