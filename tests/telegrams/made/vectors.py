"""Encrypted telegrams in every framing, with their keys and what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from han2x.model import PushList
from han2x.simulator import Encryption
from han2x.simulator.kamstrup import Kamstrup
from tests import frames
from tests.codecs import sealing
from tests.telegrams.made.document import Document, octets_of
from tests.telegrams.made.house import COUNTER, IMPORTING, ONE_PHASE
from tests.telegrams.made.kamstrup import plaintext_of

LUXEMBOURG_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
SAGEMCOM = b"SAG\x45\x99\x00\x00\x01"
KAIFA = b"KFM\x45\x99\x00\x00\x01"
GET_REQUEST = bytes.fromhex("C0010000080000010000FF0200")
CIPHERED = bytes.fromhex("410313")


def vectors(whole: Mapping[str, Document]) -> Iterator[dict[str, Any]]:
    """All of them; `whole` are the whole telegrams by name."""
    yield from _hdlc()
    plain = plaintext_of(Kamstrup(push_1=True).telegram(PushList.PUSH_1, IMPORTING))
    sealed = sealing.seal(plain, COUNTER, control=0x20, title=KAIFA)
    octets = frames.mbus(sealed[:245], last=False) + frames.mbus(sealed[245:], part=1)
    yield _vector("mbus-two-parts-no-tag", "mbus", octets, plain, control=0x20, title=KAIFA)
    telegram = octets_of(whole["p1-kamstrup"])
    sealed = sealing.seal(telegram, COUNTER, title=SAGEMCOM, authentication_key=LUXEMBOURG_KEY)
    found = _vector("p1-luxembourg", "apdu", sealed, telegram, title=SAGEMCOM)
    yield found | {"ak": LUXEMBOURG_KEY.hex().upper()}
    yield _vector("get-request", "apdu", sealing.seal(GET_REQUEST, COUNTER), GET_REQUEST)
    sealed = sealing.seal(GET_REQUEST, COUNTER, control=0x20)
    yield _vector("get-request-no-tag", "apdu", sealed, GET_REQUEST, control=0x20)


def _hdlc() -> Iterator[dict[str, Any]]:
    both, alone = Encryption(sealing.KEY, sealing.AUTHENTICATION_KEY), Encryption(sealing.KEY)
    for name, phases, sample in (("push-1", 3, IMPORTING), ("push-1-one-phase", 1, ONE_PHASE)):
        plain = plaintext_of(Kamstrup(phases, push_1=True).telegram(PushList.PUSH_1, sample))
        octets = Kamstrup(phases, push_1=True, encryption=both).telegram(PushList.PUSH_1, sample)
        yield _vector(f"hdlc-{name}", "hdlc", octets, plain)
    plain = plaintext_of(Kamstrup().telegram(PushList.LIST_1, IMPORTING))
    octets = Kamstrup(encryption=alone).telegram(PushList.LIST_1, IMPORTING)
    yield _vector("hdlc-list-1-no-tag", "hdlc", octets, plain, control=0x20)
    sealed = sealing.seal(plain, COUNTER)
    short = sealed[:10] + b"\x81" + sealed[12:]
    yield _vector("hdlc-short-length", "hdlc", frames.hdlc(frames.LLC + short, CIPHERED), plain)
    first = frames.hdlc(frames.LLC + frames.block(1, sealed[:120]), CIPHERED)
    octets = first + frames.hdlc(frames.LLC + frames.block(2, sealed[120:], last=True), CIPHERED)
    yield _vector("hdlc-two-blocks", "hdlc", octets, plain)


def _vector(
    name: str, framing: str, octets: bytes, plain: bytes, *, control: int = 0x30, title: bytes = sealing.TITLE
) -> dict[str, Any]:
    return {
        "name": f"made-{name}",
        "kind": "synthetic",
        "framing": framing,
        "key": sealing.KEY.hex().upper(),
        "ak": sealing.AUTHENTICATION_KEY.hex().upper() if control & 0x10 else None,
        "system_title": title.hex().upper(),
        "counter": COUNTER,
        "security_control": f"{control:02X}",
        "frame_hex": octets.hex().upper(),
        "plaintext_hex": plain.hex().upper(),
        "source": "made here after the DLMS Green Book 9.2.7.2",
        "licence": "MIT",
    }
