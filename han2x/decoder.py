"""The pure way of one line: octets and silences in, readings and problems out.

Never raises for anything that comes from the line, keeps at most `framing.MAX_BUFFER` octets waiting, and never holds
back a good telegram once the line has been silent.
"""

from __future__ import annotations

from han2x.codecs.apdu import decode_information
from han2x.codecs.errors import DecodeError
from han2x.framing import Deframer, Frame
from han2x.meters import Scales, read_list
from han2x.model import Event, Problem, Reading


class Decoder:
    """Decodes the stream of one line. Offsets in its events count all octets fed since it was made."""

    def __init__(self, scales: Scales | None = None) -> None:
        self._scales = scales or Scales()
        self._deframer = Deframer()

    @property
    def octets(self) -> int:
        """Octets fed so far."""
        return self._deframer.octets

    def feed(self, data: bytes) -> list[Event]:
        """Take up octets as they came from the line; answer what they completed, in stream order."""
        return self._events(self._deframer.feed(data))

    def silence(self) -> list[Event]:
        """Take up that the line fell silent, as it does between telegrams."""
        return self._events(self._deframer.silence())

    def _events(self, found: list[Frame | Problem]) -> list[Event]:
        return [
            self._decode(item) if isinstance(item, Frame) else item
            for item in found
            if not (isinstance(item, Frame) and not item.information)
        ]

    def _decode(self, frame: Frame) -> Event:
        try:
            notification = decode_information(frame.information)
            content = read_list(notification, self._scales)
        except DecodeError as error:
            return Problem(frame.offset, error.kind, str(error))
        return Reading(
            offset=frame.offset,
            maker=content.maker,
            push_list=content.push_list,
            values=content.values,
            meter_id=content.meter_id,
            meter_type=content.meter_type,
            list_version=content.list_version,
            header_time=notification.time,
            register_time=content.register_time,
            energy_step=content.energy_step,
        )
