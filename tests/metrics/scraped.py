"""What a scrape says, read by Prometheus's own Python parser."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = Mapping[str, str]


class Scraped:
    """The samples of an answer by name."""

    def __init__(self, octets: bytes) -> None:
        self.families = list(text_string_to_metric_families(octets.decode()))
        self.samples = [
            (sample.name, sample.labels, sample.value) for family in self.families for sample in family.samples
        ]

    def names(self) -> set[str]:
        """Every name that has a sample."""
        return {name for name, _, _ in self.samples}

    def all(self, name: str) -> list[tuple[Labels, float]]:
        """Every sample of this name."""
        return [(labels, value) for each, labels, value in self.samples if each == name]

    def value(self, name: str, **labels: str) -> float | None:
        """The one sample that has these labels, and maybe more; None where there is none."""
        found = [value for known, value in self.all(name) if labels.items() <= known.items()]
        assert len(found) <= 1, found
        return found[0] if found else None
