from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from han2x.codecs.errors import ApduError
from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.model import Event, Problem, ProblemCause, ProblemKind, PushList, Quantity, Reading
from tests import frames
from tests.codecs import sealing
from tests.telegrams import Vector, load, load_crypto, text_of, values_of

VECTORS = load()

MAKERS = {"kamstrup": "kamstrup", "aidon": "aidon", "kaifa": "kaifa", "p1-kamstrup": "kamstrup", "p1-aidon": "aidon"}

# Where a vector's `expected` and this decoder differ, and why the decoder is held to be right.
NOT_MEASURED = "U2 is sent as 0 because a three-wire MA304H3E does not measure it, so it is told as not measured"
JUDGED = {
    "kaifa-list-2-three-wires": NOT_MEASURED,
    "kaifa-list-3-three-wires": NOT_MEASURED,
    "kfa-list2-it": NOT_MEASURED,
    "kfa-list3-it": NOT_MEASURED,
    "kfa-list3-it-elwiz": NOT_MEASURED,
    "kfa-no-list2-gh180": NOT_MEASURED,
    "kfa-stream-hour-change": NOT_MEASURED,
    "aid-oss-crlf-stream": "both frames of good_frames_after_undoing_0D0A come out, and not only the one as received",
}

# Vectors with keys that no meter pushes: what is asked of a meter and answered by it, without a frame.
NOT_PUSHED = {
    "u9n-general-glo-dummy",
    "greenbook-glo-get-auth-enc",
    "greenbook-glo-get-enc-only",
    "greenbook-glo-get-auth-only",
    "greenbook-glo-initiate-request",
    "made-get-request",
    "made-get-request-no-tag",
}


class Opened:
    """Stands for the key that nobody published: answers every APDU with one known plaintext."""

    authenticated = False

    def __init__(self, plaintext: bytes) -> None:
        self.plaintext = plaintext

    def decipher(self, apdu: bytes) -> bytes:
        assert apdu[0] == 0xDB
        return self.plaintext


class Refusing:
    authenticated = False

    def decipher(self, apdu: bytes) -> bytes:
        raise ApduError("not this one")


def run(octets: bytes, decoder: Decoder | None = None) -> list[Event]:
    decoder = decoder or Decoder()
    return decoder.feed(octets) + decoder.silence()


def readings(events: list[Event]) -> list[Reading]:
    return [event for event in events if isinstance(event, Reading)]


def problems(events: list[Event]) -> list[Problem]:
    return [event for event in events if isinstance(event, Problem)]


def kinds(events: list[Event]) -> list[ProblemKind]:
    return [problem.kind for problem in problems(events)]


def named(*kinds: str) -> list[Vector]:
    return [vector for vector in VECTORS if any(kind in vector.name for kind in kinds)]


def plain() -> list[Vector]:
    return [v for v in VECTORS if not v.rejected and not v.encrypted and not v.frames and "1.7.0" in str(v.expected)]


def assert_equal(reading: Reading, elements: Mapping[str, Any]) -> None:
    as_sent = dict(reading.values) | dict.fromkeys(reading.unmeasured, 0)

    assert as_sent == values_of(elements)


