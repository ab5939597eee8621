"""Passwords: which are refused and why, and that what is kept tells nothing and still fits."""

from __future__ import annotations

import hashlib

import pytest

from han2x.web.passwords import COST, Cost, fits, hash_password, weakness

CHEAP = Cost(log_n=4, r=1, p=1)


@pytest.mark.parametrize(
    "password",
    [
        "grønn sykkel 77",
        "correct horse battery staple",
        "min hemmelige strømmåler",
        "Tr0ub4dor&3x",
        "han2x står i boden",
        "密码密码一二三四五六七八",
        "x7!kQ#pL2v",
        "a" * 64 + "bcdefgh 5!",
    ],
)
def test_a_password_that_nobody_tries_is_taken(password: str) -> None:
    assert weakness(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password-short"),
        ("x7!kQ#pL2", "password-short"),
        ("ab cd ef 5!" * 12, "password-long"),
        ("aaaaaaaaaaaa", "password-common"),
        ("abababababab", "password-common"),
        ("1111122222", "password-common"),
        ("0912384756102", "password-common"),
        ("1234567890", "password-common"),
        ("0987654321", "password-common"),
        ("abcdefghijkl", "password-common"),
        ("qwertyuiop", "password-common"),
        ("QwertyAsdf", "password-common"),
        ("qwe123asd456", "password-common"),
        ("password12", "password-common"),
        ("Password2026!", "password-common"),
        ("P@ssw0rd2026", "password-common"),
        ("passord-passord", "password-common"),
        ("Lösenord 2026", "password-common"),
        ("adgangskode1", "password-common"),
        ("administrator", "password-common"),
        ("Sommer2026!!", "password-common"),
        ("velkommen-hei", "password-common"),
        ("han2x-han2x", "password-product"),
        ("HAN2X Gateway 1", "password-common"),
        ("Kamstrup2026", "password-product"),
        ("modbus-modbus", "password-product"),
        ("varibits han2x", "password-product"),
    ],
)
def test_a_password_that_is_tried_first_is_refused_with_its_reason(password: str, code: str) -> None:
    found = weakness(password)
    assert found is not None
    assert found[0] == code
    assert found[1]


def test_the_right_password_fits_what_is_kept_and_no_other_does() -> None:
    kept = hash_password("grønn sykkel 77", CHEAP)
    assert fits("grønn sykkel 77", kept)
    assert not fits("grønn sykkel 78", kept)
    assert not fits("", kept)


def test_a_password_fits_however_its_letters_are_composed() -> None:
    kept = hash_password("Ma\u030aler i boden", CHEAP)
    assert fits("M\u00e5ler i boden", kept)


def test_what_is_kept_has_a_salt_of_its_own_and_nothing_of_the_password() -> None:
    one, other = hash_password("grønn sykkel 77", CHEAP), hash_password("grønn sykkel 77", CHEAP)
    assert one != other
    assert "sykkel" not in one


def test_the_cost_is_memory_hard_and_within_what_a_small_board_has() -> None:
    assert 16 * 1024 * 1024 <= 128 * 2**COST.log_n * COST.r <= 32 * 1024 * 1024
    assert hash_password("x", COST).startswith("scrypt$14$8$5$")


def test_a_hash_of_another_cost_still_fits() -> None:
    assert fits("grønn sykkel 77", hash_password("grønn sykkel 77", Cost(log_n=5, r=2, p=2)))


@pytest.mark.parametrize(
    "kept",
    ["", "scrypt", "scrypt$4$1$1$AA==", "scrypt$x$1$1$AA==$AA==", "scrypt$4$1$1$?$AA==", "scrypt$60$8$1$AA==$AA=="],
)
def test_a_hash_that_is_damaged_fits_nothing(kept: str) -> None:
    assert not fits("grønn sykkel 77", kept)


def test_a_hash_of_another_kind_fits_nothing() -> None:
    kept = hash_password("grønn sykkel 77", CHEAP).replace("scrypt", "plain", 1)
    assert not fits("grønn sykkel 77", kept)


def test_the_hash_is_that_of_rfc_7914() -> None:
    digest = hashlib.scrypt(b"pleaseletmein", salt=b"SodiumChloride", n=16384, r=8, p=1, dklen=64, maxmem=2**26)
    assert digest.hex().startswith("7023bdcb3afd7348461c06cd81fd38eb")
