"""Kamstrup telegrams with values of a test's choosing, built with the simulator's encoder."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from han2x.simulator import Encryption, encoding
from han2x.simulator.encoding import double_long_unsigned, long_unsigned, obis, visible_string

_CLOCK: Final = datetime(2026, 11, 20, 23, 0, 10)  # noqa: DTZ001 - a meter's wall clock has no zone
_ADDRESSES: Final = bytes.fromhex("2b21")
_CIPHERED_ADDRESSES: Final = bytes.fromhex("4103")
_UI_FRAME: Final = 0x13
_PLAIN_HEADER: Final = 8  # flag, format, two addresses, control, HCS
_TRAILER: Final = 3  # FCS, flag


def kamstrup_list_1(*, power_import: int = 1000, voltage_l1: int = 230, clock: datetime = _CLOCK) -> bytes:
    """List 1 with this power in W and this voltage in V."""
    return _telegram(clock, _measured(power_import, voltage_l1))


def kamstrup_list_2(
    *, power_import: int = 1000, energy_import: int, hour: int = 23, second: int = 5, clock: datetime = _CLOCK
) -> bytes:
    """List 2 of this hour, sent at this second of it, with this power in W and this energy in Wh."""
    clock = clock.replace(hour=hour, second=second)
    energies = [(f"1.1.{group}.8.0.255", double_long_unsigned(0)) for group in (2, 3, 4)]
    return _telegram(
        clock,
        [
            *_measured(power_import, 230),
            ("0.1.1.0.0.255", encoding.octet_string(encoding.date_time(clock))),
            ("1.1.1.8.0.255", double_long_unsigned(energy_import // 10)),
            *energies,
        ],
    )


def ciphered(telegram: bytes, encryption: Encryption, counter: int) -> bytes:
    """The same list, encrypted and authenticated with this invocation counter."""
    apdu = telegram[_PLAIN_HEADER:-_TRAILER].removeprefix(encoding.LLC)
    ciphered_apdu = encryption.cipher(apdu, counter)
    return encoding.hdlc_frame(_CIPHERED_ADDRESSES, _UI_FRAME, encoding.LLC + ciphered_apdu)


def _measured(power_import: int, voltage_l1: int) -> list[tuple[str, bytes]]:
    powers = (power_import, 0, 17, 0)
    voltages = (voltage_l1, 230, 231)
    return [
        ("1.1.0.0.5.255", visible_string("5799999999999999")),
        ("1.1.96.1.1.255", visible_string("6841131BN000000000")),
        *((f"1.1.{group}.7.0.255", double_long_unsigned(power)) for group, power in enumerate(powers, 1)),
        *((f"1.1.{group}.7.0.255", double_long_unsigned(432)) for group in (31, 51, 71)),
        *((f"1.1.{group}.7.0.255", long_unsigned(v)) for group, v in zip((32, 52, 72), voltages, strict=True)),
    ]


def _telegram(clock: datetime, pairs: list[tuple[str, bytes]]) -> bytes:
    elements = [visible_string("Kamstrup_V0001"), *(part for code, value in pairs for part in (obis(code), value))]
    header = encoding.octet_string(encoding.date_time(clock))[1:]
    apdu = encoding.data_notification(header, encoding.structure(elements))
    return encoding.hdlc_frame(_ADDRESSES, _UI_FRAME, encoding.LLC + apdu)
