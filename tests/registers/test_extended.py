"""The extended registers, 40101 to 40300."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from han2x.estimator import Estimate
from han2x.meters.makers import MAKERS as MAKERS_BY_LETTERS
from han2x.meters.p1 import MAKERS as P1_MAKERS
from han2x.model import Problem, ProblemCause, ProblemKind, Quantity
from han2x.registers import EXTENDED, FIRST_NUMBER, DeviceFacts, LineFacts, Register, Sources
from han2x.registers.bank import ExceptionCode, RegisterBank, Rules, WhenStale
from han2x.registers.extended import ENERGIES, MAKERS
from han2x.registers.table import U32, U64, Block, Cell, constant
from han2x.state import HighHour, HourFigures, MeterState, Snapshot, Value
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

HOURS = HourFigures(
    import_wh=925.4,
    export_wh=12.0,
    expected_wh=1234.1,
    minute_w=-1228.6,
    highest_w=3310.0,
    highest=tuple(
        HighHour(datetime(2023, 11, day, 18, tzinfo=UTC), wh) for day, wh in ((2, 6000.0), (9, 5000.0), (1, 3000.0))
    ),
)
ROWS = {row.number: row for row in EXTENDED.rows}
ALWAYS = range(100, 160)
MEASURED = range(160, 300)


def sources(values: dict[Quantity, float] | None = None, *, factor: int = 1000, **other: object) -> Sources:
    milli = {q: Value(round(v * 1000), NOW - 2) for q, v in (HOURLY_LIST if values is None else values).items()}
    estimates: dict[Quantity, Estimate] = {
        energy: Estimate(v * 1.0001, 0.25, (), fed_at=NOW) for energy, v in HOURLY_LIST.items() if energy in ENERGIES
    }
    snapshot = Snapshot(
        now=NOW,
        stale=False,
        last_reading_at=NOW - 1.5,
        maker="kaifa",
        meter_id="5700000000000001",
        meter_type="MA304H3E",
        list_version="KFM_001",
        values=milli,
        estimates=estimates,
        hours=HOURS,
        readings=70_000,
        problems={ProblemKind.CHECKSUM: 2, ProblemKind.LENGTH: 3},
    )
    return Sources(replace(snapshot, **other), factor, device=DeviceFacts(unix_time=1_800_000_000.9))  # type: ignore[arg-type]


def cell(number: int, of: Sources) -> Cell:
    row, image = ROWS[number], EXTENDED.render(of)
    start = 2 * (row.address - EXTENDED.first)
    return row.kind.decode(image[start : start + 2 * row.kind.words])


def words(number: int, count: int, of: Sources) -> str:
    start = 2 * (number - FIRST_NUMBER - EXTENDED.first)
    return EXTENDED.render(of)[start : start + 2 * count].hex()


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (40101, 1), (40103, 1500), (40105, 2), (40107, 70_000), (40109, 5), (40111, 1_800_000_000),
        (40113, 1_799_999_999), (40115, 3), (40116, 3),
        (40121, "5700000000000001"), (40137, "MA304H3E"), (40153, "KFM_001"),
        (40161, 1234), (40163, -216), (40165, 1253), (40167, 985),
        (40175, 2300), (40177, 16_090), (40179, 10), (40181, 239_000), (40183, 230_440), (40185, 230_460),
        (40201, 155_232_510), (40205, 10), (40209, 999), (40213, 1000),
        (40217, 155_248_033), (40221, 10), (40225, 999), (40229, 1000), (40233, 3), (40239, 3),
        (40241, 925), (40243, 12), (40245, 1234), (40247, 6000), (40249, 4667), (40251, -1229), (40253, 3310),
    ],
)  # fmt: skip
def test_values_stand_where_the_layout_has_them_in_its_units(number: int, value: Cell) -> None:
    assert cell(number, sources()) == value


def test_high_words_come_first_and_what_lies_between_registers_reads_0() -> None:
    assert words(40201, 4, sources()) == f"{155_232_510:016x}"
    assert words(40117, 4, sources()) == words(40168, 1, sources()).ljust(16, "0") == "0" * 16
    assert words(40187, 14, sources()) == "0000" * 14
    assert words(40255, 46, sources()) == "0000" * 46


def test_the_powers_of_the_phases_add_up_and_are_said_to_be_estimated() -> None:
    shared = sources()

    assert sum(int(cell(number, shared)) for number in (40169, 40171, 40173)) == pytest.approx(1234, abs=1)
    assert int(cell(40102, shared)) >> 11 & 1


def test_what_the_meter_exports_is_negative() -> None:
    exporting = sources(FULL_LIST | {Quantity.ACTIVE_POWER_IMPORT: 0, Quantity.ACTIVE_POWER_EXPORT: 1234.5})

    assert cell(40161, exporting) == -1235
    assert cell(40167, exporting) == -985
    assert cell(40175, exporting) == -2300
    assert words(40161, 2, exporting) == "fffffb2d"


@pytest.mark.parametrize(
    ("number", "absent"),
    [
        (40103, "ffffffff"), (40105, "ffffffff"), (40113, "ffffffff"), (40116, "ffff"), (40121, "0000" * 16),
        (40161, "80000000"), (40165, "ffffffff"), (40167, "8000"), (40169, "80000000"), (40175, "80000000"),
        (40181, "ffffffff"), (40201, "ff" * 8), (40217, "ff" * 8), (40233, "ffffffff"),
        *((number, "ffffffff") for number in range(40241, 40251, 2)), (40251, "80000000"), (40253, "80000000"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_and_never_0(number: int, absent: str) -> None:
    assert words(number, len(absent) // 4, Sources(Snapshot(now=NOW))) == absent


def test_no_value_reads_as_if_it_were_not_known() -> None:
    rows = (Register(40101, "one", U32, "", constant(1 << 40)), Register(40103, "two", U64, "", constant(1 << 70)))
    block = Block("full", rows, 100, 106, says_absent=True)

    assert block.render(sources()).hex() == "fffffffe" + "f" * 15 + "e"


def test_the_phases_that_a_meter_does_not_have_are_absent() -> None:
    single = sources({Quantity.ACTIVE_POWER_IMPORT: 5, Quantity.VOLTAGE_L1: 230, Quantity.CURRENT_L1: 0.1})

    assert cell(40116, single) == 1
    assert cell(40169, single) == 5
    assert [words(number, 2, single) for number in (40171, 40177, 40185)] == ["80000000", "80000000", "ffffffff"]
    assert not int(cell(40102, single)) >> 11 & 1


@pytest.mark.parametrize("factor", [10, 1500, 40_000])
def test_the_factor_applies_to_power_current_and_energy_as_in_the_han2x_map(factor: int) -> None:
    scaled = sources(factor=factor)

    assert cell(40161, scaled) == (1234 * factor + 500) // 1000
    assert cell(40177, scaled) == (16_090 * factor + 500) // 1000
    assert cell(40201, scaled) == 155_232_510 * factor // 1000
    assert cell(40247, scaled) == 6000 * factor // 1000
    assert cell(40253, scaled) == 3310 * factor // 1000
    assert (cell(40181, scaled), cell(40167, scaled)) == (239_000, 985)


@pytest.mark.parametrize(
    ("bit", "changed"),
    [
        (5, LineFacts(is_open=True)), (6, LineFacts(locked=True)), (7, LineFacts(scale_doubted=True)),
        (8, LineFacts(clock_doubted=True)), (9, LineFacts(simulated=True)),
    ],
)  # fmt: skip
def test_what_is_known_of_the_line_is_a_status_bit(bit: int, changed: LineFacts) -> None:
    plain = sources()

    assert int(cell(40102, replace(plain, line=changed))) == int(cell(40102, plain)) | 1 << bit


def test_status_bits_of_the_telegrams_and_the_energies() -> None:
    silent = Sources(Snapshot(now=NOW))
    flagged = {ENERGIES[0]: Estimate(1.0, 1.0, ("bridged", "restored"))}

    assert cell(40102, silent) == 0
    assert int(cell(40102, sources())) & 0b11111 == 0b00111
    assert int(cell(40102, sources(stale=True))) & 0b11 == 0b10
    assert int(cell(40102, sources(estimates=flagged))) & 0b11100 == 0b11100
    assert int(cell(40102, replace(silent, device=DeviceFacts(keeps_nothing=True)))) == 1 << 10


def a_bank(when_stale: WhenStale = WhenStale.EXCEPTION) -> RegisterBank:
    bank = RegisterBank(MeterState(), rules=Rules(when_stale))
    bank.state.apply(a_reading(), NOW)
    return bank


@pytest.mark.parametrize(("address", "count"), [(50, 1), (99, 1), (99, 2), (49, 2), (300, 1), (299, 2), (40_500, 1)])
def test_what_lies_outside_is_refused_with_exception_2(address: int, count: int) -> None:
    assert a_bank().read(address, count, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS


def test_status_answers_before_the_first_telegram_and_while_the_meter_is_silent() -> None:
    for bank, now in ((RegisterBank(MeterState()), NOW), (a_bank(), NOW + 3600)):
        assert isinstance(bank.read(ALWAYS.start, len(ALWAYS), now), bytes)
        assert bank.read(MEASURED.start, 2, now) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
        assert bank.read(ALWAYS.stop - 1, 2, now) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


def test_hold_answers_the_last_values_and_zero_says_that_there_are_none() -> None:
    later = NOW + 3600

    assert a_bank(WhenStale.HOLD).read(160, 2, later) == (1234).to_bytes(4, "big")
    assert a_bank(WhenStale.ZERO).read(160, 2, later) == bytes.fromhex("80000000")
    assert a_bank(WhenStale.ZERO).read(180, 2, later) == bytes.fromhex("ffffffff")


@pytest.mark.parametrize("when_stale", list(WhenStale))
def test_status_says_the_same_of_the_totals_whatever_is_answered_for_what_is_stale(when_stale: WhenStale) -> None:
    bank = RegisterBank(MeterState(), rules=Rules(when_stale))
    bank.state.apply(a_reading(HOURLY_LIST), NOW)

    words = bank.read(101, 5, NOW + 10_000)

    assert isinstance(words, bytes)
    assert words[1] == 0b110
    assert words[6:10] == (10_000).to_bytes(4, "big")


def test_a_phase_s_power_is_refused_when_what_it_is_made_from_is_too_old() -> None:
    bank = a_bank()
    only_power = {Quantity.ACTIVE_POWER_IMPORT: 7.0, Quantity.ACTIVE_POWER_EXPORT: 0.0}
    bank.state.apply(a_reading(only_power), NOW + 59)

    assert bank.read(160, 2, NOW + 61) == (7).to_bytes(4, "big")
    for address in (164, 168, 174, 180):
        assert bank.read(address, 2, NOW + 61) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


def test_lost_telegrams_are_counted() -> None:
    bank = a_bank()
    bank.state.apply(Problem(0, ProblemCause.FCS, "x"), NOW + 1)

    assert bank.read(106, 4, NOW + 1) == (1).to_bytes(4, "big") * 2


def test_one_read_over_both_power_and_energy_is_of_one_moment() -> None:
    """A read may span the whole block, and shows what single reads at that moment show."""
    bank = a_bank(WhenStale.HOLD)
    first, second = bank.read(160, 100, NOW), bank.read(260, 40, NOW)

    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert first[:4] == bank.read(160, 2, NOW)


def test_every_maker_has_a_number_and_those_of_the_layout_never_change() -> None:
    assert MAKERS[:4] == ("unknown", "kamstrup", "aidon", "kaifa")
    assert {*MAKERS_BY_LETTERS.values(), *P1_MAKERS.values()} <= set(MAKERS)


@pytest.mark.parametrize(("number", "last"), [(40102, 40299), (40101, 40301), (40100, 40299)])
def test_a_row_outside_its_place_is_an_error(number: int, last: int) -> None:
    rows = (Register(40101, "one", U32, "", constant(1)), Register(number, "two", U32, "", constant(1)))

    with pytest.raises(ValueError, match=f"{number} \\(two\\) is not in its place"):
        Block("bad", rows, 100, last - FIRST_NUMBER - (number == 40101))
