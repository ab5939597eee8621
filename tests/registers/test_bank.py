"""One meter's registers as a Modbus client reaches them."""

from __future__ import annotations

import pytest

from han2x.model import Problem, ProblemCause, Quantity
from han2x.registers import COUNT, MEASURED_COUNT, DeviceFacts
from han2x.registers.bank import REFRESH_S, Beyond, ExceptionCode, RegisterBank, Rules, WhenStale, WhenUnknown
from han2x.registers.scaling_factor import SETTLE_S, ScalingFactor
from han2x.state import STALE_AFTER_S, MeterState, Snapshot
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

POWER, VOLTAGE, FACTOR_ALIAS, FACTOR = 0, 14, 44, 48


def a_bank(when_stale: WhenStale = WhenStale.EXCEPTION, *, fed: bool = True, **other: object) -> RegisterBank:
    rules = other.pop("rules", Rules(when_stale))
    bank = RegisterBank(MeterState(), rules=rules, **other)  # type: ignore[arg-type]
    if fed:
        bank.state.apply(a_reading(), NOW)
    return bank


@pytest.mark.parametrize(
    ("address", "count"), [(0, COUNT + 1), (COUNT, 1), (COUNT - 1, 2), (65535, 1), (-1, 1), (0, 0)]
)
def test_reads_outside_the_map_are_refused_with_exception_2(address: int, count: int) -> None:
    assert a_bank().read(address, count, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS


def test_a_read_answers_big_endian_words_high_word_first() -> None:
    assert a_bank().read(VOLTAGE, 2, NOW) == bytes.fromhex("00000956")


@pytest.mark.parametrize("now", [NOW + STALE_AFTER_S, NOW + 1e6])
@pytest.mark.parametrize(("address", "count"), [(0, 1), (35, 1), (35, 2), (0, COUNT)])
def test_reads_that_touch_a_measured_register_fail_while_the_meter_is_silent(
    address: int, count: int, now: float
) -> None:
    assert a_bank().read(address, count, now) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


def test_before_the_first_telegram_it_is_as_if_the_meter_were_silent() -> None:
    assert a_bank(fed=False).read(0, 2, NOW) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


def test_reads_still_answer_just_before_the_time_is_up() -> None:
    assert isinstance(a_bank().read(0, COUNT, NOW + STALE_AFTER_S - 0.1), bytes)


def test_the_other_registers_answer_while_the_meter_is_silent() -> None:
    answer = a_bank().read(MEASURED_COUNT, COUNT - MEASURED_COUNT, NOW + 3600)

    assert isinstance(answer, bytes)
    assert answer[:2] == (2026).to_bytes(2, "big")


def test_hold_answers_the_last_values_while_the_meter_is_silent() -> None:
    assert a_bank(WhenStale.HOLD).read(POWER, 2, NOW + 3600) == (1234).to_bytes(4, "big")


def test_zero_answers_0_while_the_meter_is_silent_and_the_clock_as_it_was() -> None:
    bank = a_bank(WhenStale.ZERO)

    assert bank.read(0, MEASURED_COUNT, NOW + 3600) == bytes(2 * MEASURED_COUNT)
    assert bank.read(36, 1, NOW + 3600) == (2026).to_bytes(2, "big")


def test_damage_on_the_line_does_not_make_old_values_current() -> None:
    bank = a_bank()
    bank.state.apply(Problem(0, ProblemCause.FCS, "x"), NOW + 59)

    assert bank.read(0, 2, NOW + 61) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


def test_values_come_back_with_the_next_telegram() -> None:
    bank = a_bank()
    assert isinstance(bank.read(0, 2, NOW + 100), int)
    bank.state.apply(a_reading(FULL_LIST | {Quantity.ACTIVE_POWER_IMPORT: 7}), NOW + 101)

    assert bank.read(POWER, 2, NOW + 101) == (7).to_bytes(4, "big")


def test_a_telegram_shows_at_once_although_images_are_kept() -> None:
    bank = a_bank()
    bank.read(POWER, 2, NOW)
    bank.state.apply(a_reading(FULL_LIST | {Quantity.ACTIVE_POWER_IMPORT: 5}), NOW)

    assert bank.read(POWER, 2, NOW) == (5).to_bytes(4, "big")


def test_what_the_gateway_knows_of_itself_is_asked_anew() -> None:
    bank = a_bank(facts=lambda now: DeviceFacts(hours=int((now - NOW) // 3600)))

    assert bank.read(47, 1, NOW) == b"\0\0"
    assert bank.read(47, 1, NOW + 7200) == b"\0\2"


@pytest.mark.parametrize("address", [FACTOR, FACTOR_ALIAS])
def test_the_factor_can_be_written_at_both_its_places(address: int) -> None:
    told: list[tuple[int, int]] = []
    bank = a_bank(on_factor=lambda *change: told.append(change))

    assert bank.write(address, [0, 2000], NOW) is None
    assert told == [(1000, 2000)]
    assert bank.read(FACTOR, 2, NOW) == bank.read(FACTOR_ALIAS, 2, NOW) == (2000).to_bytes(4, "big")
    assert bank.read(POWER, 2, NOW) == (2468).to_bytes(4, "big")


def test_writing_the_factor_that_is_in_force_is_not_told_again() -> None:
    told: list[tuple[int, int]] = []
    bank = a_bank(on_factor=lambda *change: told.append(change))

    assert bank.write(FACTOR, [0, 1000], NOW) is None
    assert told == []


@pytest.mark.parametrize(("address", "words"), [
    (0, [1]), (43, [1]), (46, [1]), (47, [1, 0]), (43, [1, 0, 2000]), (45, [1, 1]), (44, [0, 1, 2, 3, 4, 5]),
    (49, [1, 2]), (50, [1]), (65535, [1]), (48, []),
])  # fmt: skip
def test_writes_elsewhere_than_the_factor_are_refused_with_exception_2(address: int, words: list[int]) -> None:
    bank = a_bank()

    assert bank.write(address, words, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS
    assert bank.factor.shown == 1000


@pytest.mark.parametrize("words", [[0, 9], [0xFFFF, 0xFFFF], [0, 0]])
def test_a_factor_outside_its_range_is_refused_with_exception_3(words: list[int]) -> None:
    bank = a_bank()

    assert bank.write(FACTOR, words, NOW) == ExceptionCode.ILLEGAL_DATA_VALUE
    assert bank.read(FACTOR, 2, NOW) == (1000).to_bytes(4, "big")


def test_one_word_at_a_time_reads_back_as_written_and_takes_effect_when_both_are_there() -> None:
    bank = a_bank()

    assert bank.write(FACTOR, [1], NOW) is None
    assert bank.read(FACTOR, 2, NOW) == bytes.fromhex("000103e8")
    assert bank.read(POWER, 2, NOW) == (1234).to_bytes(4, "big")
    assert bank.write(FACTOR + 1, [0x86A0], NOW) is None
    assert bank.read(POWER, 2, NOW) == (123_400).to_bytes(4, "big")


def test_a_high_word_left_alone_comes_into_force_by_itself_and_is_told() -> None:
    told: list[tuple[int, int]] = []
    bank = a_bank(on_factor=lambda *change: told.append(change))
    bank.write(FACTOR, [1], NOW)
    bank.settle(NOW + SETTLE_S)

    assert told == [(1000, 66_536)]
    assert bank.factor.active == 66_536


def test_a_bank_begins_with_the_factor_it_is_given() -> None:
    bank = RegisterBank(MeterState(), ScalingFactor(500))
    bank.state.apply(a_reading(), NOW)

    assert bank.read(POWER, 2, NOW) == (617).to_bytes(4, "big")


def test_what_is_stale_is_looked_up_when_something_changes_and_not_for_each_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bank = a_bank()
    asked: list[float] = []
    snapshot = bank.state.snapshot

    def counted(now: float) -> Snapshot:
        asked.append(now)
        return snapshot(now)

    monkeypatch.setattr(bank.state, "snapshot", counted)
    for read in range(1000):
        assert isinstance(bank.read(0, COUNT, NOW + read * REFRESH_S / 1001), bytes)
    assert len(asked) == 1


def test_a_value_that_comes_late_is_refused_alone_and_from_the_very_moment() -> None:
    bank = a_bank()
    bank.state.apply(a_reading({Quantity.ACTIVE_POWER_IMPORT: 7}), NOW + 59.9)
    end = NOW + STALE_AFTER_S
    assert bank.read(VOLTAGE, 2, end - 0.01) == bytes.fromhex("00000956")
    assert bank.read(VOLTAGE, 2, end) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert bank.read(POWER, 2, end) == (7).to_bytes(4, "big")
    assert bank.read(POWER, 4, end) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert [bank.refuses(address, end) for address in (POWER, POWER + 1, VOLTAGE, 20, 36)] == [
        False, False, True, False, False,
    ]  # fmt: skip


def test_energies_read_0_before_the_meter_s_first_total() -> None:
    assert a_bank().read(20, 16, NOW) == bytes(32)


def test_or_they_are_refused_where_a_0_would_be_taken_for_a_total() -> None:
    bank = a_bank(rules=Rules(when_unknown=WhenUnknown.EXCEPTION))

    for address, count in ((0, COUNT), (20, 2), (27, 2), (28, 2), (35, 1)):
        assert bank.read(address, count, NOW) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert bank.read(POWER, 2, NOW) == (1234).to_bytes(4, "big")
    assert isinstance(bank.read(36, 14, NOW), bytes)


def test_after_a_total_energies_that_the_meter_leaves_out_read_0() -> None:
    bank = a_bank(rules=Rules(when_unknown=WhenUnknown.EXCEPTION))
    bank.state.apply(a_reading(FULL_LIST | {Quantity.ACTIVE_ENERGY_IMPORT: 5_000_000}), NOW + 1)

    words = bank.read(20, 16, NOW + 1)
    assert isinstance(words, bytes)
    assert words[:8] == (5000).to_bytes(4, "big") + bytes(4)
    assert words[16:] == words[:16]


@pytest.mark.parametrize("when_stale", list(WhenStale))
def test_a_total_that_is_too_old_is_not_an_unknown_one(when_stale: WhenStale) -> None:
    later = NOW + 10_000
    bank = a_bank(rules=Rules(when_stale, WhenUnknown.EXCEPTION))
    bank.state.apply(a_reading(HOURLY_LIST), NOW + 1)
    answers = {
        WhenStale.EXCEPTION: ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND,
        WhenStale.HOLD: (155_232).to_bytes(4, "big"),
        WhenStale.ZERO: bytes(4),
    }

    assert bank.read(20, 2, later) == answers[when_stale]


def test_a_read_of_a_fixed_block_goes_on_with_0_where_that_is_wanted() -> None:
    bank = a_bank(rules=Rules(beyond=Beyond.ZERO))
    whole = bank.read(0, 125, NOW)

    assert isinstance(whole, bytes)
    assert whole[:100] == bank.read(0, 50, NOW)
    assert whole[100:200] == bytes(100)
    assert whole[200:] == bank.read(100, 25, NOW)
    assert bank.read(290, 100, NOW) == bytes(200)


@pytest.mark.parametrize(("address", "count"), [(50, 1), (99, 2), (300, 1), (65_535, 1), (-1, 2), (0, 0)])
def test_a_read_that_begins_beyond_the_registers_is_refused_all_the_same(address: int, count: int) -> None:
    bank = a_bank(rules=Rules(beyond=Beyond.ZERO))

    assert bank.read(address, count, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS


def test_a_read_beyond_them_is_refused_when_it_touches_what_is_not_current() -> None:
    bank = a_bank(rules=Rules(beyond=Beyond.ZERO))

    assert bank.read(30, 100, NOW + 3600) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert isinstance(bank.read(40, 100, NOW + 3600), bytes)
