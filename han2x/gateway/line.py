"""One meter's line: what comes from it is decoded, its settings are found out, and its health is watched."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn

from han2x.codecs.apdu import Decipherer
from han2x.decoder import Decoder
from han2x.gateway.diagnosis import Code, Diagnosis, LineWatch
from han2x.gateway.line_search import CANDIDATES, LineSearch, SerialSettings
from han2x.gateway.line_status import LineState, LineStatus
from han2x.meters import Scales
from han2x.model import Event, Problem, ProblemKind, Reading
from han2x.serial_port import SerialLine

log = logging.getLogger("han2x.line")

AUTO: Final = "auto"
WARN_AGAIN_S: Final = 3600.0
"""How often the same matter on a line may be a warning; in between it is logged for debugging only."""

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


class MeterLine:
    """The line to one meter, `label`, through `port`; "" for none.

    `serial_settings` is "auto" or like "2400 8N1"; `remembered` are the settings that were found before. A line not
    `configured` waits for nothing. `on_event` is called with everything that is decoded.
    """

    def __init__(
        self,
        label: str,
        port: str,
        clock: Callable[[], float],
        on_event: Callable[[Event, float], None],
        *,
        serial_settings: str = AUTO,
        remembered: str | None = None,
        configured: bool = True,
        scales: Scales | None = None,
        security: Decipherer | None = None,
    ) -> None:
        self.label = label
        self.port = port
        self.status = LineStatus(LineState.OPENING, port)
        self._clock = clock
        self._on_event = on_event
        self._scales = scales
        self._security = security
        self._decoder = Decoder(scales, security)
        self._search = _search(port, serial_settings, remembered)
        self._watch = LineWatch(configured=configured)
        self._health = Code.WAITING
        self._warned: dict[str, float] = {}
        self._serial: SerialLine | None = None
        self._burst = bytearray()
        self._outcomes: list[str] = []
        self.telegrams: deque[Telegram] = deque(maxlen=TELEGRAMS_KEPT)

    @property
    def found_settings(self) -> str | None:
        """The settings that the meter was understood with, None before it was."""
        return str(self._search.settings) if self._search.certain else None

    async def run(self, port: str = "") -> NoReturn:
        """Read the line, or another port in its place, until cancelled.

        Raises:
            ValueError: no line can be opened that way.
        """
        self._serial = SerialLine(
            port or self.port,
            self._search.settings,
            on_octets=self.on_octets,
            on_silence=self.on_silence,
            on_status=self.on_status,
        )
        await self._serial.run()

    def diagnosis(self) -> Diagnosis:
        """What is the matter with the line now."""
        return self._watch.diagnose(self._clock())

    def on_octets(self, octets: bytes) -> None:
        """Octets came from the line."""
        now = self._clock()
        self._burst += octets[: MOST_OF_A_BURST - len(self._burst)]
        self._search.heard(now)
        self._watch.heard(now)
        self._take(lambda: self._decoder.feed(octets), now)

    def on_silence(self) -> None:
        """The line has fallen silent."""
        now = self._clock()
        self._take(self._decoder.silence, now)
        self._keep_telegram(now)
        if self._search.fell_silent(now):
            self._read_otherwise()

    def on_status(self, status: LineStatus) -> None:
        """The port was opened, or lost."""
        self.status = status
        if status.state is LineState.OPEN:
            self._search.opened(self._clock())
            self._watch.opened(self._clock())
        elif status.state is LineState.FAILED:
            self._search.closed()
            self._watch.failed(status)

    def tick(self) -> None:
        """Do what only time brings about; to be called about once a second."""
        now = self._clock()
        if self._search.waited(now):
            self._read_otherwise()
        self._tell_health(self._watch.diagnose(now), now)

    def _keep_telegram(self, now: float) -> None:
        if self._burst:
            self.telegrams.append(Telegram(now, bytes(self._burst), tuple(self._outcomes)))
        self._burst.clear()
        self._outcomes.clear()

    def _read_otherwise(self) -> None:
        log.debug("%s: trying %s", self.label, self._search.settings)
        self._decoder = Decoder(self._scales, self._security)
        if self._serial is not None:
            self._serial.use(self._search.settings)

    def _take(self, decode: Callable[[], list[Event]], now: float) -> None:
        try:
            for event in decode():
                self._found(event, now)
        except Exception:
            # Nothing on a line may do this. Should it, one telegram is lost, and not what the other meters say.
            self._decoder = Decoder(self._scales, self._security)
            if self._may_warn("fault", now):
                log.exception("%s: a telegram was given up because of a fault in this program", self.label)

    def _found(self, event: Event, now: float) -> None:
        searching = not self._search.certain
        if isinstance(event, Reading) or event.kind in _FRAMES_UNDERSTOOD:
            self._search.understood(now)
            if searching:
                log.info("%s: understood at %s", self.label, self._search.settings)
        self._watch.found(event, now)
        if isinstance(event, Problem):
            # While the settings are searched for, nonsense is what is expected.
            level = logging.WARNING if not searching and self._may_warn(event.kind, now) else logging.DEBUG
            log.log(level, "%s: %s: %s", self.label, event.kind, event.detail)
        if len(self._outcomes) < MOST_OUTCOMES:
            self._outcomes.append(event.kind if isinstance(event, Problem) else event.push_list)
        self._on_event(event, now)

    def _tell_health(self, diagnosis: Diagnosis, now: float) -> None:
        if diagnosis.code is self._health:
            return
        self._health = diagnosis.code
        if diagnosis.code in (Code.RECEIVING, Code.WAITING):
            level = logging.INFO
        elif diagnosis.code is Code.PORT_FAILED or not self._may_warn(diagnosis.code, now):
            level = logging.DEBUG  # a port's failure is told where it happens
        else:
            level = logging.WARNING
        log.log(level, "%s: %s", self.label, " ".join(filter(None, (diagnosis.what, diagnosis.advice))))

    def _may_warn(self, matter: str, now: float) -> bool:
        last = self._warned.get(matter)
        if last is not None and now - last < WARN_AGAIN_S:
            return False
        self._warned[matter] = now
        return True


def _search(port: str, serial_settings: str, remembered: str | None) -> LineSearch:
    if serial_settings != AUTO:
        return LineSearch((SerialSettings.parse(serial_settings),))
    if "://" in port:  # whoever serves the line knows its settings
        return LineSearch(CANDIDATES[:1])
    try:
        return LineSearch(remembered=SerialSettings.parse(remembered) if remembered else None)
    except ValueError:
        return LineSearch()
