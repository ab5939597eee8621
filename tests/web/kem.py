"""KEM files made up for the page, as the grid company would send them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.keys.kem_files import kem


def kem_file(password: str, keys: Mapping[str, str]) -> bytes:
    """A file with one GPK60 for each serial number."""
    meters = "".join(
        f"<Meter><SerialNo>{serial}</SerialNo><EncKeys><GPK60>{key}</GPK60></EncKeys></Meter>"
        for serial, key in keys.items()
    )
    return kem(f"<MetersInOrder>{meters}</MetersInOrder>", password)
