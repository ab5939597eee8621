"""One meter's line: what comes from it is decoded, its settings are found out, and its health is watched.

Whoever opens the port feeds octets and silences in, reads with `settings`, and hears through `on_settings` when others
are to be tried. Pure: time is an argument.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from han2x.codecs.apdu import Decipherer
from han2x.decoder import Decoder
from han2x.gateway.config import AUTO, MeterConfig
from han2x.gateway.diagnosis import Code, Diagnosis, LineWatch
from han2x.gateway.line_search import CANDIDATES, PAUSE_S, LineSearch, SerialSettings
from han2x.gateway.line_status import LineState, LineStatus
from han2x.gateway.pace import Pace
from han2x.gateway.seldom import SeldomLog
from han2x.gateway.unchecked import Agreement
from han2x.meters import Learned
from han2x.model import Event, Problem, ProblemCause, ProblemKind, Reading
from han2x.port_name import is_server

log = logging.getLogger("han2x.line")

WARN_AGAIN_S: Final = 3600.0
"""How often the same fault of this program on a line may be logged."""

BLOCK_GAP_S: Final = 4.0
"""How long a telegram's next block may keep one waiting; a Landis+Gyr E450 takes up to 3 s for the last one."""

UNTIL_SILENCE_S: Final = 1.5
"""How long octets that the decoder keeps may wait for the silence that ends their telegram."""

TELEGRAMS_KEPT: Final = 20
MOST_OF_A_BURST: Final = 4096
MOST_OUTCOMES: Final = 50


class Telegram(NamedTuple):
    """What came between two silences, when it ended, and what it was: push lists and kinds of problems."""

    at: float
    octets: bytes
    outcomes: tuple[str, ...]


_FRAMES_UNDERSTOOD: Final = frozenset(
    {
        ProblemKind.NO_KEY,
        ProblemKind.AUTHENTICATION,
        ProblemKind.REPLAY,
        ProblemKind.UNKNOWN_LIST,
        ProblemKind.APDU,
    }
)