@pytest.mark.larger_set
def test_every_recorded_telegram_is_looked_at_by_a_test_below() -> None:
    looked_at = {vector.name for vectors in (plain(), named("hdlc-", "aid-oss-list2")) for vector in vectors} | {
        vector.name for vector in VECTORS if vector.rejected or vector.encrypted or vector.frames
    }

    assert looked_at == {vector.name for vector in VECTORS}


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", plain(), ids=str)
def test_a_recorded_telegram_gives_the_expected_values(vector: Vector) -> None:
    events = run(vector.octets)
    (reading,) = readings(events)

    assert_equal(reading, vector.elements)
    assert not problems(events)
    assert reading.offset == 0
    assert not reading.encrypted
    assert reading.maker == MAKERS.get(vector.meter, reading.maker)
    assert bool(reading.unmeasured) == (vector.name in JUDGED)


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in plain() if not v.meter.startswith("p1")], ids=str)
def test_a_recorded_list_gives_the_expected_identity_and_clock(vector: Vector) -> None:
    (reading,) = readings(run(vector.octets))
    elements = vector.elements

    number = text_of(elements, "0.0.5", "0.0.1", "96.1.0")
    other = text_of(elements, "96.1.1")  # at Kamstrup the type, at others the number
    assert reading.meter_id == (number if vector.meter == "kamstrup" else number or other)
    assert reading.meter_type == (other if vector.meter == "kamstrup" else text_of(elements, "96.1.7"))
    assert reading.list_version == text_of(elements, "list_version_id", "0.2.129")
    clock = text_of(elements, "1.0.0")
    assert clock == (reading.register_time and reading.register_time.local.isoformat())


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", named("p1-"), ids=str)
def test_a_recorded_p1_telegram_gives_the_expected_clock(vector: Vector) -> None:
    for reading in readings(run(vector.octets)):
        assert reading.push_list is PushList.P1
        assert reading.meter_time is not None
        assert reading.meter_time.local.isoformat() == text_of(vector.elements, "1.0.0")


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.rejected and not v.encrypted], ids=str)
def test_a_recorded_telegram_to_be_rejected_gives_a_problem_and_no_reading(vector: Vector) -> None:
    events = run(vector.octets)

    assert not readings(events)
    assert problems(events)


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.frames], ids=str)
def test_a_recorded_stream_gives_every_good_frame_in_it(vector: Vector) -> None:
    found = readings(run(vector.octets))

    assert vector.frames is not None
    assert len(found) == len(vector.frames)
    for reading, frame in zip(found, vector.frames, strict=True):
        assert reading.offset == frame.get("offset", reading.offset)
        assert_equal(reading, frame["values"])
        if frame.get("date_time"):
            assert reading.header_time is not None
            assert reading.header_time.local.isoformat() == frame["date_time"]


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.encrypted], ids=str)
def test_a_recorded_encrypted_telegram_without_a_key_is_told_as_such(vector: Vector) -> None:
    events = run(vector.octets)

    assert not readings(events)
    assert kinds(events) == [ProblemKind.NO_KEY]


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.encrypted and v.plaintext and not v.rejected], ids=str)
def test_what_a_recorded_encrypted_telegram_holds_gives_the_expected_values(vector: Vector) -> None:
    assert vector.plaintext is not None
    (reading,) = readings(run(vector.octets, Decoder(security=Opened(vector.plaintext))))

    assert_equal(reading, vector.elements)
    assert reading.encrypted


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", named("hdlc-abort", "hdlc-empty-info", "aid-oss-list2"), ids=str)
def test_a_recorded_frame_without_a_list_gives_no_reading(vector: Vector) -> None:
    assert not readings(run(vector.octets))


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", named("hdlc-segmented"), ids=str)
def test_a_recorded_telegram_in_segments_is_joined_and_read(vector: Vector) -> None:
    (reading,) = readings(run(vector.octets))
    body = bytes.fromhex(vector.expected["reassembled_hex"])

    assert reading.values[Quantity.ACTIVE_ENERGY_IMPORT] == 0x0003FF27 * 1000
    assert (
        reading.values[Quantity.VOLTAGE_L1] == int.from_bytes(body[body.index(b"\x20\x07\x00\xff\x12") + 5 :][:2]) * 100
    )
    assert reading.push_list is PushList.LIST_3
    assert reading.maker == "unknown"


def keyed(vector: Vector) -> Decoder:
    assert vector.keys is not None
    keys = vector.keys
    return Decoder(security=Security(bytes.fromhex(keys["encryption_key"]), bytes.fromhex(keys["authentication_key"])))


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.encrypted and v.keys and not v.rejected], ids=str)
def test_a_recorded_encrypted_telegram_with_its_keys_gives_the_expected_values(vector: Vector) -> None:
    (reading,) = readings(run(vector.octets, keyed(vector)))

    assert_equal(reading, vector.elements)
    assert reading.encrypted


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.encrypted and v.keys and v.rejected], ids=str)
def test_a_recorded_encrypted_telegram_that_does_not_fit_its_keys_gives_no_reading(vector: Vector) -> None:
    assert kinds(run(vector.octets, keyed(vector))) == [ProblemKind.AUTHENTICATION]


