"""The P1 telegrams of makers and countries whose real ones no open licence gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from han2x.model import PushList
from han2x.simulator.p1 import KamstrupP1
from han2x.simulator.p1_countries import DIALECTS, CountryP1, Dialect
from tests import frames
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import CLOCK, IMPORTING, Elements, element

SOURCE = "Energiföretagen, Branschrekommendation för lokalt kundgränssnitt för elmätare 2.0"
COMPANION = "Netbeheer Nederland, P1 Companion Standard 2.2 to 5.0.2, and its relatives"
COUNTRIES = {
    "dsmr-2-no-checksum": "nl-dsmr2",
    "p1-netherlands-dsmr-4": "nl-dsmr4",
    "p1-netherlands": "nl-dsmr5",
    "p1-belgium": "be",
    "p1-luxembourg": "lu",
    "p1-denmark-nes": "nes",
}
PHASE = re.compile(r"1-0:[246][1-4]\.7")
UNITS = {"W": "kW", "var": "kVAr", "Wh": "kWh", "varh": "kVArh"}


def telegrams() -> Iterator[Document]:
    """All of them."""
    expected = _expected()
    yield made("p1-kamstrup", "p1-kamstrup", "p1-se", KamstrupP1().telegram(PushList.P1, IMPORTING), expected, SOURCE)
    for name, meter, identification in (
        ("p1-aidon", "p1-aidon", "ADN9 6534"),
        ("p1-iskraemeco", "p1-other", "ISK5\\2M550T"),
        ("p1-kaifa", "p1-other", "KFM5MA304H4D"),
    ):
        yield made(name, meter, "p1-se", frames.p1(_lines(expected), identification), expected, SOURCE)

    for country, name in COUNTRIES.items():
        octets = CountryP1(name).telegram(PushList.P1, IMPORTING)
        yield made(country, "p1-other", "p1-" + name, octets, _expected_of(DIALECTS[name]), COMPANION)


def _expected_of(dialect: Dialect) -> Elements:
    """What a telegram in this dialect tells, cut to the digits that it has."""
    found = _expected()
    if not dialect.reactive:
        found = {code: each for code, each in found.items() if each.get("unit") not in ("var", "varh")}
    if not dialect.phases or dialect.reactive:
        found = {code: each for code, each in found.items() if not PHASE.match(code) or each["unit"] in ("A", "V")}
    if dialect.phases:
        found |= {code.removesuffix(".255"): each for code, each in house.active_phase_powers(IMPORTING, "1-0").items()}
    for unit, digits in (("V", dialect.volts), ("A", dialect.amperes)):
        of_unit = {code: each for code, each in found.items() if each.get("unit") == unit}
        for code, each in of_unit.items():
            if digits is None:
                del found[code]
            elif digits[1] == 0:
                found[code] = element(int(each["value"]), unit)
    if dialect.clock == "none":
        del found["0-0:1.0.0"]
    return found


def _expected() -> Elements:
    expected = house.powers(IMPORTING, "1-0") | house.phase_powers(IMPORTING, "1-0") | house.energies("1-0")
    expected |= house.currents(IMPORTING, "1-0") | house.voltages(IMPORTING, "1-0")
    expected = {code.removesuffix(".255"): found for code, found in expected.items()}
    return {"0-0:1.0.0": element(CLOCK.isoformat())} | expected


def _lines(expected: Elements) -> Iterator[str]:
    """The lines phase by phase, as telegrams of Aidon and others have them."""
    yield f"0-0:1.0.0({CLOCK:%y%m%d%H%M%S}W)"
    for code, found in list(expected.items())[1:]:
        value, unit = found["value"], found["unit"]
        if unit in ("V", "A"):
            yield f"{code}({value:05.1f}*{unit})"
        else:
            yield f"{code}({value / 1000:0{12 if unit.endswith('h') else 8}.3f}*{UNITS[unit]})"
