"""Protected APDUs: general-glo-ciphering and general-ded-ciphering (DLMS UA 1000-2 Ed. 9, 9.2.7.2; IEC 62056-5-3).

    DB | 08, system title | length | security control | invocation counter (4) | content | tag (12)

Security suites 0 and 1 (AES-GCM with keys of 16 octets) in the three forms that the security control octet names:
encrypted and authenticated (0x30), encrypted only (0x20) and authenticated only (0x10).

Polish P1 meters send no system title and the counter 0 each time: both stand for zeros in the nonce, and nothing can
show which of their telegrams is new.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from han2x.codecs.axdr import decode_length
from han2x.codecs.errors import ApduError, AuthenticationError, NoKeyError
from han2x.codecs.replay import Freshness, mark_of
from han2x.codecs.system_title import values_of
from han2x.model import ProblemCause, Values

KEY_OCTETS: Final = 16

_GENERAL_GLO, _GENERAL_DED, _GENERAL_CIPHERING = 0xDB, 0xDC, 0xDD
_TITLE_OCTETS: Final = 8
_COUNTER_OCTETS: Final = 4
_TAG_OCTETS: Final = 12
_SUITE, _AUTHENTICATED, _ENCRYPTED, _BROADCAST, _COMPRESSED = 0x0F, 0x10, 0x20, 0x40, 0x80
_LUXEMBOURG_KEY: Final = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
"""The published authentication key of all Luxembourg meters (Luxmetering, E-Meter P1 Specification 1.1.3, 3.2.5)."""
_DATA_LINE: Final = re.compile(rb"\s{0,4}[01]-\d:\d{1,3}\.\d{1,3}\.\d{1,3}\(")
_BODY_AFTER_TIME: Final = {b"\x00": 6, b"\x0c": 18, b"\x09": 19}


class Security:
    """Opens the protected telegrams of one line, and refuses old ones that are sent again.

    With both keys nothing is released before its tag has verified. A telegram without a tag (0x20) is then accepted
    only as long as none with a tag has verified under these keys, so that nobody can take the tags off. With the
    encryption key alone, telegrams are deciphered unverified; what comes out tells whether the key is right.
    `authenticated` says which of the two the last telegram was. Luxembourg meters need no authentication key to be
    entered: theirs is public.

    Every telegram must be newer than the last one accepted; `codecs.replay` has the rule. Write `counters` to disk when
    the program stops, and whenever `counters_due` answers something, and give them back when it starts.
    """

    def __init__(
        self,
        encryption_key: bytes | None = None,
        authentication_key: bytes | None = None,
        counters: Mapping[str, int] | None = None,
    ) -> None:
        """Take the keys (GPK60 and GPK61 in Kamstrup's words) and the counters kept from before.

        Raises:
            ValueError: a key has not 16 octets, or there is an authentication key alone.
        """
        for name, key in (("encryption", encryption_key), ("authentication", authentication_key)):
            if key is not None and len(key) != KEY_OCTETS:
                raise ValueError(f"the {name} key has {len(key)} octets; it must have {KEY_OCTETS}")
        if authentication_key is not None and encryption_key is None:
            raise ValueError("there is an authentication key but no encryption key; both are needed")
        self.authenticated = False
        self._authentication_key = authentication_key
        self._key = None if encryption_key is None else _Key(encryption_key)
        self._freshness = Freshness(counters or {})
        self._verified_mark = mark_of((encryption_key or b"") + (authentication_key or _LUXEMBOURG_KEY))
        self._unverified_mark = mark_of(encryption_key or b"")

    @property
    def counters(self) -> dict[str, int]:
        """What has to survive a restart. Its names are derived from the keys: store them, but show them to nobody."""
        return self._freshness.dump()

    def counters_due(self) -> dict[str, int] | None:
        """The counters when it is time to write them to disk again, else None."""
        return self._freshness.due()

    def forget(self) -> None:
        """Forget all counters, as is right when the owner enters the keys again."""
        self._freshness.forget()

    def decipher(self, apdu: bytes) -> bytes:
        """Return the content of a protected APDU: another APDU (from 0F on), or the text of a P1 telegram.

        Give every telegram once: the same one a second time is a replay.

        Raises:
            ApduError: the octets are no such APDU, or are protected in a way that is not supported.
            NoKeyError: a key is needed that is not set.
            AuthenticationError: the keys do not fit, or the telegram was damaged or changed on the way.
            ReplayError: the telegram is not newer than the last one accepted.
        """
        message = _parse(apdu)
        if self._key is None:
            raise NoKeyError(
                f"the telegram is protected ({message.sender}) and no key is set: ask the grid company for this "
                "meter's encryption key (GPK60) and authentication key (GPK61), and enter them",
                values=message.values,
            )
        authenticated, content = self._open(self._key, message)
        mark = self._verified_mark if authenticated else self._unverified_mark
        if message.counts:
            self._freshness.accept(message.title, mark, int.from_bytes(message.counter, "big"), content)
        self.authenticated = authenticated
        return content

    def _open(self, key: _Key, message: _Message) -> tuple[bool, bytes]:
        public = _LUXEMBOURG_KEY if message.title.startswith(b"SAG") else None
        authentication_key = self._authentication_key or public
        if message.tag and authentication_key:
            content = key.verified(message, authentication_key)
            if content is not None:
                return True, content
            if self._authentication_key:
                raise self._refusal(key, self._authentication_key, message)
        return False, self._open_unverified(key, message)

    def _open_unverified(self, key: _Key, message: _Message) -> bytes:
        if not message.control & _ENCRYPTED:
            raise NoKeyError(
                f"the telegram is authenticated only ({message.sender}) and no authentication key (GPK61) is set: ask "
                "the grid company for it, and enter it",
                ProblemCause.NO_AUTHENTICATION_KEY,
                message.values,
            )
        if self._freshness.knows(self._verified_mark):
            raise AuthenticationError(
                f"the telegram cannot be verified ({message.sender}), though earlier ones under these keys could: it "
                "was changed on the way; or the grid company changed the meter's settings, then enter the keys again",
                ProblemCause.UNVERIFIABLE,
                message.values,
            )
        content = key.unverified(message)
        if _plausible(content):
            return content
        swapped = self._authentication_key and _plausible(_Key(self._authentication_key).unverified(message))
        raise _swapped(message) if swapped else _wrong(message)

    def _refusal(self, key: _Key, authentication_key: bytes, message: _Message) -> AuthenticationError:
        """Why a tag did not verify, as far as can be told."""
        if _Key(authentication_key).verified(message, key.octets) is not None:
            return _swapped(message)
        if self._freshness.knows(self._verified_mark, message.title):
            return AuthenticationError(
                f"the telegram was damaged or changed on the way ({message.sender}): earlier ones fitted these keys",
                ProblemCause.CHANGED_ON_THE_WAY,
                message.values,
            )
        if message.control & _ENCRYPTED and _plausible(key.unverified(message)):
            return AuthenticationError(
                f"the encryption key fits and the authentication tag does not ({message.sender}): the authentication "
                "key (GPK61) is wrong, or the telegram was damaged or changed on the way",
                ProblemCause.AUTHENTICATION_KEY_WRONG,
                message.values,
            )
        return _wrong(message)


def _swapped(message: _Message) -> AuthenticationError:
    return AuthenticationError(
        "the two keys are swapped: what is set as the authentication key is the encryption key (GPK60), and the other "
        "way round; exchange them",
        ProblemCause.KEYS_SWAPPED,
        message.values,
    )


def _wrong(message: _Message) -> AuthenticationError:
    return AuthenticationError(
        f"the keys do not fit this meter ({message.sender}), not even swapped: check that they were given for this "
        "meter and are typed correctly, or the telegram was damaged on the way",
        ProblemCause.KEYS_WRONG,
        message.values,
    )


class _Message(NamedTuple):
    title: bytes
    control: int
    counter: bytes
    content: bytes
    tag: bytes

    @property
    def nonce(self) -> bytes:
        return self.title.rjust(_TITLE_OCTETS, b"\0") + self.counter

    @property
    def counts(self) -> bool:
        return any(self.nonce)

    @property
    def sender(self) -> str:
        if not self.title:
            return "no system title"
        serial = self.values.get("serial")
        return f"system title {self.title.hex()}" + (f", {serial}" if serial else "")

    @property
    def values(self) -> Values:
        return values_of(self.title) if self.title else {}


def _parse(apdu: bytes) -> _Message:
    if not apdu or apdu[0] not in (_GENERAL_GLO, _GENERAL_DED):
        name = "general-ciphering (0xDD)" if apdu[:1] == bytes((_GENERAL_CIPHERING,)) else f"APDU {apdu[:1].hex()}"
        raise _unsupported(
            f"{name} is not supported; general-glo-ciphering (0xDB) and general-ded-ciphering (0xDC) are"
        )
    size, start = decode_length(apdu, 1)
    title = apdu[start : start + size]
    if size not in (0, _TITLE_OCTETS) or len(title) != size:
        raise ApduError(f"a system title of {size} octets; it has {_TITLE_OCTETS}")
    size, start = decode_length(apdu, start + size)
    if size != len(apdu) - start:
        raise ApduError(f"the protected part has {len(apdu) - start} octets where its length says {size}")
    message = _protected_part(title, apdu[start:])
    if not title and message.counts:
        raise ApduError(f"a system title of 0 octets; it has {_TITLE_OCTETS} where telegrams are counted")
    return message


def _protected_part(title: bytes, part: bytes) -> _Message:
    control = part[0] if part else 0
    _check_control(control)
    begin = 1 + _COUNTER_OCTETS
    end = len(part) - (_TAG_OCTETS if control & _AUTHENTICATED else 0)
    if end <= begin:
        raise ApduError(f"the protected part of {len(part)} octets is too short to hold a telegram")
    return _Message(title, control, part[1:begin], part[begin:end], part[end:])


def _check_control(control: int) -> None:
    if control & _SUITE > 1:
        raise _unsupported(f"security suite {control & _SUITE} is not supported; suites 0 and 1 (AES-128) are")
    if control & _BROADCAST:
        raise _unsupported("the telegram is protected with a broadcast key, which is not supported; unicast keys are")
    if control & _COMPRESSED:
        raise _unsupported("the telegram is compressed, which is not supported")
    if not control & (_ENCRYPTED | _AUTHENTICATED):
        raise _unsupported(
            f"security control 0x{control:02X}: neither encrypted nor authenticated, which is not supported"
        )


def _unsupported(detail: str) -> ApduError:
    return ApduError(detail, ProblemCause.PROTECTION)


class _Key:
    """AES under one key. The package cryptography is loaded only when there is a key: it costs megabytes."""

    def __init__(self, octets: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        self.octets = octets
        self._aes = algorithms.AES(octets)
        self._cipher, self._gcm, self._ctr, self._invalid = Cipher, modes.GCM, modes.CTR, InvalidTag

    def verified(self, message: _Message, authentication_key: bytes) -> bytes | None:
        """The content, or None when the tag does not verify."""
        mode = self._gcm(message.nonce, message.tag, min_tag_length=_TAG_OCTETS)
        decryptor = self._cipher(self._aes, mode).decryptor()
        decryptor.authenticate_additional_data(bytes((message.control,)) + authentication_key)
        content = message.content
        if message.control & _ENCRYPTED:
            content = decryptor.update(content)
        else:
            decryptor.authenticate_additional_data(content)
        try:
            decryptor.finalize()
        except self._invalid:
            return None
        return content

    def unverified(self, message: _Message) -> bytes:
        """The content as GCM's counter mode gives it, whose first block serves the tag."""
        mode = self._ctr(message.nonce + b"\0\0\0\2")
        return self._cipher(self._aes, mode).decryptor().update(message.content)


def _plausible(content: bytes) -> bool:
    """Whether this can be a data-notification, a P1 telegram or the data lines of one.

    Of random octets, one in half a million can.
    """
    if _DATA_LINE.match(content):
        return True
    if content.startswith(b"/"):
        return content[:16].isascii() and b"!" in content[-8:]
    body = _BODY_AFTER_TIME.get(content[5:6], len(content))
    return content[:1] == b"\x0f" and content[body : body + 1] in (b"\x01", b"\x02")
