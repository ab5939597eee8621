"""The pure way of one line: octets and silences in, readings and problems out.

Never raises for anything that comes from the line, keeps at most `MAX_WAITING` octets, and never holds back a good
telegram once the line has been silent.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from han2x.codecs import apdu as apdus
from han2x.codecs.apdu import Decipherer
from han2x.codecs.errors import ApduError, DecodeError, P1ChecksumError
from han2x.codecs.p1_lines import P1Telegram, decode_telegram, is_telegram
from han2x.framing import MAX_BUFFER, Content, Deframer, Frame, Refusal, p1, recognisers, sealed
from han2x.framing.parts import MAX_JOINED, Joiner, Part
from han2x.meters import Learned, ListContent, Scales, read_list, read_telegram
from han2x.model import Event, MeterTime, Problem, ProblemCause, Reading

MAX_WAITING: Final = MAX_BUFFER + 3 * MAX_JOINED
"""Octets that a decoder keeps at most: those of a frame, and of telegrams in segments and in blocks."""

_LLC, _APDU, _P1, _UNCHECKED_P1 = Content.LLC, Content.APDU, Content.P1, Content.UNCHECKED_P1
_NO_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_SEALED_P1, _CIPHERED_P1, _UNCHECKED_APDU = Content.SEALED_P1, Content.CIPHERED_P1, Content.UNCHECKED_APDU


class Decoder:
    """Decodes the stream of one line. Offsets in its events count all octets fed since it was made.

    `scales` says what a Kamstrup meter's counts mean; `security` opens encrypted telegrams, which without one are
    problems of the kind `no-key`. `learned` is what is known of the meter from earlier telegrams, and grows. Without
    `timed` the octets are those of a file that does not tell where the line was silent, and without `p1_checksums` the
    check sequences of P1 telegrams need not be right.
    """

    def __init__(
        self,
        scales: Scales | None = None,
        security: Decipherer | None = None,
        learned: Learned | None = None,
        *,
        timed: bool = True,
        p1_checksums: bool = True,
    ) -> None:
        self._scales = scales or Scales()
        self._learned = learned or Learned()
        self._security = security
        self._deframer = Deframer(recognisers(timed=timed, p1_checksums=p1_checksums))
        self._p1_checksums = p1_checksums
        self._hdlc, self._mbus, self._blocks = self._joiners = Joiner(), Joiner(), Joiner()
        self._sends_checksums: tuple[str, str] | None = None

    @property
    def octets(self) -> int:
        """Octets fed so far."""
        return self._deframer.octets

    @property
    def waiting(self) -> int:
        """Octets kept until more come; at most `MAX_WAITING`."""
        return self._deframer.waiting + sum(joiner.waiting for joiner in self._joiners)

    def feed(self, data: bytes) -> list[Event]:
        """Take octets as they came from the line; return what they completed, in stream order."""
        events: list[Event] = []
        for found in self._deframer.steps(data):
            if found:
                events += self._events(found)
        return events

    def silence(self, *, blocks_may_follow: bool = False) -> list[Event]:
        """Signal that the line is silent, as it is between telegrams.

        Between the blocks of one telegram it may be silent too: with `blocks_may_follow` those that came are kept.
        """
        steps = self.steps(None, blocks_may_follow=blocks_may_follow)
        return [event for events in steps for event in events]

    def steps(self, data: bytes | None, *, blocks_may_follow: bool = False) -> Iterator[list[Event]]:
        """Do as `feed` does with octets, or as `silence` with None, in short steps; each gives what it completed.

        No step takes much longer than a telegram does, whatever came. The next octets are to be given when all steps
        are done, or when the rest of them was given up.
        """
        for found in self._deframer.steps(data):
            yield self._events(found)
        if data is None:
            given_up = (self._hdlc, self._mbus) if blocks_may_follow else self._joiners
            yield [event for joiner in given_up for event in joiner.give_up("the line fell silent")]

    @property
    def within_blocks(self) -> bool:
        """Whether blocks of a telegram have come and not all of them."""
        return self._blocks.count > 0

    def _events(self, found: Iterable[Frame | Problem]) -> list[Event]:
        events: list[Event] = []
        for item in found:
            for event in (item,) if isinstance(item, Problem) else self._framed(item):
                if isinstance(event, Reading) and self._within_parts:
                    # The rest of what began before a whole telegram never came; parts that follow belong to others.
                    for joiner in self._joiners:
                        events += joiner.overtaken(event.offset)
                events.append(event)
        return events

    @property
    def _within_parts(self) -> bool:
        return bool(self._hdlc.count or self._mbus.count or self._blocks.count)

    def _framed(self, frame: Frame) -> Iterable[Event]:
        offset, _, octets, content, more, part = frame
        if content is not _LLC and content is not _APDU:
            return (self._event(offset, octets, content),)
        if not octets:
            return ()
        joiner = self._hdlc if content is _LLC else self._mbus
        if more or part or joiner.count:
            return self._part(frame, joiner)
        return self._whole(offset, octets, content)

    def _part(self, frame: Frame, joiner: Joiner) -> list[Event]:
        events: list[Event] = []
        for item in joiner.take(Part.of(frame)):
            events += [item] if isinstance(item, Problem) else self._whole(item.offset, item.octets, frame.content)
        return events

    def _whole(self, offset: int, octets: bytes, content: Content) -> Iterable[Event]:
        try:
            apdu = apdus.without_llc(octets) if content is _LLC else octets
            if not apdus.is_block(apdu):
                return (self._event(offset, apdu, _APDU),)
            block = apdus.decode_block(apdu)
        except DecodeError as error:
            return (_problem(offset, error),)
        found = self._blocks.take(Part(offset, block.octets, block.number, block.more))
        return [
            item if isinstance(item, Problem) else self._event(item.offset, item.octets, Content.APDU) for item in found
        ]

    def _event(self, offset: int, octets: bytes, content: Content) -> Event:
        try:
            return self._reading(offset, octets, content)
        except DecodeError as error:
            return _problem(offset, error)

    def _reading(self, offset: int, octets: bytes, content: Content) -> Reading:
        if content is not _APDU and content is not _UNCHECKED_APDU:
            return self._telegram_reading(offset, octets, content)
        encrypted = apdus.is_ciphered(octets)
        sender = b""
        if encrypted:
            sender = apdus.sender_of(octets)
            octets = apdus.decipher(octets, self._security)
        notification = apdus.decode_notification(octets, sender)
        said = read_list(notification, self._scales, self._learned)
        reading = _reading(offset, said, notification.time, encrypted=encrypted)
        return replace(reading, unchecked=True) if content is _UNCHECKED_APDU else reading

    def _telegram_reading(self, offset: int, octets: bytes, content: Content) -> Reading:
        encrypted = content is _SEALED_P1 or content is _CIPHERED_P1
        if encrypted:
            octets = self._opened_telegram(octets, content)
        try:
            telegram = decode_telegram(octets)
        except ValueError as error:  # what a tag vouches for need not be a telegram
            raise ApduError(str(error), ProblemCause.NO_TELEGRAM_INSIDE) from error
        self._expect_checksum(telegram, content)
        said = read_telegram(telegram)
        reading = _reading(offset, said, said.register_time, encrypted=encrypted)
        if content is not _UNCHECKED_P1:
            return reading
        return replace(reading, unchecked=True, shape=crc32(octets.translate(_NO_DIGITS)))

    def _opened_telegram(self, octets: bytes, content: Content) -> bytes:
        if content is _CIPHERED_P1:
            return self._deciphered_telegram(apdus.decipher(octets, self._security))
        identification, apdu = sealed.parts(octets)
        lines = apdus.decipher(apdu, self._security)
        if is_telegram(lines):
            return self._deciphered_telegram(lines)
        return identification + b"\r\n\r\n" + lines + b"\r\n!"

    def _deciphered_telegram(self, plaintext: bytes) -> bytes:
        """The P1 telegram in a plaintext, which the tag vouches for or else the telegram's own check sequence."""
        if not is_telegram(plaintext):
            detail = "an encrypted telegram without a frame holds no P1 telegram"
            raise ApduError(detail, ProblemCause.NO_TELEGRAM_INSIDE)
        mark = plaintext.rfind(b"!") + 1
        if mark and self._security is not None and self._security.authenticated:
            return plaintext[:mark]
        octets = bytearray(plaintext)
        answer = p1.recognise(octets, 0) or p1.cut_off(octets, 0)
        if isinstance(answer, Frame) and answer.content is _P1:
            return answer.information
        detail = answer.detail if isinstance(answer, Refusal) else "it has no check sequence (CRC)"
        raise P1ChecksumError(f"the encrypted telegram holds a damaged one: {detail}")

    def _expect_checksum(self, telegram: P1Telegram, content: Content) -> None:
        """Refuse a telegram without a check sequence from a meter that has sent one before."""
        meter = (telegram.flag, telegram.identification)
        if content is not _UNCHECKED_P1:
            self._sends_checksums = meter
        elif meter == self._sends_checksums and self._p1_checksums:
            detail = "a P1 telegram has no check sequence (CRC), and earlier ones of this meter had"
            raise P1ChecksumError(detail, ProblemCause.P1_CRC_MISSING)


def _problem(offset: int, error: DecodeError) -> Problem:
    return Problem(offset, error.cause, str(error), error.values)


def _reading(offset: int, said: ListContent, header_time: MeterTime | None, *, encrypted: bool) -> Reading:
    return Reading(
        offset=offset,
        maker=said.maker,
        push_list=said.push_list,
        values=said.values,
        meter_id=said.meter_id,
        meter_type=said.meter_type,
        list_version=said.list_version,
        header_time=header_time,
        register_time=said.register_time,
        energy_step=said.energy_step,
        encrypted=encrypted,
        unmeasured=said.unmeasured,
    )
