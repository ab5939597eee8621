"""A capture run through the whole core on its own clock: what `han2x replay` prints.

Pure: chunks in, JSON objects out, no waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any, Final

from han2x import registers, report
from han2x.decoder import Decoder
from han2x.gateway.capture import Chunk
from han2x.model import Event, Reading
from han2x.registers.bank import RegisterBank

SILENCE_S: Final = 1.0
"""Seconds without an octet after which the line counts as silent; see `han2x.serial_port`."""


class Playback:
    """Plays chunks into one meter's decoder and registers."""

    def __init__(self, decoder: Decoder, bank: RegisterBank, *, unit: int = 1) -> None:
        self._decoder = decoder
        self._bank = bank
        self._unit = unit
        self._last: float | None = None
        self._listening = False

    def play(self, chunks: Iterable[Chunk]) -> Iterator[dict[str, Any]]:
        """Every event in order, and the registers after each reading."""
        for chunk in chunks:
            for time, event in self._events(chunk):
                yield from self._told(event, time)
        for time, event in self._silence():
            yield from self._told(event, time)

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

    def _told(self, event: Event, time: float) -> Iterator[dict[str, Any]]:
        yield report.event_json(event)
        if isinstance(event, Reading):
            yield self._registers(time)

    def _events(self, chunk: Chunk) -> Iterator[tuple[float, Event]]:
        if self._last is not None and chunk.time - self._last >= SILENCE_S:
            yield from self._silence()
        self._last, self._listening = chunk.time, True
        yield from self._apply(self._decoder.feed(chunk.octets), chunk.time)

    def _silence(self, until: float = float("inf")) -> list[tuple[float, Event]]:
        """Tell the decoder of the silence after the last chunk, when it has lasted long enough by `until`."""
        if self._last is None or not self._listening or self._last + SILENCE_S > until:
            return []
        self._listening = False
        return self._apply(self._decoder.silence(), self._last + SILENCE_S)

    def _apply(self, events: list[Event], time: float) -> list[tuple[float, Event]]:
        for event in events:
            self._bank.state.apply(event, time)
        return [(time, event) for event in events]

    def _registers(self, time: float) -> dict[str, Any]:
        """What a client would read at this moment; registers that it would be refused are left out."""
        answer = self._bank.read(0, registers.COUNT, time)
        first = 0
        if isinstance(answer, int):
            first = registers.MEASURED_COUNT
            answer = self._bank.image(time)[2 * first :]
        numbers = range(registers.FIRST_NUMBER + first, registers.FIRST_NUMBER + registers.COUNT)
        snapshot = self._bank.state.snapshot(time)
        return {
            "event": "registers",
            "time": int(time) if time == int(time) else round(time, 6),
            "unit": self._unit,
            "stale": snapshot.stale,
            "registers": {str(number): word for number, word in zip(numbers, report.words(answer), strict=True)},
            "estimate": report.estimates_json(snapshot.estimates),
        }