@pytest.mark.larger_set
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.encrypted and v.keys and not v.rejected], ids=str)
def test_a_recorded_encrypted_telegram_counts_once(vector: Vector) -> None:
    decoder = keyed(vector)

    assert kinds(run(vector.octets, decoder)) == []
    assert kinds(run(vector.octets, decoder)) == [ProblemKind.REPLAY]


class Listening:
    """Hands on what a `Security` opens, and keeps it."""

    def __init__(self, security: Security) -> None:
        self.security = security
        self.plaintexts: list[bytes] = []

    @property
    def authenticated(self) -> bool:
        return self.security.authenticated

    def decipher(self, apdu: bytes) -> bytes:
        self.plaintexts.append(self.security.decipher(apdu))
        return self.plaintexts[-1]


@pytest.mark.larger_set
@pytest.mark.parametrize(
    "vector", [v for v in load_crypto() if v["name"] not in NOT_PUSHED], ids=lambda v: str(v["name"])
)
def test_a_vector_with_keys_is_deframed_joined_opened_and_read(vector: Mapping[str, Any]) -> None:
    authentication_key = bytes.fromhex(vector["ak"]) if vector["ak"] else None
    listening = Listening(Security(bytes.fromhex(vector["key"]), authentication_key))

    events = run(bytes.fromhex(vector["frame_hex"]), Decoder(security=listening))

    assert listening.plaintexts == [bytes.fromhex(vector["plaintext_hex"])]
    (reading,) = readings(events)
    assert reading.encrypted
    assert Quantity.ACTIVE_POWER_IMPORT in reading.values


def test_a_frame_without_information_is_passed_over_quietly() -> None:
    assert run(frames.hdlc(b"")) == []


def test_offsets_count_all_octets_fed() -> None:
    decoder = Decoder()
    decoder.feed(b"\x55" * 10_000)
    decoder.silence()

    (reading,) = readings(decoder.feed(frames.a_list_1()))

    assert reading.offset == 10_000
    assert decoder.octets == 10_000 + len(frames.a_list_1())


def test_an_encrypted_telegram_that_is_refused_is_a_problem_of_the_cause_the_error_has() -> None:
    telegram = frames.hdlc(frames.LLC + b"\xdb\x00")

    assert run(telegram, Decoder(security=Refusing())) == [Problem(0, ProblemCause.ENCODING, "not this one")]


def test_a_telegram_in_plain_text_needs_no_security() -> None:
    (reading,) = readings(run(frames.a_list_1(), Decoder(security=Refusing())))

    assert not reading.encrypted


def test_an_unknown_list_is_told_as_such() -> None:
    assert kinds(run(frames.telegram(frames.structure(frames.u32(1), frames.u32(2))))) == [ProblemKind.UNKNOWN_LIST]


def test_segments_are_joined() -> None:
    whole = frames.LLC + frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(77), 0, frames.W)))
    stream = frames.hdlc(whole[:20], segmented=True) + frames.hdlc(whole[20:])

    (reading,) = run(b"\x7e" + stream)

    assert isinstance(reading, Reading)
    assert reading.offset == 1
    assert reading.values == {Quantity.ACTIVE_POWER_IMPORT: 77_000}


def test_a_telegram_whose_segments_stop_is_told_when_the_line_is_silent() -> None:
    assert kinds(run(frames.hdlc(frames.LLC + b"\x0f\x00", segmented=True))) == [ProblemKind.LENGTH]


