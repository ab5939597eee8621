"""Keys as people type them, and that nothing shows them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.keys import MAX_TEXT, KeyTextError, MeterKeys, Role, parse_key, parse_keys
from han2x.keys.faults import KeyFault

KEY = bytes.fromhex("64A10BC2D3E4F5061728394A5B6C7D8E")
OTHER = bytes.fromhex("65B1000102030405060708090A0B0C0D")


@pytest.mark.parametrize(
    "text",
    [
        "64A10BC2D3E4F5061728394A5B6C7D8E",
        "64a10bc2d3e4f5061728394a5b6c7d8e",
        "0x64A10BC2D3E4F5061728394A5B6C7D8E",
        "0X64a10bC2D3e4f5061728394a5b6c7d8e",
        "  64A10BC2 D3E4F506 1728394A 5B6C7D8E \r\n",
        "64 A1 0B C2 D3 E4 F5 06 17 28 39 4A 5B 6C 7D 8E",
        "64:a1:0b:c2:d3:e4:f5:06:17:28:39:4a:5b:6c:7d:8e",
        "64-A1-0B-C2-D3-E4-F5-06-17-28-39-4A-5B-6C-7D-8E",
        "0x64, 0xA1, 0x0B, 0xC2, 0xD3, 0xE4, 0xF5, 0x06, 0x17, 0x28, 0x39, 0x4A, 0x5B, 0x6C, 0x7D, 0x8E",
        "{0x64,0xA1,0x0B,0xC2,0xD3,0xE4,0xF5,0x06,0x17,0x28,0x39,0x4A,0x5B,0x6C,0x7D,0x8E};",
        r"\x64\xa1\x0b\xc2\xd3\xe4\xf5\x06\x17\x28\x39\x4a\x5b\x6c\x7d\x8e",
        "<64A10BC2D3E4F5061728394A5B6C7D8E>",
        '"64A10BC2D3E4F506\n1728394A5B6C7D8E"',
        "\ufeff64A10BC2\u00a0D3E4F506\u200b1728394A5B6C7D8E",
        "64 1 0x64A10BC2D3E4F5061728394A5B6C7D8E",
        "64 1 64A10BC2D3E4F5061728394A5B6C7D8E",
        "64\t1\t0x64a10bc2d3e4f5061728394a5b6c7d8e",
        "64, 1, 0x64a10bc2d3e4f5061728394a5b6c7d8e",
        "64;1;64 A1 0B C2 D3 E4 F5 06 17 28 39 4A 5B 6C 7D 8E",
        "GPK60: 64A10BC2D3E4F5061728394A5B6C7D8E",
        "gpk60=0x64A10BC2D3E4F5061728394A5B6C7D8E",
        "GPK 60 64A10BC2D3E4F5061728394A5B6C7D8E",
        "GPK-60 1 0x64A10BC2D3E4F5061728394A5B6C7D8E",
        "GPK60 (encryption): 64A10BC2D3E4F5061728394A5B6C7D8E",
        "Encryption key (GPK60): 64A10BC2D3E4F5061728394A5B6C7D8E",
        "Encryption key GPK60: 64A10BC2D3E4F5061728394A5B6C7D8E",
        "Krypteringsnøgle: 64A10BC2D3E4F5061728394A5B6C7D8E",
        "GUEK 64A10BC2D3E4F5061728394A5B6C7D8E",
        "EK=64A10BC2D3E4F5061728394A5B6C7D8E",
    ],
)
def test_a_key_is_read_in_every_way_that_people_write_it(text: str) -> None:
    assert parse_key(text) == KEY
    assert parse_key(text, Role.ENCRYPTION) == KEY


@pytest.mark.parametrize(
    "text",
    ["65 1 0x{}", "GPK61: {}", "gpk61 {}", "Authentication key (GPK61) = {}", "Autentifikationsnøgle {}", "AK: {}"],
)
def test_the_authentication_key_has_names_of_its_own(text: str) -> None:
    text = text.format(OTHER.hex())
    assert parse_key(text, Role.AUTHENTICATION) == OTHER
    with pytest.raises(KeyTextError) as refused:
        parse_key(text, Role.ENCRYPTION)
    assert refused.value.fault.code == "key-other"
    assert str(refused.value) == "this is the authentication key (GPK61); the encryption key (GPK60) is wanted here"


@given(st.binary(min_size=16, max_size=16), st.sampled_from(["", " ", ":", "-", ", "]), st.sampled_from([1, 2, 4, 8]))
def test_any_key_in_groups_is_read_as_itself(key: bytes, separator: str, group: int) -> None:
    grouped = separator.join(key[place : place + group].hex() for place in range(0, 16, group))
    assert parse_key(grouped) == key
    assert parse_key("64 1 0x" + grouped.upper(), Role.ENCRYPTION) == key


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", KeyFault("key-digits", count=0, needed=32)),
        ("64 1 0x", KeyFault("key-digits", count=0, needed=32)),
        ("GPK60", KeyFault("key-digits", count=0, needed=32)),
        ("64A10BC2D3E4F5061728394A5B6C7D8", KeyFault("key-digits", count=31, needed=32)),
        ("64A10BC2D3E4F5061728394A5B6C7D8E0", KeyFault("key-digits", count=33, needed=32)),
        ("64 1 0x64A10BC2D3E4F5061728394A5B6C7", KeyFault("key-digits", count=29, needed=32)),
        ("64 1 64A10BC2D3E4F5061728394A5B6C7", KeyFault("key-digits", count=29, needed=32)),
        ("64A1OBC2D3E4F5061728394A5B6C7D8E", KeyFault("key-character", place=5)),
        ("٦٤A10BC2D3E4F5061728394A5B6C7D8E", KeyFault("key-character", place=1)),
        ("GPK62: 64A10BC2D3E4F5061728394A5B6C7D8E", KeyFault("key-character", place=1)),
        ("66 1 0x64A10BC2D3E4F5061728394A5B6C7D8E", KeyFault("key-digits", count=35, needed=32)),
        ("A" * (MAX_TEXT + 1), KeyFault("key-text-too-long", count=MAX_TEXT + 1, most=MAX_TEXT)),
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(text: str, fault: KeyFault) -> None:
    with pytest.raises(KeyTextError) as caught:
        parse_key(text)
    assert caught.value.fault == fault
    with pytest.raises(KeyTextError) as caught_too:
        parse_keys(text)
    shown = str(caught.value) + str(caught_too.value) + repr(caught.value.fault) + repr(caught_too.value.fault)
    assert not [part for part in text.split() if len(part) > 8 and part in shown]


@pytest.mark.parametrize(
    "text",
    [
        f"64 1 0x{KEY.hex()}\n65 1 0x{OTHER.hex()}\n",
        f"65 1 0x{OTHER.hex()}\r\n64 1 0x{KEY.hex()}",
        f"64 1 0x{KEY.hex()} 65 1 0x{OTHER.hex()}",
        f"{KEY.hex()}\n\n{OTHER.hex(' ')}",
        f"GPK60:\n{KEY.hex(':')}\nGPK61:\n{OTHER.hex(':')}",
        f"Kære kunde,\n\nher er nøglerne GPK60 og GPK61:\n64 1 0x{KEY.hex()}\n65 1 0x{OTHER.hex()}\nHilsen 2026",
        f"Encryption key (GPK60): {KEY.hex()}\nAuthentication key (GPK61): {OTHER.hex()}",
        f"64 1 0x{KEY.hex()}\n65 1 0x{OTHER.hex()}\n64 1 0x{KEY.hex()}",
    ],
)
def test_both_keys_are_found_in_what_the_grid_company_wrote(text: str) -> None:
    assert parse_keys(text, "19088743") == MeterKeys("19088743", KEY, OTHER)


def test_the_encryption_key_may_come_alone() -> None:
    assert parse_keys(f"GPK60 {KEY.hex()}") == parse_keys(KEY.hex()) == MeterKeys("", KEY)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"65 1 0x{OTHER.hex()}", KeyFault("key-none")),
        (
            f"64 1 0x{KEY.hex()}\n64 1 0x{OTHER.hex()}",
            KeyFault("key-twice", role="encryption key", gpk="GPK60"),
        ),
        (f"64 1 0x{KEY.hex()}\n65 1 0x{OTHER.hex()}00", KeyFault("key-digits", count=34, needed=32)),
        ("Here are your keys.", KeyFault("key-character", place=1)),
    ],
)
def test_text_without_usable_keys_is_refused(text: str, fault: KeyFault) -> None:
    with pytest.raises(KeyTextError) as caught:
        parse_keys(text)
    assert caught.value.fault == fault
    assert not [key for key in (KEY, OTHER) if key.hex() in str(caught.value)]


@given(st.text(max_size=200))
def test_any_text_gives_keys_or_is_refused(text: str) -> None:
    with suppress(KeyTextError):
        assert parse_keys(text).encryption_key


@pytest.mark.parametrize("keys", [MeterKeys("19088743", KEY, OTHER), MeterKeys("19088743", KEY)])
def test_nothing_shows_the_keys(keys: MeterKeys) -> None:
    for shown in (repr(keys), str(keys), f"{keys}", repr([keys])):
        assert "19088743" in shown
        assert "encryption_key=set" in shown
        for key in (KEY, OTHER):
            assert key.hex() not in shown.lower()
            assert repr(key) not in shown


@pytest.mark.parametrize("keys", [(KEY[:15], None), (KEY, b""), (KEY * 2, KEY)])
def test_keys_of_another_size_are_refused(keys: tuple[bytes, bytes | None]) -> None:
    with pytest.raises(ValueError, match="it must have 16"):
        MeterKeys("1", *keys)
