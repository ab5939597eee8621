"""The recording of a meter's line that a person at the page makes: one at a time, in memory, within bounds.

It is kept off the disk, which may be full or wear out, and is gone with the program.
"""

from __future__ import annotations

from datetime import UTC, datetime

from han2x import __version__
from han2x.api.care import Capture
from han2x.app.protocols import ForPanel
from han2x.gateway.meter import Meter
from han2x.gateway.recording import MOST_OCTETS, Ending, Recording
from han2x.web.control import CaptureFile, ConflictError, MissingError


class Captures:
    """Records the line of one of the gateway's meters."""

    def __init__(self, gateway: ForPanel) -> None:
        self._gateway = gateway
        self._meter: Meter | None = None
        self._recording: Recording | None = None

    def state(self) -> Capture:
        """How it stands."""
        meter, recording = self._meter, self._settled()
        if meter is None or recording is None:
            return Capture(state="none", most=MOST_OCTETS)
        return Capture(
            state="running" if recording.ending is None else "ended",
            ending=recording.ending,
            unit=meter.config.unit,
            begun=round(recording.begun, 3),
            lasted_s=round(recording.lasted_s(self._gateway.clock()), 1),
            within_s=recording.seconds,
            octets=recording.octets,
            size=recording.size,
            most=MOST_OCTETS,
        )

    def begin(self, meter: Meter, minutes: int) -> Capture:
        """Record a line for so many minutes at most; what was recorded before is forgotten.

        Raises:
            ConflictError: a recording goes on.
        """
        recording = self._settled()
        if recording is not None and recording.ending is None:
            raise ConflictError("a recording goes on; stop it first", code="capture-running")
        self.forget()
        self._meter, self._recording = meter, Recording(_comments(meter), self._gateway.clock(), minutes * 60.0)
        meter.tap = self._recording.take
        self._gateway.audit.record("capture", f"unit {meter.config.unit}", after=f"{minutes} min")
        return self.state()

    def stop(self) -> Capture:
        """Record no more.

        Raises:
            MissingError: there is no recording.
        """
        self._there().end(Ending.STOPPED, self._gateway.clock())
        self._leave()
        return self.state()

    def forget(self) -> None:
        """Record no more, and have nothing of it any more."""
        self._leave()
        self._meter = self._recording = None

    def file(self) -> CaptureFile:
        """What is recorded so far.

        Raises:
            MissingError: there is no recording.
        """
        recording = self._there()
        unit = self._meter.config.unit if self._meter is not None else 0
        begun = datetime.fromtimestamp(recording.begun).date()  # noqa: DTZ006 - the day that the owner has
        self._gateway.audit.record("capture-downloaded", f"unit {unit}")
        return CaptureFile(unit, begun, recording.file)

    def _there(self) -> Recording:
        recording = self._settled()
        if recording is None:
            raise MissingError("nothing is recorded")
        return recording

    def _settled(self) -> Recording | None:
        """The recording, ended where it has to be by now."""
        recording, now = self._recording, self._gateway.clock()
        if recording is not None:
            recording.settle(now)
            if self._meter not in self._gateway.meters:
                recording.end(Ending.GONE, now)
            if recording.ending is not None:
                self._leave()
        return recording

    def _leave(self) -> None:
        """Take nothing from the line any more."""
        if self._meter is not None and self._recording is not None and self._meter.tap == self._recording.take:
            self._meter.tap = None


def _comments(meter: Meter) -> list[str]:
    now = meter.line.status
    line = f"{now.port} at {now.settings or meter.line.settings}"
    return [
        f"{line}, {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"unit id {meter.config.unit}, han2x {__version__}",
    ]
