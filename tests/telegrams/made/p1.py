"""The Swedish P1 telegram of makers whose real one no open licence gives."""

from __future__ import annotations

from collections.abc import Iterator

from han2x.model import PushList
from han2x.simulator.p1 import KamstrupP1
from tests import frames
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import CLOCK, IMPORTING, Elements, element

SOURCE = "Energiföretagen, Branschrekommendation för lokalt kundgränssnitt för elmätare 2.0"
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