class Line:
    """The line to one meter.

    `remembered` are the serial settings that it was understood with before, `learned` what its telegrams have shown.
    """

    def __init__(
        self,
        config: MeterConfig,
        security: Decipherer | None = None,
        remembered: str | None = None,
        learned: Learned | None = None,
    ) -> None:
        self.label = config.label
        self.status = LineStatus(LineState.OPENING, config.port)
        self.on_settings: Callable[[SerialSettings], None] = lambda _settings: None
        self.telegrams: deque[Telegram] = deque(maxlen=TELEGRAMS_KEPT)
        self.pace = Pace()
        self._scales = config.scales
        self._security = security
        self._learned = learned or Learned()
        self._p1_checksums = config.p1_checksums
        self._decoder = self._new_decoder()
        self._search = _search(config.port, config.serial_settings, remembered)
        self._agreement = Agreement()
        self._watch = LineWatch(configured=config.configured)
        self._health = Code.WAITING
        self.seldom = SeldomLog(log)
        self._warned: dict[str, float] = {}
        self._burst = bytearray()
        self._heard_at = 0.0
        self._left = False
        self._outcomes: list[str] = []

    @property
    def settings(self) -> SerialSettings:
        """What to read the line with now."""
        return self._search.settings

    @property
    def found_settings(self) -> str | None:
        """The settings that the meter was understood with, None before it was."""
        return str(self._search.settings) if self._search.certain else None

    def feed(self, octets: bytes, now: float) -> list[Event]:
        """Take octets that came from the line; return what they completed."""
        return [event for events in self.steps(octets, now) for event in events]

    def silence(self, now: float) -> list[Event]:
        """The line has fallen silent; return what that completed."""
        return [event for events in self.steps(None, now) for event in events]

    def steps(self, octets: bytes | None, now: float) -> Iterator[list[Event]]:
        """Do as `feed` does with octets, or as `silence` with None, in short steps; each gives what it completed.

        The next octets are to be given when all steps are done, or when the rest of them was given up.
        """
        if octets is None:
            yield from self._decoded(None, now, blocks_may_follow=True)
            self._keep_telegram(now)
            if self._search.fell_silent(now):
                self._read_otherwise()
            return
        if self._burst and now - self._heard_at >= PAUSE_S:
            self._keep_telegram(self._heard_at)
        if self._search.paused(now):
            self._read_otherwise()
        too_late = self._decoder.within_blocks and now - self._heard_at > BLOCK_GAP_S
        self._heard_at = now
        self._burst += octets[: MOST_OF_A_BURST - len(self._burst)]
        self._search.heard(now, octets)
        self._watch.heard(now)
        self.pace.heard(len(octets), now)
        if too_late:
            yield from self._decoded(None, now)
        yield from self._decoded(octets, now)

    def changed(self, status: LineStatus, now: float) -> None:
        """The port was opened, or lost."""
        self.status = status
        if status.state is LineState.OPEN:
            self._left = False
            self._search.opened(now)
            self._watch.opened(now)
        elif status.state is LineState.FAILED:
            self._search.closed()
            self._watch.failed(status)
        if status.fault is not None and status.state in (LineState.OPEN, LineState.RECEIVING):
            self._watch.torn(status)

    def leave(self) -> None:
        """The port is being closed by our own will: what a telegram on its way lacks is not the line's fault."""
        self._left = True

    def diagnosis(self, now: float) -> Diagnosis:
        """What is the matter with the line."""
        return self._watch.diagnose(now)

    def tick(self, now: float) -> None:
        """Do what only time brings about; to be called about once a second."""
        open_end = self._decoder.waiting and now - self._heard_at < UNTIL_SILENCE_S
        if not open_end and (self._search.paused(now) or self._search.waited(now)):
            self._read_otherwise()
        self.seldom.tick(now)

    def log_health(self, diagnosis: Diagnosis, now: float) -> None:
        """Log what is the matter with the line and what comes from it, when that has changed."""
        if diagnosis.code is self._health:
            return
        self._health = diagnosis.code
        said = ("%s: %s", self.label, " ".join(filter(None, (diagnosis.what, diagnosis.advice))))
        if diagnosis.code in (Code.PORT_FAILED, Code.NO_PORT):
            log.debug(*said)  # whoever opens the port logs why it cannot, or that there is none
            return
        well = diagnosis.code in (Code.RECEIVING, Code.UNCHECKED, Code.NO_LONGER_SENT, Code.WAITING)
        level = logging.INFO if well else logging.WARNING
        self.seldom(now, level, f"health {diagnosis.code}", *said)

    def may_warn(self, matter: str, now: float) -> bool:
        """Whether a fault of this program may be logged: each matter once in `WARN_AGAIN_S`."""
        last = self._warned.get(matter)
        if last is not None and now - last < WARN_AGAIN_S:
            return False
        self._warned[matter] = now
        return True

    def _keep_telegram(self, now: float) -> None:
        if self._burst:
            burst = bytes(self._burst)
            self.telegrams.append(Telegram(now, burst, tuple(self._outcomes)))
            self._watch.fell_silent(burst, now)
        self._burst.clear()
        self._outcomes.clear()

    def _new_decoder(self) -> Decoder:
        return Decoder(self._scales, self._security, self._learned, p1_checksums=self._p1_checksums)

    def _read_otherwise(self) -> None:
        log.debug("%s: trying %s", self.label, self._search.settings)
        self._decoder = self._new_decoder()
        self.on_settings(self._search.settings)

    def _decoded(self, octets: bytes | None, now: float, *, blocks_may_follow: bool = False) -> Iterator[list[Event]]:
        decoder = self._decoder
        try:
            for found in decoder.steps(octets, blocks_may_follow=blocks_may_follow):
                events = [self._agreed(event, now) for event in found]
                for event in events:
                    self._found(event, now)
                yield events
                if decoder is not self._decoder:  # these octets were read with other settings
                    return
        except Exception:
            # Nothing on a line may do this. Should it, one telegram is lost, and not what the other meters say.
            self._decoder = self._new_decoder()
            if self.may_warn("fault", now):
                log.exception("%s: a telegram was given up because of a fault in this program", self.label)

    def _agreed(self, event: Event, now: float) -> Event:
        return self._agreement.judge(event, now) if isinstance(event, Reading) else event

    def _found(self, event: Event, now: float) -> None:
        if self._left and isinstance(event, Problem):
            return
        searching = not self._search.certain
        if isinstance(event, Reading) or event.kind in _FRAMES_UNDERSTOOD or event.cause is ProblemCause.UNCONFIRMED:
            self._search.understood(now)
            if searching:
                self.seldom(now, logging.INFO, "understood", "%s: understood at %s", self.label, self._search.settings)
        self._watch.found(event, now)
        if isinstance(event, Problem):
            # While the settings are searched for, nonsense is what is expected.
            said = ("%s: %s: %s", self.label, event.kind, event.detail)
            if searching:
                log.debug(*said)
            else:
                self.seldom(now, logging.WARNING, event.kind, *said)
        if len(self._outcomes) < MOST_OUTCOMES:
            self._outcomes.append(event.kind if isinstance(event, Problem) else event.push_list)


def _search(port: str, serial_settings: str, remembered: str | None) -> LineSearch:
    if serial_settings != AUTO:
        return LineSearch((SerialSettings.parse(serial_settings),))
    if is_server(port):  # whoever serves the line knows its settings
        return LineSearch(CANDIDATES[:1])
    try:
        return LineSearch(remembered=SerialSettings.parse(remembered) if remembered else None)
    except ValueError:
        return LineSearch()
