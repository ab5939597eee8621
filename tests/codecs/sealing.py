"""Protected telegrams made for tests, by another part of the package cryptography than the one that opens them."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = bytes(range(0x20, 0x30))
AUTHENTICATION_KEY = bytes(range(0x70, 0x80))
OTHER_KEY = bytes(range(0xE0, 0xF0))
TITLE = b"KAM\x45\x01\x02\x03\x04"
NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - a meter's wall clock has no zone


def notification(seconds: int = 0, text: bytes = b"han2x") -> bytes:
    """A data-notification with a header clock so long after `NOON`."""
    time = NOON + timedelta(seconds=seconds)
    date = time.year.to_bytes(2, "big") + bytes((time.month, time.day, time.isoweekday()))
    clock = date + bytes((time.hour, time.minute, time.second, 0xFF, 0x80, 0, 0))
    return b"\x0f\0\0\0\0" + b"\x0c" + clock + b"\x02\x01\x0a" + bytes((len(text),)) + text


def seal(
    content: bytes,
    counter: int,
    *,
    key: bytes = KEY,
    authentication_key: bytes = AUTHENTICATION_KEY,
    control: int = 0x30,
    title: bytes = TITLE,
) -> bytes:
    """A general-glo-ciphering APDU protected as `control` says."""
    nonce = title.rjust(8, b"\0") + counter.to_bytes(4, "big")
    additional = bytes((control,)) + authentication_key
    if control & 0x20:
        sealed = AESGCM(key).encrypt(nonce, content, additional if control & 0x10 else b"")
        protected = sealed[: len(content) + (12 if control & 0x10 else 0)]
    else:
        protected = content + AESGCM(key).encrypt(nonce, b"", additional + content)[:12]
    return wrap(bytes((control,)) + counter.to_bytes(4, "big") + protected, title)


def wrap(part: bytes, title: bytes = TITLE, tag: int = 0xDB) -> bytes:
    """The APDU around a protected part."""
    return bytes((tag, len(title))) + title + b"\x82" + len(part).to_bytes(2, "big") + part


def flip(apdu: bytes, place: int) -> bytes:
    """The same with one bit flipped."""
    changed = bytearray(apdu)
    changed[place] ^= 1
    return bytes(changed)
