"""Frames that no maker of the other modules sends, and streams of several frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests import frames
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made, octets_of
from tests.telegrams.made.house import CLOCK, IMPORTING

NOISE = bytes.fromhex("12121212121212121212121212")
VALUES = ((1, 2450, 27), (2, 0, 27), (3, 250, 29), (4, 0, 29), (32, 231, 35), (52, 229, 35), (72, 232, 35))


def telegrams(whole: Mapping[str, Document]) -> Iterator[Document]:
    """All of them; `whole` are the whole telegrams by name."""
    yield _mbus()
    nothing: Document = {"good_frames": 1, "payload_bytes": 0}
    yield made("hdlc-empty-information", "generic", "hdlc-generic", frames.hdlc(b""), nothing, "ISO/IEC 13239")
    abort = frames.hdlc(b"\x01\x02\x03")[:-1] + b"\x7d\x7e"
    yield made(
        "hdlc-aborted", "generic", "hdlc-generic", abort, {"good_frames_if_abort_is_honoured": 0}, "ISO/IEC 13239"
    )
    yield from _streams(whole)


def _mbus() -> Document:
    expected = house.powers(IMPORTING, "1-0") | house.voltages(IMPORTING, "1-0")
    listed = [frames.measured(f"1.0.{code}.7.0", frames.u32(value), 0, unit) for code, value, unit in VALUES]
    apdu = frames.notification(frames.array(*listed), b"\x0c" + frames.date_time(str(CLOCK), weekday=5))
    octets = frames.mbus(apdu[:90], last=False) + frames.mbus(apdu[90:], part=1)
    return made("mbus-two-parts", "generic", "M-Bus, described list", octets, expected, "EN 13757-2; DLMS Blue Book")


def _streams(whole: Mapping[str, Document]) -> Iterator[Document]:
    short, full = whole["kamstrup-list-1"], whole["kamstrup-list-2"]
    yield stream("kamstrup-stream-two-lists", "stream-clean", [short, full])
    yield stream("kamstrup-stream-trailing-octet", "stream-noise", [short, b"\x29"])
    damaged = bytearray(octets_of(short))
    damaged[-10] ^= 0x04
    pieces: list[Document | bytes] = [
        NOISE,
        bytes(damaged),
        short,
        bytes.fromhex("aabbcc7e"),
        full,
        bytes.fromhex("112233445566778899"),
    ]
    yield stream("kamstrup-stream-noise", "stream-noise", pieces)
    single, hourly = whole["kaifa-list-1"], whole["kaifa-list-3"]
    yield stream("kaifa-stream-hour", "stream-clean", [single, hourly, single])
    yield _text_adapter(whole)


def stream(name: str, kind: str, pieces: list[Document | bytes]) -> Document:
    """Whole telegrams with octets between them of which nothing is to come out."""
    octets, found = b"", []
    for piece in pieces:
        if isinstance(piece, dict):
            values = {code: element["value"] for code, element in piece["expected"].items()}
            found.append({"offset": len(octets), "values": values})
            piece = octets_of(piece)
        octets += piece
    meter = next(piece["meter"] for piece in pieces if isinstance(piece, dict))
    return made(name, meter, kind, octets, {"good_frames": len(found), "frames": found}, "the telegrams beside it")


def _text_adapter(whole: Mapping[str, Document]) -> Document:
    """An adapter that takes the line for text: CR before every LF, and both after each frame."""
    pieces = [whole["aidon-list-2-one-phase"], whole["aidon-list-2"]]
    octets = b"".join(octets_of(piece).replace(b"\n", b"\r\n") + b"\r\n" for piece in pieces)
    values = [{code: each["value"] for code, each in piece["expected"].items()} for piece in pieces]
    expected = {"good_frames": 2, "frames": [{"values": each} for each in values]}
    return made("aidon-stream-text-adapter", "aidon", "oss-crlf", octets, expected, "the telegrams beside it")
