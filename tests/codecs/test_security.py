"""Protected telegrams: what is opened, what is refused, and that the reason given is the right one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from han2x.codecs.errors import ApduError, AuthenticationError, DecodeError, NoKeyError, ReplayError
from han2x.codecs.security import Security
from han2x.model import ProblemCause
from tests import larger_set, telegrams
from tests.codecs.sealing import AUTHENTICATION_KEY, KEY, OTHER_KEY, TITLE, flip, notification, seal, wrap

P1 = b"/KAM5\r\n\r\n0-0:1.0.0(261120120000W)\r\n1-0:1.7.0(0001.234*kW)\r\n!1A2B\r\n"
LUXEMBOURG_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
SAGEMCOM = b"SAG\x45\x01\x02\x03\x04"


def both() -> Security:
    return Security(KEY, AUTHENTICATION_KEY)


def refusal(security: Security, apdu: bytes) -> ProblemCause:
    """Why these keys do not open a telegram."""
    with pytest.raises(AuthenticationError) as refused:
        security.decipher(apdu)
    return refused.value.cause


# What is recorded


def _keys(entry: Mapping[str, Any]) -> Security:
    return Security(bytes.fromhex(entry["key"]), bytes.fromhex(entry["ak"]) if entry["ak"] else None)


def _hdlc_information(stream: bytes) -> list[bytes]:
    found = []
    while stream:
        end = 2 + int.from_bytes(stream[1:3], "big") % 0x800
        frame, stream = stream[1 : end - 1], stream[end:]
        position = 2
        for _ in ("destination", "source"):
            while not frame[position] & 1:
                position += 1
            position += 1
        found.append(frame[position + 3 : -2])
    return found


def _mbus_data(stream: bytes) -> bytes:
    data = b""
    while stream:
        end = 4 + stream[1] + 2
        data += stream[9 : end - 2]
        stream = stream[end:]
    return data


def _apdu(entry: Mapping[str, Any]) -> bytes:
    """The protected APDU of a vector; the service-specific ones of the Green Book get the title that they lack."""
    octets = bytes.fromhex(entry["frame_hex"])
    if entry["framing"] == "mbus":
        return _mbus_data(octets)
    if entry["framing"] == "hdlc":
        parts = [part.removeprefix(b"\xe6\xe7\x00") for part in _hdlc_information(octets)]
        return b"".join(
            part[7 if part[6] < 0x80 else 7 + part[6] % 0x80 :] if part[0] == 0xE0 else part for part in parts
        )
    if "service" in entry:
        return b"\xdb\x08" + bytes.fromhex(entry["system_title"]) + octets[1:]
    return octets


NO_PUSH_AND_NO_TAG = ("greenbook-glo-get-enc-only", "made-get-request-no-tag")
VECTORS_THAT_OPEN = {telegrams.CRYPTO: 8, larger_set.CRYPTO: 13}


@pytest.mark.larger_set
@pytest.mark.parametrize("file", telegrams.crypto_files(), ids=lambda file: str(file.parts[-3]))
def test_every_vector_that_is_a_push_deciphers_to_its_plaintext(file: Path) -> None:
    opened = {
        entry["name"]: _keys(entry).decipher(_apdu(entry)).hex().upper() == entry["plaintext_hex"]
        for entry in telegrams.load_crypto(file)
        if entry["name"] not in NO_PUSH_AND_NO_TAG  # unverified, and no push: the next test
    }
    assert len(opened) == VECTORS_THAT_OPEN[file]
    assert [name for name, right in opened.items() if not right] == []


@pytest.mark.larger_set
@pytest.mark.parametrize("file", telegrams.crypto_files(), ids=lambda file: str(file.parts[-3]))
def test_what_has_no_tag_and_deciphers_to_no_push_list_is_refused_as_a_wrong_key(file: Path) -> None:
    (entry,) = (entry for entry in telegrams.load_crypto(file) if entry["name"] in NO_PUSH_AND_NO_TAG)
    with pytest.raises(AuthenticationError) as refused:
        _keys(entry).decipher(_apdu(entry))
    assert refused.value.cause is ProblemCause.KEYS_WRONG


FOLDERS_WITH_KEYS = {telegrams.FOLDER: 9, larger_set.TELEGRAMS: 8}


def _folders() -> list[Path]:
    return [folder for folder in FOLDERS_WITH_KEYS if folder.is_dir()]


def _encrypted(folder: Path) -> list[telegrams.Vector]:
    return [vector for vector in telegrams.load(folder) if "-enc-" in vector.name]


def _ciphered(vector: telegrams.Vector) -> bytes:
    """The protected APDU of a telegram in whichever framing."""
    if vector.octets.startswith(b"\xdb"):
        return vector.octets
    if vector.octets.startswith(b"\x68"):
        return _mbus_data(vector.octets)
    return _hdlc_information(vector.octets)[0].removeprefix(b"\xe6\xe7\x00")


@pytest.mark.larger_set
@pytest.mark.parametrize("folder", _folders(), ids=lambda folder: str(folder.parts[-2]))
def test_the_recorded_telegrams_with_keys_open_or_are_refused_as_expected(folder: Path) -> None:
    outcomes = {}
    for vector in _encrypted(folder):
        if not vector.keys:
            continue
        keys = vector.keys
        security = Security(bytes.fromhex(keys["encryption_key"]), bytes.fromhex(keys["authentication_key"]))
        try:
            outcomes[vector.name] = security.decipher(_ciphered(vector)) == vector.plaintext
        except AuthenticationError:
            outcomes[vector.name] = vector.rejected
    assert len(outcomes) == FOLDERS_WITH_KEYS[folder]
    assert [name for name, right in outcomes.items() if not right] == []


@pytest.mark.larger_set
@pytest.mark.parametrize("folder", _folders(), ids=lambda folder: str(folder.parts[-2]))
def test_the_recorded_telegrams_without_keys_ask_for_them_by_name(folder: Path) -> None:
    vectors = [vector for vector in _encrypted(folder) if re.match("kam-enc-push1-|kamstrup-enc-push-1", vector.name)]
    assert len(vectors) >= 3
    for vector in vectors:
        apdu = _ciphered(vector)
        with pytest.raises(NoKeyError, match=rf"{apdu[2:10].hex()}, KAM.*GPK60.*GPK61"):
            Security().decipher(apdu)


# The forms of protection


@pytest.mark.parametrize("control", [0x30, 0x31, 0x10, 0x11])
@pytest.mark.parametrize("content", [notification(), P1, b"\x0f"])
def test_a_telegram_whose_tag_verifies_is_opened(control: int, content: bytes) -> None:
    security = both()
    assert security.decipher(seal(content, 7, control=control)) == content
    assert security.authenticated


@pytest.mark.parametrize("control", [0x20, 0x21])
@pytest.mark.parametrize("content", [notification(), P1])
@pytest.mark.parametrize("authentication_key", [None, AUTHENTICATION_KEY])
def test_a_telegram_that_is_encrypted_only_is_opened_and_said_to_be_unverified(
    control: int, content: bytes, authentication_key: bytes | None
) -> None:
    security = Security(KEY, authentication_key)
    assert security.decipher(seal(content, 7, control=control)) == content
    assert not security.authenticated


def test_general_ded_ciphering_is_opened_like_general_glo_ciphering() -> None:
    assert both().decipher(b"\xdc" + seal(notification(), 1)[1:]) == notification()


@pytest.mark.parametrize(
    "length", [b"\x34", b"\x81\x34", b"\x82\x00\x34", b"\x83\x00\x00\x34", b"\x84\x00\x00\x00\x34"]
)
def test_the_length_may_have_more_octets_than_it_needs(length: bytes) -> None:
    content = notification(text=b"x" * 13)
    apdu = seal(content, 1)
    assert int.from_bytes(apdu[11:13], "big") == 0x34
    assert both().decipher(apdu[:10] + length + apdu[13:]) == content


def test_without_the_authentication_key_a_telegram_with_a_tag_is_opened_unverified() -> None:
    security = Security(KEY)
    assert security.decipher(seal(notification(), 1)) == notification()
    assert not security.authenticated


def test_a_luxembourg_meter_is_verified_with_its_public_authentication_key() -> None:
    security = Security(KEY)
    assert security.decipher(seal(P1, 1, title=SAGEMCOM, authentication_key=LUXEMBOURG_KEY)) == P1
    assert security.authenticated


def test_another_sagemcom_meter_is_opened_unverified_without_its_authentication_key() -> None:
    security = Security(KEY)
    assert security.decipher(seal(notification(), 1, title=SAGEMCOM)) == notification()
    assert not security.authenticated


def test_once_tags_verified_a_telegram_without_one_is_refused() -> None:
    security = both()
    assert security.decipher(seal(notification(), 1, control=0x20)) == notification()
    security.decipher(seal(notification(), 2))
    for title in (TITLE, b"KAMEOTHR"):
        assert refusal(security, seal(notification(), 3, control=0x20, title=title)) is ProblemCause.UNVERIFIABLE
    restarted = Security(KEY, AUTHENTICATION_KEY, security.counters)
    assert refusal(restarted, seal(notification(), 3, control=0x20)) is ProblemCause.UNVERIFIABLE


def test_once_the_luxembourg_tag_verified_a_bad_one_does_not_open_unverified() -> None:
    security = Security(KEY)
    security.decipher(seal(P1, 1, title=SAGEMCOM, authentication_key=LUXEMBOURG_KEY))
    changed = flip(seal(P1, 2, title=SAGEMCOM, authentication_key=LUXEMBOURG_KEY), -1)
    assert refusal(security, changed) is ProblemCause.UNVERIFIABLE


# Keys that do not fit


def test_whoever_sends_is_named_for_programs_too() -> None:
    for security in (Security(), Security(KEY, OTHER_KEY), Security(OTHER_KEY), Security(AUTHENTICATION_KEY, KEY)):
        with pytest.raises(DecodeError) as refused:
            security.decipher(seal(notification(), 1))
        assert refused.value.values == {"system_title": TITLE.hex(), "serial": "KAM 16909060"}


def test_without_a_key_the_message_names_the_meter_and_what_to_ask_for() -> None:
    with pytest.raises(
        NoKeyError, match=r"system title 4b414d4501020304, KAM 16909060.*ask the grid company.*GPK60.*GPK61"
    ):
        Security().decipher(seal(notification(), 1))


def test_a_title_that_is_no_text_is_named_in_hexadecimal_only() -> None:
    with pytest.raises(NoKeyError, match=r"\(system title 2f19229199164103\)"):
        Security().decipher(seal(notification(), 1, title=bytes.fromhex("2F19229199164103")))


def test_an_authenticated_only_telegram_needs_the_authentication_key() -> None:
    with pytest.raises(NoKeyError, match="GPK61") as refused:
        Security(KEY).decipher(seal(notification(), 1, control=0x10))
    assert refused.value.cause is ProblemCause.NO_AUTHENTICATION_KEY


@pytest.mark.parametrize("control", [0x30, 0x20, 0x10])
def test_swapped_keys_are_recognized(control: int) -> None:
    apdu = seal(notification(), 1, control=control)
    assert refusal(Security(AUTHENTICATION_KEY, KEY), apdu) is ProblemCause.KEYS_SWAPPED


def test_a_wrong_authentication_key_is_told_from_a_wrong_encryption_key() -> None:
    apdu = seal(notification(), 1)
    assert refusal(Security(KEY, OTHER_KEY), apdu) is ProblemCause.AUTHENTICATION_KEY_WRONG
    for authentication_key in (AUTHENTICATION_KEY, KEY, None):
        assert refusal(Security(OTHER_KEY, authentication_key), apdu) is ProblemCause.KEYS_WRONG


@pytest.mark.parametrize("place", [13, 15, 17, 25, 40, -1])
@pytest.mark.parametrize("control", [0x30, 0x10])
def test_a_telegram_changed_anywhere_is_refused_as_damaged_when_the_keys_have_proven_right(
    place: int, control: int
) -> None:
    security = both()
    security.decipher(seal(notification(), 1, control=control))
    damaged = bytearray(flip(seal(notification(), 2, control=control), place))
    damaged[13] |= control  # the security control octet keeps its form
    assert refusal(security, bytes(damaged)) is ProblemCause.CHANGED_ON_THE_WAY
    assert security.decipher(seal(notification(), 2, control=control)) == notification()


def test_a_changed_first_telegram_is_refused() -> None:
    apdu = seal(notification(), 1)
    for place in range(2, len(apdu)):
        with pytest.raises(DecodeError):
            both().decipher(flip(apdu, place))


def test_a_telegram_deciphered_in_place_is_not_taken_for_plain_text() -> None:
    apdu = seal(notification(), 1)
    plain = apdu[:18] + notification() + apdu[-12:]
    assert len(plain) == len(apdu)
    for security in (both(), Security(KEY)):
        with pytest.raises(AuthenticationError):
            security.decipher(plain)


@pytest.mark.parametrize(
    "security", [both(), Security(KEY), Security(OTHER_KEY, KEY), Security(AUTHENTICATION_KEY, KEY)]
)
def test_no_message_and_no_repr_holds_a_key(security: Security) -> None:
    shown = [repr(security)]
    for apdu in (flip(seal(notification(), 1), -1), seal(notification(), 1, control=0x20), seal(notification(), 1)) * 2:
        try:
            security.decipher(apdu)
        except DecodeError as error:
            shown += [str(error), repr(error)]
    shown += [str(security.counters)]
    for key in (KEY, AUTHENTICATION_KEY, OTHER_KEY):
        assert not [text for text in shown if key.hex() in text.lower() or repr(key) in text]


# Unsupported and malformed


@pytest.mark.parametrize(
    ("control", "complaint"),
    [
        (0x32, "security suite 2 is not supported; suites 0 and 1"),
        (0x3F, "security suite 15 is not supported"),
        (0x70, "broadcast key"),
        (0xB0, "compressed"),
        (0x00, "neither encrypted nor authenticated"),
    ],
)
@pytest.mark.parametrize("security", [both(), Security()])
def test_protection_that_is_not_supported_is_refused_in_clear_words(
    control: int, complaint: str, security: Security
) -> None:
    with pytest.raises(ApduError, match=complaint) as refused:
        security.decipher(wrap(bytes((control,)) + seal(notification(), 1)[14:]))
    assert refused.value.cause is ProblemCause.PROTECTION


@pytest.mark.parametrize(
    ("apdu", "complaint"),
    [
        (b"", "not supported"),
        (notification(), "APDU 0f is not supported"),
        (b"\xdd" + seal(notification(), 1)[1:], r"general-ciphering \(0xDD\) is not supported"),
        (b"\xdb", "octets end"),
        (b"\xdb\x00" + seal(notification(), 1)[10:], "system title of 0 octets; it has 8"),
        (b"\xdb\x09x" + seal(notification(), 1)[2:], "system title of 9 octets; it has 8"),
        (b"\xdb\x08KAM", "system title"),
        (b"\xdb\x08" + TITLE, "octets end"),
        (b"\xdb\x08" + TITLE + b"\x80" + bytes(30), "a length of 0 octets"),
        (b"\xdb\x08" + TITLE + b"\x85" + bytes(30), "a length of 5 octets"),
        (seal(notification(), 1)[:-1], "has 43 octets where its length says 44"),
        (seal(notification(), 1) + b"\0", "has 45 octets where its length says 44"),
        (wrap(b""), "neither"),
        (wrap(b"\x30\0\0\0\1" + bytes(12)), "too short"),
        (wrap(b"\x20\0\0\0\1"), "too short"),
        (wrap(b"\x20\0\0"), "too short"),
    ],
)
def test_octets_that_are_no_protected_apdu_are_refused(apdu: bytes, complaint: str) -> None:
    with pytest.raises(ApduError, match=complaint):
        both().decipher(apdu)


@pytest.mark.parametrize(
    ("encryption_key", "authentication_key", "complaint"),
    [
        (KEY[:15], None, "the encryption key has 15 octets; it must have 16"),
        (KEY * 2, None, "the encryption key has 32 octets"),
        (KEY, b"", "the authentication key has 0 octets"),
        (None, KEY, "no encryption key"),
    ],
)
def test_keys_of_another_size_are_refused(
    encryption_key: bytes | None, authentication_key: bytes | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Security(encryption_key, authentication_key)


def test_a_telegram_sent_again_is_a_replay() -> None:
    security = both()
    security.decipher(seal(notification(), 41))
    with pytest.raises(ReplayError, match=r"4b414d4501020304.*counter 41 came after 41") as refused:
        security.decipher(seal(notification(), 41))
    assert refused.value.cause is ProblemCause.REPLAY
    assert refused.value.values == {"system_title": TITLE.hex(), "serial": "KAM 16909060"}


def test_the_package_cryptography_is_not_loaded_until_there_is_a_key() -> None:
    program = (
        "import sys; from han2x.codecs.security import Security; Security(); assert 'cryptography' not in sys.modules; "
        "Security(bytes(16)); assert 'cryptography' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
