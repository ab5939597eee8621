"""The layouts of meters outside the Nordic countries, beside those of real ones."""

from __future__ import annotations

import pytest

from han2x.simulator import Encryption, SimulatedMeter
from tests.simulator.wire import NOON, telegrams, x25

REAL_BEGINNINGS = {
    "e450": "7ea084ceff0313128be6e700e0400001000070 0f",
    "am550": "7ea8a4cf022303",
    "am550-si": "7ea081cf02231385e1e6e7000f",
    "ie5": "7ea8a4cf022303",
    "t210-d": "68010168 53ff000167 0f",
    "xt211": "0f00000000000202160101",
}


def first_telegram(kind: str, encryption: Encryption | None = None) -> bytes:
    return telegrams(SimulatedMeter(kind, start=NOON, encryption=encryption), 70)[0][1]


@pytest.mark.parametrize("kind", REAL_BEGINNINGS)
def test_a_telegram_begins_as_the_real_one_does(kind: str) -> None:
    # A list of another length is in the last frame alone, so the lengths of the frames before it are the same too.
    meter = SimulatedMeter(kind, start=NOON.replace(minute=1))
    (_, octets), *_ = telegrams(meter, 70)

    assert octets.startswith(bytes.fromhex(REAL_BEGINNINGS[kind]))


def test_the_energies_of_the_slovenian_list_come_every_quarter_of_an_hour_in_a_frame_as_the_real_one() -> None:
    meter = SimulatedMeter("am550-si", start=NOON)
    energies = [
        second for second, octets in telegrams(meter, 1900) if octets.startswith(bytes.fromhex("7ea06bcf022313cb86"))
    ]

    assert energies == [7, 907, 1807]


@pytest.mark.parametrize("kind", ["e450", "am550", "ie5"])
def test_every_frame_of_a_telegram_in_parts_has_right_check_sequences(kind: str) -> None:
    octets, frames = first_telegram(kind), 0
    while octets:
        length = int.from_bytes(octets[1:3], "big") & 0x7FF
        frame, octets = octets[: length + 2], octets[length + 2 :]
        assert frame[0] == frame[-1] == 0x7E
        assert frame[-3:-1] == x25(frame[1:-3])
        assert frame[7:9] == x25(frame[1:7])
        frames += 1

    assert frames > 1


@pytest.mark.parametrize("encryption", [None, Encryption(bytes(16))])
def test_the_first_m_bus_frame_of_257_octets_ends_where_257_puts_its_end(encryption: Encryption | None) -> None:
    octets = first_telegram("t210-d", encryption)

    assert octets[262] == 0x16
    assert octets[261] == sum(octets[4:261]) & 0xFF
    assert octets[263:267] == bytes((0x68, len(octets) - 269, len(octets) - 269, 0x68))


def test_a_list_without_a_frame_has_as_many_descriptors_as_it_announces() -> None:
    octets = first_telegram("xt211")

    assert octets.count(b"\x02\x02\x00") == octets[11]
