"""What a line can say to make the decoder work as hard as it may: octets to be sent again and again at full speed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache

from tests import frames
from tests.codecs import sealing
from tests.fuzz_decoder import Fuzzer
from tests.telegrams import load

FUZZED = 400
TELEGRAMS = 500


@cache
def patterns() -> Mapping[str, bytes]:
    """Each pattern by its name."""
    headers = b"".join(_header(2047 - 8 * number) for number in range(250))
    headers_as_text = b"".join(_header(2047 - 10 * number) + b"\r\n" for number in range(200)) + b"\r\n" * 2048
    begun = b"/KAM5" * 815
    return {
        "noise": random.Random(1).randbytes(4096),
        "HDLC flags": b"\x7e",
        "HDLC headers of the longest frame": _header(2047),
        "HDLC headers that end at one octet": headers.ljust(2048, b"\0"),
        "HDLC headers with line ends doubled": headers_as_text,
        "HDLC segments": frames.hdlc(b"x", segmented=True),
        "blocks": frames.hdlc(frames.LLC + frames.block(1, b"x")),
        "P1 begun and broken off": begun + b"\0",
        "P1 begun and ended wrong": begun + b"!0000",
        "P1 begun on each line": b"/KAM5\r\n\r\n" * 450 + b"!0000",
        "P1 telegrams, each of another meter": _p1_telegrams(),
        "P1 telegrams of many lines": frames.p1(["1-0:1.7.0(0001.453*kW)"] * 150),
        "lists, each of another meter": _lists(),
        "lists of many elements": _long_list(),
        "lists nested as deep as a frame": frames.hdlc(frames.LLC + frames.notification(b"\x01\x01" * 900 + b"\0")),
        "M-Bus begun": b"\x68\xff\xff\x68",
        "M-Bus frames of nothing": frames.mbus(b"\0" * 3),
        "ciphered telegrams begun": b"\xdb\x08SAG00000\x82\x0f\xf0\x30",
        "ciphered telegrams of nothing": b"\xdb\x08SAG00000\x12\x30" + bytes(17),
        "sealed lists with another key": frames.hdlc(frames.LLC + sealing.seal(frames.notification(frames.null()), 1)),
        "recorded telegrams": b"".join(vector.octets for vector in load()),
        "the fuzzer's": _fuzzed(),
    }


def _header(length: int) -> bytes:
    """An HDLC header with a right check sequence, which announces a frame of this length."""
    head = bytes((0xA0 | length >> 8, length & 0xFF, 0x21, 0x21, 0x13))
    return b"\x7e" + head + frames.crc_x25(head)


def _p1_telegrams() -> bytes:
    return b"".join(
        frames.p1(
            [f"0-0:96.1.0({number:016d})", f"1-0:1.7.0({number:08d}*W)", f"1-0:1.8.0({number * 7919 % 10**8}*Wh)"]
        )
        for number in range(TELEGRAMS)
    )


def _lists() -> bytes:
    return b"".join(
        frames.kamstrup(
            *(frames.obis("1.1.0.0.5"), frames.text(f"57\x1b[2J\n{number}")),
            *(frames.obis("1.1.1.7.0"), frames.u32(number)),
            *(frames.obis("1.1.1.8.0"), frames.u32(number * 7919)),
        )
        for number in range(TELEGRAMS)
    )


def _long_list() -> bytes:
    element = frames.structure(frames.obis("1.0.1.7.0"), frames.u32(1), frames.scaling(0, 27))
    return frames.hdlc(frames.LLC + frames.notification(frames.array(*[element] * 80)))


def _fuzzed() -> bytes:
    fuzzer = Fuzzer(random.Random(2))
    return b"".join(fuzzer.chance.choice(fuzzer._makers)() for _ in range(FUZZED))
