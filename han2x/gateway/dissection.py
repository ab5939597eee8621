"""Raw telegrams taken apart once more, for people who look for a fault: what they say, and which octets are what.

Nothing of it reaches the meter's state: a telegram that was refused as played back is only looked at here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from han2x.codecs.apdu import LLC, is_ciphered
from han2x.codecs.axdr import decode_length
from han2x.codecs.errors import ApduError
from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.framing import Content, Deframer, Frame, recognisers, sealed
from han2x.gateway.config import MeterConfig
from han2x.meters import Learned
from han2x.model import Problem, Reading

_TAG_OCTETS: Final = 12
_AUTHENTICATED: Final = 0x10
_CONTROL_AND_COUNTER: Final = 1 + 4
_FLAG: Final = b"\x7e"
_CIPHERED: Final = 0xDB


class PartKind(StrEnum):
    """What octets of a telegram are."""

    FRAME = "frame"
    """Flags, lengths, addresses and check sequences."""
    CIPHERING = "ciphering"
    """System title, security control and invocation counter."""
    DATA = "data"
    """What the telegram says; encrypted, where a ciphering header stands in front of it."""
    TAG = "tag"
    """The authentication tag."""
    OTHER = "other"
    """What belongs to no whole frame."""


class Part(NamedTuple):
    """Octets that are of one kind, as they follow one another."""

    kind: PartKind
    octets: bytes


@dataclass(frozen=True, slots=True)
class Dissected:
    """What one burst said, what was wrong with it, and its parts."""

    readings: Sequence[Reading]
    problems: Sequence[Problem]
    parts: Sequence[Part]


def dissect(bursts: Iterable[bytes], config: MeterConfig, learned: Learned) -> list[Dissected]:
    """Take apart what came between silences, in its order; `learned` is a copy of what is known of the meter.

    It takes a while for each, so that it is not for the event loop.
    """
    decoder = Decoder(config.scales, Security(*config.keys), learned, p1_checksums=config.p1_checksums)
    found = []
    for burst in bursts:
        events = [*decoder.feed(burst), *decoder.silence(blocks_may_follow=True)]
        found.append(
            Dissected(
                readings=[event for event in events if isinstance(event, Reading)],
                problems=[event for event in events if isinstance(event, Problem)],
                parts=parts(burst, p1_checksums=config.p1_checksums),
            )
        )
    return found


def parts(burst: bytes, *, p1_checksums: bool = True) -> list[Part]:
    """The parts of a burst; all together they are the burst."""
    deframer = Deframer(recognisers(p1_checksums=p1_checksums))
    found = (*deframer.feed(burst), *deframer.silence())
    return _joined(_all_parts(burst, [each for each in found if isinstance(each, Frame)]))


def _all_parts(burst: bytes, frames: Iterable[Frame]) -> Iterator[Part]:
    place = 0
    for frame in frames:
        if frame.offset < place:  # one without a check sequence may have been looked into
            continue
        yield from _between(burst[place : frame.offset])
        yield from _of_frame(burst, frame)
        place = frame.end
    yield from _between(burst[place:])


def _between(octets: bytes) -> Iterator[Part]:
    """What stands before, between or behind frames: a closing flag belongs to the one before it."""
    kind = PartKind.FRAME if octets == _FLAG else PartKind.OTHER
    yield Part(kind, octets)


def _of_frame(burst: bytes, frame: Frame) -> Iterator[Part]:
    begin = burst.find(frame.information, frame.offset, frame.end) if frame.information else -1
    if begin < 0:  # an adapter that puts octets between those of the frame
        yield Part(PartKind.FRAME, burst[frame.offset : frame.end])
        return
    end = begin + len(frame.information)
    head = len(LLC) if frame.information.startswith(LLC) else 0
    yield Part(PartKind.FRAME, burst[frame.offset : begin + head])
    yield from _of_information(burst[begin + head : end], frame.content)
    yield Part(PartKind.FRAME, burst[end : frame.end])


def _of_information(octets: bytes, content: Content) -> Iterator[Part]:
    if content is Content.SEALED_P1:
        place = sealed.begin(bytearray(octets), 0) or 0
        yield Part(PartKind.FRAME, octets[:place])
        yield from _of_ciphered(octets[place:-1], 1 if octets[place : place + 1] == bytes((_CIPHERED,)) else 0)
        yield Part(PartKind.FRAME, octets[-1:])
    elif is_ciphered(octets):
        yield from _of_ciphered(octets, 1)
    else:
        yield Part(PartKind.DATA, octets)


def _of_ciphered(apdu: bytes, title: int) -> Iterator[Part]:
    """A protected APDU, or its first part, whose system title's length stands at `title`."""
    try:
        size, place = decode_length(apdu, title)
        size, place = decode_length(apdu, place + size)
    except ApduError:
        yield Part(PartKind.DATA, apdu)
        return
    whole = size == len(apdu) - place
    tagged = whole and place < len(apdu) and apdu[place] & _AUTHENTICATED
    end = len(apdu) - (_TAG_OCTETS if tagged else 0)
    begin = min(place + _CONTROL_AND_COUNTER, end)
    yield Part(PartKind.CIPHERING, apdu[:begin])
    yield Part(PartKind.DATA, apdu[begin:end])
    yield Part(PartKind.TAG, apdu[end:])


def _joined(found: Iterable[Part]) -> list[Part]:
    joined: list[Part] = []
    for part in found:
        if not part.octets:
            continue
        if joined and joined[-1].kind is part.kind:
            part = Part(part.kind, joined.pop().octets + part.octets)
        joined.append(part)
    return joined
