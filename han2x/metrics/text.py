"""Prometheus's text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from han2x.printable import printable

CONTENT_TYPE: Final = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, whether it is a "gauge" or a "counter", and what it says."""

    name: str
    kind: str
    meaning: str


class Exposition:
    """Samples as they are added, by family in the order in which those were first named."""

    def __init__(self) -> None:
        self._samples: dict[Family, list[str]] = {}

    def add(self, family: Family, value: float, labels: str = "") -> None:
        """One sample, with labels as `labels_of` writes them."""
        line = f"{family.name}{{{labels}}} {_number(value)}" if labels else f"{family.name} {_number(value)}"
        self._samples.setdefault(family, []).append(line)

    def text(self) -> bytes:
        """The whole answer, in UTF-8."""
        lines = []
        for family, samples in self._samples.items():
            lines += [
                f"# HELP {family.name} {_escaped(family.meaning)}",
                f"# TYPE {family.name} {family.kind}",
                *samples,
                "",
            ]
        return "\n".join(lines).encode("utf-8", "replace")


def labels_of(pairs: Mapping[str, str | None], before: str = "") -> str:
    """Labels as they stand between the braces, after those `before`. One without a value is left out: to Prometheus
    that is the same as one that is empty.

    Values may be whatever a meter or a person wrote; what does not print is shown as Python writes it.
    """
    written = (f'{name}="{_quoted(value)}"' for name, value in pairs.items() if value)
    return ",".join((before, *written) if before else written)


def _quoted(value: str) -> str:
    return _escaped(printable(value)).replace('"', r"\"")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    """A number as Go's ParseFloat reads it, with all the digits that it has."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