def test_blocks_are_joined_though_only_the_first_has_an_llc_header() -> None:
    apdu = frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(77), 0, frames.W)))
    stream = frames.hdlc(frames.LLC + frames.block(1, apdu[:9])) + frames.hdlc(frames.block(2, apdu[9:], last=True))

    (reading,) = run(stream)

    assert isinstance(reading, Reading)
    assert reading.values == {Quantity.ACTIVE_POWER_IMPORT: 77_000}


def test_a_block_inside_a_block_is_no_telegram() -> None:
    inner = frames.block(1, frames.block(1, frames.block(1, b"\x0f", last=True), last=True), last=True)

    assert kinds(run(frames.hdlc(frames.LLC + inner))) == [ProblemKind.APDU]


def test_the_parts_of_an_mbus_telegram_are_joined() -> None:
    apdu = frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(77), 0, frames.W)))

    (reading,) = run(frames.mbus(apdu[:9], part=0, last=False) + frames.mbus(apdu[9:], part=1))

    assert isinstance(reading, Reading)
    assert reading.values == {Quantity.ACTIVE_POWER_IMPORT: 77_000}


def test_blocks_before_and_after_another_telegram_are_not_joined() -> None:
    apdu = frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(77), 0, frames.W)))
    first, last = frames.hdlc(frames.LLC + frames.block(1, apdu[:9])), frames.hdlc(frames.block(2, apdu[9:], last=True))

    events = run(first + frames.a_list_1(2) + last)

    assert [reading.offset for reading in readings(events)] == [len(first)]
    assert [(problem.offset, problem.kind) for problem in problems(events)] == [
        (0, ProblemKind.LENGTH),
        (len(first) + len(frames.a_list_1(2)), ProblemKind.LENGTH),
    ]


def test_frames_of_several_framings_come_out_of_one_stream_in_order() -> None:
    telegram = frames.p1(["1-0:1.7.0(0001.234*kW)"])
    apdu = frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(1), 0, frames.W)))

    events = run(telegram + frames.a_list_1(2) + frames.mbus(apdu) + telegram)

    powers = [reading.values[Quantity.ACTIVE_POWER_IMPORT] for reading in readings(events)]
    assert powers == [1_234_000, 2_000, 1_000, 1_234_000]
    assert not problems(events)


def bare(plaintext_octets: int) -> bytes:
    size = (1 + 4 + plaintext_octets + 12).to_bytes(2, "big")
    return b"\xdb\x08SAGx0000\x82" + size + b"\x30\0\0\0\x01" + bytes(plaintext_octets + 12)


def test_an_encrypted_p1_telegram_without_a_frame_is_opened_and_read() -> None:
    telegram = frames.p1(["1-0:1.7.0(0001.234*kW)"], "SAG5")

    (reading,) = run(bare(len(telegram)), Decoder(security=Opened(telegram)))

    assert isinstance(reading, Reading)
    assert (reading.maker, reading.push_list, reading.encrypted) == ("sagemcom", PushList.P1, True)


@pytest.mark.parametrize(
    ("plaintext", "cause"),
    [
        (frames.p1(["1-0:1.7.0(0001.234*kW)"]).replace(b"1.234", b"1.235"), ProblemCause.DAMAGED_INSIDE),
        (frames.p1(["1-0:1.7.0(0001.234*kW)"])[:-9], ProblemCause.DAMAGED_INSIDE),
        (
            frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(1), 0, 27))),
            ProblemCause.NO_TELEGRAM_INSIDE,
        ),
        (b"", ProblemCause.NO_TELEGRAM_INSIDE),
    ],
    ids=["wrong CRC", "cut", "no P1", "empty"],
)
def test_an_encrypted_telegram_without_a_frame_must_hold_a_whole_p1_telegram(
    plaintext: bytes, cause: ProblemCause
) -> None:
    assert [problem.cause for problem in problems(run(bare(200), Decoder(security=Opened(plaintext))))] == [cause]


def test_an_authentic_telegram_that_only_begins_like_a_p1_telegram_is_refused() -> None:
    sealed = sealing.seal(b"/KAMM\r\n\r\n1-0:1.7.0(0001.234*kW)\r\n!1234\r\n", 1)
    events = run(sealed, Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY)))

    assert [problem.cause for problem in problems(events)] == [ProblemCause.NO_TELEGRAM_INSIDE]


