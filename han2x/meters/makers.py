"""Makers by their three letters (the FLAG id), as system titles and logical device names begin with them."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "unknown"

MAKERS: Final = {
    "AUX": "sanxing",
    "EGM": "elgama",
    "ELS": "elster",
    "HLY": "holley",
    "ISK": "iskraemeco",
    "KAM": "kamstrup",
    "KFM": "kaifa",
    "LGZ": "landis+gyr",
    "SAG": "sagemcom",
    "SMS": "siemens",
}


def maker_of(*names: bytes | str | None) -> str:
    """The maker that the first of these names tells that tells any; each may be empty."""
    for name in names:
        letters = name[:3].decode("latin-1") if isinstance(name, bytes) else (name or "")[:3]
        if letters in MAKERS:
            return MAKERS[letters]
    return UNKNOWN
