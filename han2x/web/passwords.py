"""What a password must be, and how it is kept: as an scrypt hash (RFC 7914), never as itself.

The rules follow EN 18031-1 (AUM-5: no default password; resistance to guessing by length and by refusing what is
commonly tried) and NIST SP 800-63B section 5.1.1.2: length and a list of what is refused, no rule on kinds of
characters. Hashing takes 16 MiB and a noticeable part of a second on a small board: call it in a thread, one at a time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

SHORTEST: Final = 10
LONGEST: Final = 128
FEWEST_DIFFERENT: Final = 5

_SALT_OCTETS: Final = 16
_HASH_OCTETS: Final = 32
_LARGEST_MEMORY: Final = 64 * 1024 * 1024

_HASH: Final = re.compile(
    r"scrypt\$([1-9][0-9]?)\$([1-9][0-9]{0,2})\$([1-9][0-9]{0,2})\$([0-9A-Za-z+/]+=*)\$([0-9A-Za-z+/]+=*)", re.ASCII
)

_UNLEET: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
_PRODUCT: Final = frozenset(("han2x", "hantox", "han", "varibits", "kamstrup", "omnipower", "aidon", "kaifa", "modbus"))
_COMMON: Final = frozenset((
    "password", "passord", "passwort", "losenord", "adgangskode", "kodeord", "salasana", "hemmelig", "hemligt",
    "secret", "admin", "administrator", "root", "user", "guest", "bruker", "welcome", "velkommen", "valkommen",
    "letmein", "changeme", "default", "master", "dragon", "monkey", "football", "fotball", "iloveyou", "sunshine",
    "princess", "superman", "batman", "trustno", "starwars", "internet", "computer", "samsung", "iphone", "google",
    "facebook", "whatever", "qwerty", "qwertyuiop", "azerty", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "test",
    "testing", "login", "access", "gateway", "router", "meter", "maler", "strom", "electricity", "norge", "norway",
    "sverige", "sweden", "danmark", "denmark", "sommer", "vinter", "summer", "winter", "autumn", "spring", "abc",
    "abcd", "abcdef", "pass", "word", "love", "hello", "hei", "hallo",
))  # fmt: skip
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopåasdfghjkløæzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters: N = 2 ** `log_n`, block size `r`, and `p` rounds; memory is 128 * N * r octets."""

    log_n: int = 14
    r: int = 8
    p: int = 5


COST: Final = Cost()
"""16 MiB, one of the settings that OWASP's Password Storage Cheat Sheet holds to be equally strong."""


WEAKNESSES: Final = frozenset(("password-short", "password-long", "password-common", "password-product"))
"""What `weakness` may answer as a code."""


def weakness(password: str) -> tuple[str, str] | None:
    """What makes a new password unfit, as a code and in words; None when it is fit."""
    plain = _letters_and_digits(password)
    checks = (
        (len(password) < SHORTEST, "short", f"must have at least {SHORTEST} characters"),
        (len(password) > LONGEST, "long", f"must have at most {LONGEST} characters"),
        (
            len(set(plain)) < FEWEST_DIFFERENT,
            "common",
            f"must have {FEWEST_DIFFERENT} or more different letters or digits",
        ),
        (plain.isdecimal(), "common", "must not be digits alone"),
        (_is_sequence(plain), "common", "must not run along the keyboard, the alphabet or the digits"),
        (_is_made_of(_PRODUCT, password), "product", "must not be the name of the product or of a meter"),
        (
            _is_made_of(_COMMON | _PRODUCT, password),
            "common",
            "is one of the first that are tried; use words of your own",
        ),
    )
    return next(((f"password-{code}", words) for found, code, words in checks if found), None)


def hash_password(password: str, cost: Cost = COST) -> str:
    """The hash with its salt and cost, as one line of text."""
    salt = secrets.token_bytes(_SALT_OCTETS)
    digest = _scrypt(password, salt, cost)
    return f"scrypt${cost.log_n}${cost.r}${cost.p}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def fits(password: str, kept: str) -> bool:
    """Whether this is the password whose hash is kept. A hash that is not ours fits none."""
    try:
        cost, salt, wanted = _parts(kept)
        found = _scrypt(password, salt, cost)
    except (ValueError, OverflowError):
        return False
    return hmac.compare_digest(found, wanted)


def is_hash(kept: str) -> bool:
    """Whether this is a hash as `hash_password` makes them."""
    try:
        cost, salt, digest = _parts(kept)
    except ValueError:
        return False
    memory = 128 * cost.r << cost.log_n
    return memory <= _LARGEST_MEMORY and len(salt) == _SALT_OCTETS and len(digest) == _HASH_OCTETS


def _parts(kept: str) -> tuple[Cost, bytes, bytes]:
    """Cost, salt and digest.

    Raises:
        ValueError: it is no hash.
    """
    match = _HASH.fullmatch(kept)
    if match is None:
        raise ValueError("not a hash of a password")
    log_n, r, p, salt, digest = match.groups()
    return Cost(int(log_n), int(r), int(p)), b64decode(salt, validate=True), b64decode(digest, validate=True)


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    # The same password may be typed as other code points on another device.
    octets = unicodedata.normalize("NFKC", password).encode(errors="replace")
    return hashlib.scrypt(
        octets, salt=salt, n=1 << cost.log_n, r=cost.r, p=cost.p, maxmem=_LARGEST_MEMORY, dklen=_HASH_OCTETS
    )


def _letters_and_digits(password: str) -> str:
    """In lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", password.lower())
    return "".join(filter(str.isalnum, decomposed))


def _is_sequence(plain: str) -> bool:
    """Whether it only runs along rows, forwards or backwards, in runs of three or more."""
    rows = [row * 2 for row in _ROWS] + [row[::-1] * 2 for row in _ROWS]
    while len(plain) >= 3:
        run = next((n for n in range(len(plain), 2, -1) if any(plain[:n] in row for row in rows)), 0)
        if not run:
            return False
        plain = plain[run:]
    return True


def _is_made_of(words: frozenset[str], password: str) -> bool:
    """Whether it has nothing but such words, perhaps with digits or signs for letters, and with digits around them."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password.lower())
    texts = (_letters_and_digits(text) for text in (password, bare, bare.translate(_UNLEET)))
    return any(len(_without(words, text)) <= 1 for text in texts if text)


def _without(words: frozenset[str], text: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text