def test_a_p1_port_that_only_identifies_itself_is_a_problem_of_its_own() -> None:
    (problem,) = problems(run(b"/KAM5\r\n\r\n"))

    assert problem.kind is ProblemKind.LENGTH
    assert problem.cause is ProblemCause.IDENTIFICATION_ONLY
    assert "/KAM5" in problem.detail


POLISH_LINES = b"0-0:1.0.0(251125105643W)\r\n1-0:1.8.0(000336.420*kWh)\r\n1-0:1.7.0(00.132*kW)"


def polish(lines: bytes = POLISH_LINES, *, damage: int = 0) -> bytes:
    apdu = bytearray(sealing.seal(lines, 0, title=b""))
    apdu[-20] ^= damage
    return frames.sealed_p1(bytes(apdu[1:]))


@pytest.mark.parametrize("authentication_key", [sealing.AUTHENTICATION_KEY, None])
def test_a_polish_telegram_is_opened_each_time_though_its_counter_never_rises(authentication_key: bytes | None) -> None:
    decoder = Decoder(security=Security(sealing.KEY, authentication_key))

    for _ in range(3):
        (reading,) = run(polish(), decoder)
        assert isinstance(reading, Reading)
        assert (reading.maker, reading.encrypted, reading.unchecked) == ("kaifa", True, False)
        assert reading.values == {
            Quantity.ACTIVE_POWER_IMPORT: 132_000,
            Quantity.ACTIVE_ENERGY_IMPORT: 336_420_000,
        }


def test_a_polish_telegram_whose_tag_is_wrong_is_refused() -> None:
    events = run(polish(damage=1), Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY)))

    assert [problem.kind for problem in problems(events)] == [ProblemKind.AUTHENTICATION]
    assert not readings(events)


def test_a_polish_telegram_without_a_key_asks_for_one_and_names_no_sender() -> None:
    (problem,) = problems(run(polish(), Decoder(security=Security())))

    assert (problem.cause, problem.values) == (ProblemCause.NO_KEY, {})


def test_a_telegram_whose_tag_has_verified_needs_no_checksum_inside() -> None:
    telegram = frames.p1(["1-0:1.7.0(0001.234*kW)"], "Lux5")[:-6] + b"8B52"
    apdu = sealing.seal(telegram, 7, title=b"SAG50000")

    (reading,) = run(apdu, Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY)))
    (problem,) = run(apdu, Decoder(security=Security(sealing.KEY)))

    assert isinstance(reading, Reading)
    assert isinstance(problem, Problem)
    assert problem.cause is ProblemCause.DAMAGED_INSIDE


@pytest.mark.parametrize("plaintext", [b"/~\x05\xff\xff 1-0:1.7.0(1*W)\r\n!", b"/1-0:1.7.0(1*W)\r\n!", b"!", b"/"])
def test_a_tag_does_not_make_a_telegram_of_what_is_none(plaintext: bytes) -> None:
    apdu = sealing.seal(plaintext, 7, title=b"SAG50000")

    (problem,) = run(apdu, Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY)))

    assert isinstance(problem, Problem)
    assert problem.cause is ProblemCause.NO_TELEGRAM_INSIDE


def test_a_meter_that_has_sent_checksums_has_lost_one_and_another_meter_has_none() -> None:
    telegram, other = (frames.p1(["1-0:1.7.0(0001.234*kW)"], name) for name in ("KMP5 1", "KMP5 2"))
    decoder = Decoder()
    run(telegram, decoder)

    (problem,) = run(telegram[:-6] + b"\r\n", decoder)
    (reading,) = run(other[:-6] + b"\r\n", decoder)

    assert isinstance(problem, Problem)
    assert problem.cause is ProblemCause.P1_CRC_MISSING
    assert isinstance(reading, Reading)
    assert reading.unchecked
