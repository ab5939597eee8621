"""Kamstrup OMNIPOWER: HAN-NVE lists 1 and 2, and DLMS push 1.

Follows Kamstrup 5512-2584 "OMNIPOWER HAN interface specification", chapter 5, and the OBIS list information
Kamstrup_V0001. The body is one structure: the list version identifier, then pairs of OBIS code and value. One-phase
meters send two null-data in place of a pair that they lack. Scalers are not part of the push data; meters behind
transformers count currents in push 1 ten times as fine as others do, which the power tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from typing import Final

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.codecs.errors import UnknownListError
from han2x.meters import unscaled
from han2x.meters.base import (
    CLOCK,
    ENERGIES,
    OBIS_OCTETS,
    QUANTITIES,
    ListContent,
    Scales,
    Supported,
    clock_of,
    obis_key,
    text_of,
)
from han2x.meters.learned import Learned
from han2x.model import ProblemCause, PushList, Quantity, Unit

MAKER: Final = "kamstrup"

SUPPORTED: Final = (
    Supported(
        "Kamstrup OMNIPOWER, one or three phases",
        "Norway, Sweden",
        "list 1 every 10 s, list 2 every hour",
        "M-Bus, 2400 8N1",
        "where the grid company encrypts",
    ),
    Supported(
        "Kamstrup OMNIPOWER, one or three phases", "Denmark", "push 1 every 10 s", "M-Bus, 2400 8N1", "both, mostly"
    ),
)

_LIST_VERSION: Final = "Kamstrup_V"
_GS1_NUMBER: Final = "0.0.5"
_METER_NUMBER: Final = "0.0.1"
_METER_TYPE: Final = "96.1.1"

_POWER_MILLI: Final = 1000  # 1 W, 1 var
_POWER_FACTOR_MILLI: Final = 10  # 0.01

_CURRENT: Final = "kamstrup current"
CURRENT_MA: Final = 10
_TRANSFORMER_MA: Final = 1
_LEAST_TIMES, _MOST_TIMES = 8.0, 12.5  # apparent power at 10 mA a count over what it is, where a count is 1 mA
_LEAST_VA: Final = 1000.0


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read a Kamstrup list; None when the list is not Kamstrup's.

    Raises:
        UnknownListError: it is Kamstrup's, but holds something else than the specification says.
    """
    body = notification.body
    if not isinstance(body, tuple) or not body:
        return None
    version = body[0]
    if not isinstance(version, str) or not version.startswith(_LIST_VERSION):
        return None
    elements = dict(_pairs(body))
    content = ListContent(MAKER, _push_list(elements), list_version=version)
    _identify(content, elements)
    learned = learned or Learned()
    learned.name(content.meter_id, sender=notification.sender)
    counts = _counts(elements)
    milli = _milli_per_count(counts, scales, learned, content.push_list)
    content.values = {quantity: count * milli[quantity.unit] for quantity, count in counts.items()}
    if not ENERGIES.isdisjoint(counts):
        content.energy_step = scales.kamstrup_energy_mwh
    return content


def _pairs(body: tuple[CosemValue, ...]) -> Iterator[tuple[str, CosemValue]]:
    place = 1
    while place < len(body):
        code = body[place]
        if code is None:
            place += 1
            continue
        if not isinstance(code, bytes) or len(code) != OBIS_OCTETS or place + 1 >= len(body):
            raise UnknownListError(f"element {place} of the Kamstrup list is not an OBIS code with a value after it")
        yield obis_key(code), body[place + 1]
        place += 2


def current_ma(scales: Scales, learned: Learned) -> int:
    """What a count of current is in the last list, in mA: as it is set, else as it was found, else as most count."""
    return scales.kamstrup_current_ma or learned.scale(_CURRENT) or CURRENT_MA


def _push_list(elements: dict[str, CosemValue]) -> PushList:
    if _METER_NUMBER in elements:
        return PushList.PUSH_1
    return PushList.LIST_2 if CLOCK in elements or not ENERGIES.isdisjoint(elements) else PushList.LIST_1


def _identify(content: ListContent, elements: dict[str, CosemValue]) -> None:
    content.meter_id = text_of(elements.get(_GS1_NUMBER, elements.get(_METER_NUMBER)))
    content.meter_type = text_of(elements.get(_METER_TYPE))
    content.register_time = clock_of(elements.get(CLOCK))


def _counts(elements: dict[str, CosemValue]) -> dict[Quantity, int]:
    counts = {}
    passed_over = ""
    for key, value in elements.items():
        quantity = QUANTITIES.get(key)
        if quantity is None or value is None:
            continue
        if isinstance(value, int):
            counts[quantity] = value
        else:
            passed_over = key
    if passed_over and not counts:
        detail = f"the Kamstrup list gives {passed_over} as something else than a number, and no other value"
        raise UnknownListError(detail, ProblemCause.UNUSABLE_VALUE)
    return counts


def _milli_per_count(
    counts: dict[Quantity, int], scales: Scales, learned: Learned, push_list: PushList
) -> dict[Unit, int]:
    voltage_mv = scales.kamstrup_voltage_mv or unscaled.voltage_scale(counts, learned)
    if push_list is PushList.PUSH_1 and _counts_in_ma(counts, voltage_mv):
        learned.find(_CURRENT, _TRANSFORMER_MA)
    return {
        Unit.W: _POWER_MILLI,
        Unit.VAR: _POWER_MILLI,
        Unit.WH: scales.kamstrup_energy_mwh,
        Unit.VARH: scales.kamstrup_energy_mwh,
        Unit.A: current_ma(scales, learned),
        Unit.V: voltage_mv,
        Unit.ONE: _POWER_FACTOR_MILLI,
    }


def _counts_in_ma(counts: dict[Quantity, int], voltage_mv: int) -> bool:
    """Whether apparent power by voltages and currents fits active and reactive power only at 1 mA a count."""
    at_1_ma = unscaled.apparent_va(counts, voltage_mv, _TRANSFORMER_MA)
    if at_1_ma < _LEAST_VA:
        return False
    active = unscaled.net(counts, Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT)
    reactive = unscaled.net(counts, Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT)
    known = hypot(active, reactive)
    return _LEAST_TIMES * known <= at_1_ma * CURRENT_MA <= _MOST_TIMES * known
