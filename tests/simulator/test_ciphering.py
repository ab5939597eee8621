"""Ciphered telegrams."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from han2x.simulator.ciphering import Encryption

KEY = bytes(range(16))
OTHER_KEY = bytes(range(16, 32))
APDU = b"\x0f\x00\x00\x00\x00 an APDU as any other"


def test_an_authenticated_apdu_opens_with_both_keys_and_a_tag_of_twelve_octets() -> None:
    ciphered = Encryption(KEY, OTHER_KEY).cipher(APDU, 0x01020304)

    assert ciphered[:10] == b"\xdb\x08KAME\x99\x00\x00\x01"
    assert ciphered[10:13] == b"\x82" + (5 + len(APDU) + 12).to_bytes(2, "big")
    assert ciphered[13:18] == bytes.fromhex("3001020304")
    initialization = ciphered[2:10] + ciphered[14:18]
    short_tag = modes.GCM(initialization, ciphered[-12:], min_tag_length=12)
    opener = Cipher(algorithms.AES(KEY), short_tag).decryptor()
    opener.authenticate_additional_data(b"\x30" + OTHER_KEY)
    assert opener.update(ciphered[18:-12]) + opener.finalize() == APDU


def test_without_an_authentication_key_there_is_no_tag() -> None:
    ciphered = Encryption(KEY).cipher(APDU, 7)

    assert ciphered[13] == 0x20
    assert ciphered[18:] == AESGCM(KEY).encrypt(ciphered[2:10] + ciphered[14:18], APDU, b"")[: len(APDU)]


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the encryption key must have 16 octets .*, not 15"):
        Encryption(KEY[:15])
    with pytest.raises(ValueError, match=r"the authentication key must have 16 octets .*, not 17"):
        Encryption(KEY, OTHER_KEY + b"x")


def test_the_keys_are_not_in_the_printed_form() -> None:
    printed = repr(Encryption(KEY, OTHER_KEY))

    assert repr(KEY) not in printed
    assert repr(OTHER_KEY) not in printed
