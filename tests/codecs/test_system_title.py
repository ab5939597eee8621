from __future__ import annotations

import pytest

from han2x.codecs.system_title import values_of


@pytest.mark.parametrize(
    ("title", "serial"),
    [("4c475a6774206295", "LGZ 69231253"), ("49534b6774ac008f", "ISK 78381199"), ("4b414d4500000007", "KAM 00000007")],
)
def test_a_system_title_tells_maker_and_number(title: str, serial: str) -> None:
    assert values_of(bytes.fromhex(title)) == {"system_title": title, "serial": serial}


@pytest.mark.parametrize("title", ["", "0000000000000000", "6c677a6774206295", "c4d65a6774206295"])
def test_a_system_title_without_a_makers_letters_tells_no_number(title: str) -> None:
    assert "serial" not in values_of(bytes.fromhex(title))
