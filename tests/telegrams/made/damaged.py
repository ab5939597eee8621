"""What lines, adapters and wrong settings do to telegrams: nothing of these may be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from han2x.model import PushList
from han2x.simulator import Encryption, uart
from han2x.simulator.kamstrup import Kamstrup
from tests import frames
from tests.codecs import sealing
from tests.telegrams.made.document import Document, made, octets_of
from tests.telegrams.made.house import IMPORTING

SOURCE = "the telegrams beside it"


def telegrams(whole: Mapping[str, Document]) -> Iterator[Document]:
    """All of them; `whole` are the whole telegrams by name."""
    yield from _frames(whole)
    yield from _lines(whole)
    yield from _p1(whole)
    yield from _encrypted(whole)


def _rejected(name: str, meter: str, kind: str, octets: bytes, reason: str) -> Document:
    return made(name, meter, kind, octets, {"reject": True, "reason": reason}, SOURCE)


def _frames(whole: Mapping[str, Document]) -> Iterator[Document]:
    for maker, name in (("kamstrup", "kamstrup-list-2"), ("aidon", "aidon-list-3"), ("kaifa", "kaifa-list-3")):
        octets = octets_of(whole[name])
        yield _rejected(f"{maker}-bad-fcs", maker, "bad-checksum", flipped(octets, len(octets) - 12), "FCS")
        yield _rejected(f"{maker}-truncated", maker, "truncated", octets[: len(octets) * 3 // 5], "truncated")
    octets = octets_of(whole["kamstrup-list-2"])
    yield _rejected("kamstrup-bad-hcs", "kamstrup", "bad-checksum", flipped(octets, 7), "HCS and FCS")
    apdu = octets[8:-3]
    longer = frames.hdlc(apdu, length=len(octets) + 3)
    yield _rejected("kamstrup-wrong-length", "kamstrup", "bad-length", longer, "length")
    apdu = octets_of(whole["kaifa-list-3"])[9:-3]
    shorter = frames.hdlc(apdu, frames.KAIFA, length=100)
    yield _rejected("kaifa-wrong-length", "kaifa", "bad-length", shorter, "length")
    octets = octets_of(whole["kamstrup-list-1"])
    yield _rejected("kamstrup-lost-octet", "kamstrup", "bytes-lost", octets[:60] + octets[61:], "one octet lost")
    yield _rejected("kamstrup-lost-octets", "kamstrup", "bytes-lost", octets[:150] + octets[152:], "two octets lost")


def _lines(whole: Mapping[str, Document]) -> Iterator[Document]:
    sent = uart.levels(octets_of(whole["kamstrup-list-1"]), even_parity=False)
    octets = uart.heard(sent, even_parity=True)
    yield _rejected("kamstrup-wrong-parity", "kamstrup", "noise", octets, "read with the wrong parity")
    sent = uart.levels(octets_of(whole["aidon-list-sweden"]), even_parity=True)
    octets = uart.heard(sent, bit_time=0.5, even_parity=True)
    yield _rejected("aidon-wrong-speed", "aidon", "noise", octets, "read at twice the speed")
    octets = octets_of(whole["aidon-list-2"])
    cut = octets.replace(b"\n", b"\r\n")[: len(octets) - 2]
    yield _rejected("aidon-text-adapter-cut", "aidon", "oss-crlf", cut, "CR before LF, cut at the length")


def _p1(whole: Mapping[str, Document]) -> Iterator[Document]:
    octets = octets_of(whole["p1-kamstrup"])
    bad = octets.replace(b"1-0:1.7.0(0002.450", b"1-0:1.7.0(0002.451")
    assert bad != octets
    yield _rejected("p1-kamstrup-bad-crc", "p1-kamstrup", "p1-bad-crc", bad, "CRC")
    place = octets.index(b"1-0:22.7.0")
    glued = octets[: place - 6] + octets[place + 4 :]
    yield _rejected("p1-kamstrup-lost-octets", "p1-kamstrup", "p1-bad-crc", glued, "CRC; two lines glued together")
    alone = b"/KAM5\r\n\r\n" * 3
    expected: Document = {"good_telegrams": 0}
    yield made("p1-kamstrup-identification-only", "p1-kamstrup", "p1-truncated", alone, expected, SOURCE)


def _encrypted(whole: Mapping[str, Document]) -> Iterator[Document]:
    good = whole["kamstrup-enc-list-1"]
    octets = octets_of(good)
    yield _rejected("kamstrup-enc-missing-tail", "kamstrup", "encrypted-truncated", octets[:-2], "truncated")
    tagged = octets[11:-3]
    bad = frames.hdlc(frames.LLC + sealing.flip(tagged, -1), octets[3:6])
    rejected = _rejected("kamstrup-enc-bad-tag", "kamstrup", "encrypted-bad-tag", bad, "GCM tag")
    yield rejected | {"keys": good["keys"]}
    other = Encryption(sealing.OTHER_KEY, sealing.AUTHENTICATION_KEY)
    octets = Kamstrup(encryption=other).telegram(PushList.LIST_1, IMPORTING)
    rejected = _rejected("kamstrup-enc-other-key", "kamstrup", "encrypted-bad-tag", octets, "GCM tag (wrong key)")
    yield rejected | {"keys": good["keys"]}


def flipped(octets: bytes, place: int) -> bytes:
    """The octets with one bit changed."""
    return octets[:place] + bytes((octets[place] ^ 0x04,)) + octets[place + 1 :]
