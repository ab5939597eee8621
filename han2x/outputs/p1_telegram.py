"""A meter's reading written as a P1 telegram: Netbeheer Nederland's "P1 Companion Standard" 5.0, with the lines of
Energiföretagen, "Branschrekommendation för lokalt kundgränssnitt", annex 3 ("5S").

    /HAN5han2x CR LF CR LF | data lines, each ended by CR LF | ! | CRC-16/ARC (4 hex digits) | CR LF

A line says what is known and current, and what is not has no line. The format has three decimals: watts, watt-hours
(cut, so that no total is ahead of itself) and milliamperes. Currents have no sign there, and evcc refuses them without
the export of their phases: so a meter that does not send the power of its phases has lines of the total shared among
them, and a text message says so. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from han2x.estimator import ENERGY_POWERS
from han2x.framing.crc import arc
from han2x.measurements import CURRENTS, MICRO, PHASE_POWERS, POWERS, REACTIVE_POWERS, VOLTAGES, Measurements
from han2x.meters.clock import Zone
from han2x.model import Quantity, Unit

IDENTIFICATION: Final = "/HAN5han2x"
VERSION: Final = "50"
SHARED: Final = "L1-L3 kW: shared by U x I"
"""The text message, where the powers of the phases are the total's shares."""
LONGEST_ID: Final = 48
"""Characters of a meter's number, which is written with two digits each (S96)."""

_MILLI: Final = 1000
_CLOCK_SET: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""A computer whose clock says less has not been told the time."""
_UNITS: Final = {Unit.W: "kW", Unit.VAR: "kVAr", Unit.WH: "kWh", Unit.VARH: "kVArh"}
_REACTIVE_PHASES: Final = (
    Quantity.REACTIVE_POWER_IMPORT_L1,
    Quantity.REACTIVE_POWER_IMPORT_L2,
    Quantity.REACTIVE_POWER_IMPORT_L3,
    Quantity.REACTIVE_POWER_EXPORT_L1,
    Quantity.REACTIVE_POWER_EXPORT_L2,
    Quantity.REACTIVE_POWER_EXPORT_L3,
)


def telegram(measured: Measurements, moment: datetime, zone: Zone) -> bytes | None:
    """What is current of one meter, at a moment (with its zone) for clocks in `zone`; None when nothing is."""
    values = [] if measured.snapshot.stale else list(_values(measured))
    if not values:
        return None
    lines = (IDENTIFICATION, "", *_identity(measured, moment, zone), *values, "!")
    text = "\r\n".join(lines).encode("ascii")
    return text + f"{arc(text):04X}\r\n".encode("ascii")


def _identity(measured: Measurements, moment: datetime, zone: Zone) -> Iterator[str]:
    yield f"1-3:0.2.8({VERSION})"
    if moment >= _CLOCK_SET:
        yield f"0-0:1.0.0({clock(moment, zone)})"
    number = measured.snapshot.meter_id or ""
    if number.isascii() and number.isprintable() and 0 < len(number) <= LONGEST_ID:
        yield f"0-0:96.1.1({number.encode('ascii').hex().upper()})"


def clock(moment: datetime, zone: Zone) -> str:
    """YYMMDDhhmmss of local time, and S in summer or W in winter, by the zone's lesser offset of that year."""
    offset = zone(moment)
    local = moment.astimezone(UTC) + offset
    winter = min(zone(datetime(local.year, month, 1, tzinfo=UTC)) for month in (1, 7))
    return f"{local:%y%m%d%H%M%S}{'S' if offset > winter else 'W'}"


def _values(measured: Measurements) -> Iterator[str]:
    for energy in ENERGY_POWERS:
        micro = measured.estimate(energy)
        if micro is not None and micro >= 0:
            yield _line(energy, micro // MICRO, 8)
    yield from _directions(measured, POWERS, measured.net_power)
    yield from _directions(measured, REACTIVE_POWERS, measured.net_reactive_power)
    phases = measured.phase_powers
    for pair, net in zip(PHASE_POWERS, phases.values, strict=True):
        yield from _directions(measured, pair, net)
    if phases.estimated:
        yield f"0-0:96.13.0({SHARED.encode('ascii').hex().upper()})"
    for quantity in _REACTIVE_PHASES:
        micro = measured.value(quantity)
        if micro is not None and micro >= 0:
            yield _line(quantity, _rounded(micro, MICRO), 4)
    for quantities in (VOLTAGES, CURRENTS):
        for quantity in quantities:
            micro = measured.value(quantity)
            if micro is not None:
                yield f"1-0:{quantity}({_tenths(abs(micro))}*{quantity.unit})"


def _directions(measured: Measurements, pair: tuple[Quantity, Quantity], net: int | None) -> Iterator[str]:
    """Import and export as the meter sent them together, else what they come to: the net power has one direction."""
    if net is None:
        return
    imported, exported = map(measured.value, pair)
    ages = {measured.snapshot.age(each) for each in pair} - {None}
    if len(ages) != 1 or min(imported or 0, exported or 0) < 0:
        imported, exported = max(net, 0), max(-net, 0)
    for quantity, micro in zip(pair, (imported, exported), strict=True):
        if micro is not None:
            yield _line(quantity, _rounded(micro, MICRO), 4)


def _line(quantity: Quantity, units: int, digits: int) -> str:
    """W, Wh and their reactive kin as thousands of them."""
    return f"1-0:{quantity}({units // 1000:0{digits}d}.{units % 1000:03d}*{_UNITS[quantity.unit]})"


def _tenths(micro: int) -> str:
    """Volts and amperes: tenths as the format has them, thousandths where the meter sends them."""
    whole, milli = divmod(_rounded(micro, MICRO // _MILLI), _MILLI)
    return f"{whole:03d}.{milli // 100}" if milli % 100 == 0 else f"{whole:03d}.{milli:03d}"


def _rounded(number: int, by: int) -> int:
    """To the nearest; half of one upwards."""
    return (number + by // 2) // by
