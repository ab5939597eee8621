"""Finding out the settings of a serial line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.gateway.line_search import BAD_BURSTS, BAD_FOR_S, CANDIDATES, SILENT_TURN_S, LineSearch, SerialSettings

N, E, P1 = (SerialSettings.parse(text) for text in ("2400 8N1", "2400 8E1", "115200 8N1"))


def push(search: LineSearch, now: float, truth: SerialSettings | None) -> bool:
    """One telegram of a meter that really speaks with `truth`; answers whether the settings changed."""
    search.heard(now)
    if search.settings == truth:
        search.understood(now + 1.0)
    return search.fell_silent(now + 2.0)


def seconds_to_certainty(truth: SerialSettings, first_push: float, remembered: SerialSettings | None = None) -> float:
    """Play a meter that pushes every 10 s until the search is certain; the port opens again at each change."""
    search, now = LineSearch(remembered=remembered), 0.0
    search.opened(now)
    for count in range(30):
        now = first_push + 10.0 * count
        if push(search, now, truth):
            search.opened(now + 2.1)
        if search.certain:
            assert search.settings == truth
            return now + 1.0
    raise AssertionError("never certain")


@pytest.mark.parametrize("text", ["2400 8N1", "115200 8N1", "9600 7E1", "300 8O2"])
def test_settings_are_written_as_they_are_read(text: str) -> None:
    assert str(SerialSettings.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "2400", "2400 8n1", "2400 9N1", "2400 8X1", "2400 8N3", "24 8N1", "2400  8N1", " 2400 8N1"]
)
def test_settings_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not like '2400 8N1'"):
        SerialSettings.parse(text)


@pytest.mark.parametrize("truth", CANDIDATES)
@pytest.mark.parametrize("first_push", [0.05, 5.0, 9.9])
def test_a_meter_that_pushes_every_10_s_is_understood_within_100_s(truth: SerialSettings, first_push: float) -> None:
    assert seconds_to_certainty(truth, first_push) <= 100


def test_settings_that_were_right_before_are_tried_first() -> None:
    assert LineSearch(remembered=P1).settings == P1
    assert seconds_to_certainty(P1, 3.0, remembered=P1) <= 5
    assert seconds_to_certainty(E, 3.0, remembered=P1) <= 90


def test_a_burst_that_began_before_the_port_was_open_proves_nothing() -> None:
    search = LineSearch()
    search.opened(100.0)

    assert not push(search, 100.1, E)
    assert search.settings == N


def test_each_whole_burst_of_nonsense_brings_the_next_candidate() -> None:
    search = LineSearch((N, E, P1))
    tried = []
    for count in range(4):
        tried.append(search.settings)
        search.opened(10.0 * count)

        assert push(search, 10.0 * count + 5, None)
    assert tried == [N, E, P1, N]


def test_when_nothing_comes_each_candidate_has_its_turn() -> None:
    search = LineSearch((N, E))
    search.opened(0.0)

    assert not search.waited(SILENT_TURN_S - 1)
    assert search.waited(SILENT_TURN_S)
    assert search.settings == E


def test_while_the_port_is_not_open_no_turn_passes() -> None:
    search = LineSearch()
    assert not search.waited(1e6)
    search.opened(0.0)
    search.closed()

    assert not search.waited(1e6)


def test_a_burst_that_is_still_coming_is_waited_for() -> None:
    search = LineSearch()
    search.opened(0.0)
    search.heard(SILENT_TURN_S - 0.5)

    assert not search.waited(SILENT_TURN_S + 0.5)


def test_single_settings_are_stayed_with() -> None:
    search = LineSearch((E,))
    search.opened(0.0)

    assert not push(search, 5.0, None)
    assert not search.waited(100.0)
    assert search.settings == E


def test_damage_now_and_then_does_not_begin_a_new_search() -> None:
    search = LineSearch()
    search.opened(0.0)
    for count in range(1, 200):
        push(search, 10.0 * count, N if count % 9 == 1 else None)

    assert search.certain
    assert search.settings == N


def test_silence_after_good_telegrams_does_not_begin_a_new_search() -> None:
    search = LineSearch()
    search.opened(0.0)
    push(search, 5.0, N)

    assert not search.waited(1e6)
    assert search.certain


def test_a_line_that_went_bad_for_long_is_searched_anew() -> None:
    search = LineSearch()
    search.opened(0.0)
    push(search, 5.0, N)
    now, pushes = 5.0, 0
    while search.certain:
        now, pushes = now + 10.0, pushes + 1
        push(search, now, None)

    assert pushes >= BAD_BURSTS
    assert now >= BAD_FOR_S
    assert search.settings == E


def text(octets: int) -> bytes:
    """What seven bits of text and their even parity are for a receiver of eight bits."""
    seven = (b"1-0:1.8.1(007041.882*kWh)\r\n" * octets)[:octets]
    return bytes(octet | (octet.bit_count() & 1) << 7 for octet in seven)


def hears(search: LineSearch, now: float, octets: bytes) -> None:
    """A burst that is nonsense with the present settings."""
    search.opened(now - 5)
    search.heard(now, octets)
    assert search.fell_silent(now + 2)


@pytest.mark.parametrize("octets", [1, 15, 35])
def test_p1_is_found_with_the_second_telegram(octets: int) -> None:
    search = LineSearch()
    hears(search, 5.0, bytes(range(octets)))

    assert search.settings == P1


def test_a_burst_as_long_as_a_push_list_does_not_point_to_p1() -> None:
    search = LineSearch()
    hears(search, 5.0, bytes(range(41)))

    assert search.settings == E


@pytest.mark.parametrize("baudrate", [9600, 115200])
def test_seven_bits_with_parity_are_known_from_what_eight_bits_make_of_them(baudrate: int) -> None:
    search = LineSearch(remembered=SerialSettings(baudrate))
    hears(search, 5.0, text(700))

    assert search.settings == SerialSettings(baudrate, 7, "E")


def test_octets_of_which_some_are_odd_show_no_parity() -> None:
    search = LineSearch(remembered=P1)
    hears(search, 5.0, text(700)[:600] + b"\x01" * 100)

    assert search.settings == N


def test_a_hint_that_does_not_prove_right_keeps_no_candidate_from_its_turn() -> None:
    search, tried = LineSearch(), set()
    for count in range(len(CANDIDATES)):
        tried.add(search.settings)
        hears(search, 5.0 + 10 * count, b"\x00\x55")

    assert tried == set(CANDIDATES)


def test_a_pause_between_telegrams_that_come_every_second_ends_a_burst() -> None:
    search = LineSearch((N, E))
    search.opened(0.0)
    search.heard(1.0, b"x")

    assert not search.paused(1.1)
    search.heard(1.1, b"x")
    assert search.paused(2.0)
    assert search.settings == E


def test_a_burst_without_end_is_no_telegram() -> None:
    search, now = LineSearch((N, E)), 1.0
    search.opened(0.0)
    search.heard(now)
    while not search.paused(now := now + 0.1):
        search.heard(now)

    assert now <= 10.0


def test_a_line_that_was_found_is_found_again_soon_after_noise() -> None:
    search, now = LineSearch(), 5.0
    search.opened(0.0)
    search.understood(now)
    while search.certain:
        now += 1.0
        search.heard(now, b"noise")
        search.fell_silent(now + 0.4)
    others = 0
    while search.settings != N:
        others += 1
        search.opened(now)
        now += 10.0
        push(search, now, N)
    assert others <= 2


@given(
    st.lists(
        st.tuples(st.sampled_from(["opened", "closed", "heard", "understood", "silent", "waited"]), st.floats(0, 60))
    )
)
def test_no_sequence_of_events_leaves_the_candidates(steps: list[tuple[str, float]]) -> None:
    search, now = LineSearch(), 0.0
    for step, pause in steps:
        now += pause
        before = search.settings
        changed = False
        match step:
            case "opened":
                search.opened(now)
            case "closed":
                search.closed()
            case "heard":
                search.heard(now)
            case "understood":
                search.understood(now)
            case "silent":
                changed = search.fell_silent(now)
            case _:
                changed = search.waited(now)

        assert search.settings in CANDIDATES
        assert (search.settings != before) == changed
