"""A capture run through one meter on its own clock: what `han2x replay` prints.

Pure: chunks in, JSON objects out, no waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any, Final

from han2x import registers, report
from han2x.gateway.capture import Chunk
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Event, Reading

SILENCE_S: Final = 1.0
"""Seconds without an octet after which the line counts as silent; see `han2x.serial_port`."""


class Playback:
    """Plays chunks into a meter with this configuration, whose serial settings must not be "auto"."""

    def __init__(self, config: MeterConfig) -> None:
        self._now = 0.0
        self.meter = Meter(config, lambda: self._now)
        self._last: float | None = None
        self._listening = False

    def play(self, chunks: Iterable[Chunk]) -> Iterator[dict[str, Any]]:
        """Every event in order, and the registers after each reading."""
        for chunk in chunks:
            for event in self._events(chunk):
                yield from self._told(event)
        for event in self._silence():
            yield from self._told(event)

    def play_every(self, chunks: Iterable[Chunk], seconds: float) -> Iterator[dict[str, Any]]:
        """The registers at every multiple of `seconds` of capture time, as a read at that moment would find them."""
        tick = None
        for chunk in chunks:
            if tick is None:
                tick = ceil(chunk.time / seconds)
            while tick * seconds < chunk.time:
                self._silence(until=tick * seconds)
                yield self._registers(tick * seconds)
                tick += 1
            for _ in self._events(chunk):
                pass
        self._silence()
        if tick is not None and self._last is not None and tick * seconds <= self._last:
            yield self._registers(tick * seconds)

    def _told(self, event: Event) -> Iterator[dict[str, Any]]:
        yield report.event_json(event)
        if isinstance(event, Reading):
            yield self._registers(self._now)

    def _events(self, chunk: Chunk) -> Iterator[Event]:
        if self._last is not None and chunk.time - self._last >= SILENCE_S:
            yield from self._silence()
        self._now = self._last = chunk.time
        self._listening = True
        yield from self.meter.feed(chunk.octets)

    def _silence(self, until: float = float("inf")) -> list[Event]:
        """Let the line fall silent after the last chunk, when it has been so for long enough by `until`."""
        if self._last is None or not self._listening or self._last + SILENCE_S > until:
            return []
        self._listening = False
        self._now = self._last + SILENCE_S
        return self.meter.silence()

    def _registers(self, time: float) -> dict[str, Any]:
        """What a client would read at this moment; registers that it would be refused are left out."""
        self._now = time
        bank = self.meter.bank
        words = report.words(bank.image(time))
        snapshot = self.meter.state.snapshot(time)
        return {
            "event": "registers",
            "time": int(time) if time == int(time) else round(time, 6),
            "unit": self.meter.config.unit,
            "stale": snapshot.stale,
            "registers": {
                str(registers.FIRST_NUMBER + address): word
                for address, word in enumerate(words)
                if not bank.refuses(address, time)
            },
            "estimate": report.estimates_json(snapshot.estimates),
        }
