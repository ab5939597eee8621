"""Raw telegrams taken apart for people: every octet is of some kind, and what they say is what the meter said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.gateway.config import MeterConfig
from han2x.gateway.dissection import Part, PartKind, dissect, parts
from han2x.meters import Learned
from han2x.model import ProblemCause, Quantity, Reading
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.telegrams import Vector, load

TELEGRAMS = {each.name: each for each in load()}
ENCRYPTED = TELEGRAMS["kamstrup-enc-push-1"]


def with_keys(vector: Vector) -> MeterConfig:
    """A meter that has the keys of this telegram."""
    assert vector.keys is not None
    return MeterConfig(
        encryption_key=bytes.fromhex(vector.keys["encryption_key"]),
        authentication_key=bytes.fromhex(vector.keys["authentication_key"]),
    )


def kinds(found: Sequence[Part]) -> list[tuple[PartKind, int]]:
    """Each part with how many octets it has."""
    return [(part.kind, len(part.octets)) for part in found]


def test_a_plain_telegram_is_its_frame_and_what_it_says() -> None:
    telegram = kamstrup_list_1(power_import=500)
    (found,) = dissect([telegram], MeterConfig(), Learned())
    # Flag, format, addresses, control, HCS and LLC; the APDU; FCS and flag.
    assert kinds(found.parts) == [
        (PartKind.FRAME, 11), (PartKind.DATA, len(telegram) - 14), (PartKind.FRAME, 3),
    ]  # fmt: skip
    assert found.parts[1].octets[0] == 0x0F
    (reading,) = found.readings
    assert reading.values[Quantity.ACTIVE_POWER_IMPORT] == 500_000
    assert found.problems == []


def test_an_encrypted_telegram_is_opened_with_the_keys_and_its_header_and_tag_are_told_apart() -> None:
    (found,) = dissect([ENCRYPTED.octets], with_keys(ENCRYPTED), Learned())
    # DB, system title with its length, length in three octets, security control, counter.
    assert [kind for kind, _ in kinds(found.parts)] == [
        PartKind.FRAME, PartKind.CIPHERING, PartKind.DATA, PartKind.TAG, PartKind.FRAME,
    ]  # fmt: skip
    header, tag = found.parts[1].octets, found.parts[3].octets
    assert header.hex() == "db084b414d45990000018201d030000006a5"
    assert len(tag) == 12
    (reading,) = found.readings
    assert reading.encrypted
    assert reading.values[Quantity.ACTIVE_ENERGY_IMPORT] == 12_345_690_000


def test_without_keys_the_sender_is_told_and_no_value() -> None:
    (found,) = dissect([ENCRYPTED.octets], MeterConfig(), Learned())
    assert found.readings == []
    (problem,) = found.problems
    assert problem.cause is ProblemCause.NO_KEY
    assert problem.values["system_title"] == "4b414d4599000001"


def test_what_was_accepted_once_can_be_looked_at_again_and_again() -> None:
    config = with_keys(ENCRYPTED)
    for _ in range(2):
        (found,) = dissect([ENCRYPTED.octets], config, Learned())
        assert len(found.readings) == 1


def test_each_burst_has_what_it_said_itself() -> None:
    damaged = bytearray(kamstrup_list_1())
    damaged[30] ^= 0xFF
    bursts = [kamstrup_list_1(power_import=1), bytes(damaged), kamstrup_list_2(energy_import=5_000_000)]
    found = dissect(bursts, MeterConfig(), Learned())
    assert [len(each.readings) for each in found] == [1, 0, 1]
    assert [[problem.cause for problem in each.problems] for each in found] == [[], [ProblemCause.FCS], []]
    assert kinds(found[1].parts) == [(PartKind.OTHER, len(damaged))]


@pytest.mark.parametrize("name", TELEGRAMS)
def test_the_parts_are_the_telegram_and_it_says_what_the_decoder_reads(name: str) -> None:
    vector = TELEGRAMS[name]
    config = with_keys(vector) if vector.keys and "authentication_key" in vector.keys else MeterConfig()
    assert b"".join(part.octets for part in parts(vector.octets)) == vector.octets
    decoder = Decoder(security=Security(*config.keys))
    events = [*decoder.feed(vector.octets), *decoder.silence(blocks_may_follow=True)]
    (found,) = dissect([vector.octets], config, Learned())
    assert found.readings == [event for event in events if isinstance(event, Reading)]


@pytest.mark.parametrize("octets", [b"", b"\x7e", b"\xdb", b"\xdb\x08", b"/KAM5\r\n\r\n\xdb\x00\x82", bytes(4096)])
def test_what_is_no_telegram_is_something_else(octets: bytes) -> None:
    found = parts(octets)
    assert b"".join(part.octets for part in found) == octets
    assert {part.kind for part in found} <= {PartKind.OTHER, PartKind.FRAME}
