"""Fuzzes the whole decoder, octets to readings: `python tests/fuzz_decoder.py --minutes 60` or `--inputs 10000000`.

Inputs are made of recorded telegrams, of telegrams built by the standards, and of noise: pieces are cut out, repeated,
moved and damaged, contents of frames are changed before right check sequences and encryption are put on, and all is cut
into chunks with silences between. An input to which the decoder answers with something new is kept and changed again,
so that the search follows what the decoder does.

Every input must raise nothing, keep no more octets waiting than `MAX_WAITING` and none once the line has been silent,
give the same events however it is cut, and let a good telegram through that comes then. A failure prints the input, and
ends the run with status 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from han2x.codecs.security import Security
from han2x.decoder import MAX_WAITING, Decoder
from han2x.framing import RECOGNISERS
from han2x.model import Event, Quantity, Reading
from tests import frames, larger_set
from tests.codecs import sealing
from tests.telegrams import FOLDER, load

Input = Sequence[bytes | None]
"""Chunks as they come from the line; None is silence."""

PROBE = frames.a_list_1(4321)
LONGEST = 3000
KEPT = 5000
TELLING = bytes((*RECOGNISERS, *b"\x00\x01\x02\x06\x09\x0a\x0d\x0f\x10\x16\x21\x7d\x80\x81\x82\xa0\xe0\xff!()*.\r\n"))
LINES = [f"1-0:{quantity}(0001.234*k{quantity.unit})" for quantity in Quantity] + ["0-0:1.0.0(261120234510W)"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.0, help="run so long")
    parser.add_argument("--inputs", type=int, default=0, help="run so many inputs, over all jobs")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    arguments = parser.parse_args()
    if not arguments.minutes and not arguments.inputs:
        parser.error("say --minutes or --inputs")
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    inputs = arguments.inputs // arguments.jobs if arguments.inputs else None
    jobs = [(seed + number, arguments.minutes or None, inputs) for number in range(arguments.jobs)]
    if len(jobs) == 1:
        return int(not run(*jobs[0]))
    with multiprocessing.Pool(len(jobs)) as pool:
        return int(not all(pool.starmap(run, jobs)))


def run(seed: int, minutes: float | None, inputs: int | None) -> bool:
    """Fuzz until the time is over or so many inputs have been run; whether all went well."""
    fuzzer = Fuzzer(random.Random(seed))
    begun = time.monotonic()
    while (inputs is None or fuzzer.inputs < inputs) and (minutes is None or time.monotonic() - begun < minutes * 60):
        if not fuzzer.step():
            print(f"seed {seed}, input {fuzzer.inputs}", flush=True)
            return False
    spent = time.monotonic() - begun
    print(
        f"seed {seed}: {fuzzer.inputs} inputs, {fuzzer.octets} octets in {spent:.0f} s, {fuzzer.readings} readings, "
        f"{len(fuzzer.seen)} kinds of answers, no failure",
        flush=True,
    )
    return True


class Fuzzer:
    """Makes inputs, gives them to decoders, and keeps what leads to something new."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.inputs = self.octets = self.readings = 0
        self.seen: set[object] = set()
        self._recorded = [vector.octets for vector in load(FOLDER, larger_set.TELEGRAMS, larger_set.EUROPE)]
        self._built = [frames.a_list_1(), frames.a_kamstrup_list(), frames.kaifa(frames.u32(7)), frames.p1(LINES[:3])]
        self._built += [
            frames.p1(LINES[:3])[:-6] + b"\r\n",
            frames.sealed_p1(sealing.seal(LINES[0].encode(), 0, title=b"")),
        ]
        self._corpus: list[bytes] = [*self._recorded, *self._built]
        self._bodies = [octets[octets.find(frames.LLC) + 3 : -3] for octets in self._corpus if frames.LLC in octets]
        self._makers: list[Callable[[], bytes]] = [
            self._stream,
            self._framed,
            self._list,
            self._telegram,
            self._parts,
            self._sealed,
        ]

    def step(self) -> bool:
        """Make one input and try it; whether all went well."""
        stream = self.chance.choice(self._makers)()[:LONGEST]
        chunks = self._cut(stream)
        self.inputs += 1
        self.octets += len(stream)
        try:
            events = check(chunks)
            if self.inputs % 16 == 0:
                assert check([bytes((octet,)) for octet in stream]) == check([stream])
        except Exception:  # noqa: BLE001 - whatever is raised is what is looked for
            traceback.print_exc()
            print(f"check({chunks!r})", flush=True)
            return False
        self.readings += sum(isinstance(event, Reading) for event in events)
        self._learn(stream, events)
        return True

    def _learn(self, stream: bytes, events: list[Event]) -> None:
        answer = frozenset(map(_kind_of, events))
        if answer in self.seen or len(self.seen) > 100_000:
            return
        self.seen.add(answer)
        if len(self._corpus) < KEPT:
            self._corpus.append(stream)
        else:
            self._corpus[self.chance.randrange(len(self._recorded), KEPT)] = stream

    def _cut(self, stream: bytes) -> Input:
        chunks: list[bytes | None] = []
        while stream:
            size = self.chance.choice((1, 2, 7, 40, 200, 1100, 3000))
            chunks.append(stream[:size])
            stream = stream[size:]
            if self.chance.random() < 0.05:
                chunks.append(None)
        return chunks

    def _pick(self) -> bytes:
        return self.chance.choice(self._corpus)

    def _changed(self, octets: bytes, most: int = 6) -> bytes:
        """The octets with up to so many changes."""
        changed = bytearray(octets)
        for _ in range(self.chance.randint(0, most)):
            begin = self.chance.randint(0, len(changed))
            end = min(len(changed), begin + self.chance.choice((1, 1, 1, 2, 4, 30)))
            match self.chance.randrange(7):
                case 0:
                    changed[begin:end] = bytes(octet ^ 1 << self.chance.randrange(8) for octet in changed[begin:end])
                case 1:
                    changed[begin:end] = bytes(self.chance.choice(TELLING) for _ in range(begin, end))
                case 2:
                    del changed[begin:end]
                case 3:
                    changed[begin:begin] = changed[begin:end]
                case 4:
                    changed[begin:begin] = self.chance.randbytes(self.chance.randint(1, 12))
                case 5:
                    other = self._pick()
                    place = self.chance.randint(0, len(other))
                    changed[begin:end] = other[place : place + self.chance.randint(0, 60)]
                case _:
                    del changed[end:]
        return bytes(changed)

    def _stream(self) -> bytes:
        return b"".join(self._changed(self._pick()) for _ in range(self.chance.randint(1, 3)))

    def _framed(self) -> bytes:
        return self._wrapped(self._changed(self.chance.choice(self._bodies)))

    def _list(self) -> bytes:
        body = self._value(0)
        header = self.chance.choice(
            (b"\x00", b"\x0c" + frames.date_time("2026-11-20 23:45:10"), b"\x09\x0c" + bytes(12))
        )
        return self._wrapped(frames.notification(body, header))

    def _telegram(self) -> bytes:
        lines = self.chance.choices(LINES, k=self.chance.randint(0, 8))
        changed = [self._changed(line.encode(), 2).decode("ascii", "ignore") for line in lines]
        identification = self.chance.choice(("KAM5", "ADN9 6534", "LGF5E360", "XYZ5\\x"))
        return self._changed(frames.p1(changed, identification), self.chance.choice((0, 0, 2)))

    def _parts(self) -> bytes:
        apdu = self._changed(self.chance.choice(self._bodies), 2)
        places = sorted(self.chance.randint(0, len(apdu)) for _ in range(self.chance.randint(1, 4)))
        pieces = [apdu[begin:end] for begin, end in zip([0, *places], [*places, len(apdu)], strict=True)]
        last = len(pieces) - 1
        match self.chance.randrange(3):
            case 0:
                parts = [frames.mbus(piece[:255], part=n % 16, last=n == last) for n, piece in enumerate(pieces)]
            case 1:
                pieces[0] = frames.LLC + pieces[0]
                parts = [frames.hdlc(piece[:2000], segmented=n < last) for n, piece in enumerate(pieces)]
            case _:
                blocks = [frames.block(n + 1, piece[:1900], last=n == last) for n, piece in enumerate(pieces)]
                parts = [frames.hdlc(frames.LLC * (n == 0) + octets) for n, octets in enumerate(blocks)]
        if self.chance.random() < 0.3:
            parts.insert(self.chance.randint(0, last), self.chance.choice(parts))
        if self.chance.random() < 0.3:
            del parts[self.chance.randint(0, len(parts) - 1)]
        return b"".join(parts)

    def _sealed(self) -> bytes:
        stream = b""
        for number in range(self.chance.randint(1, 3)):
            content = self._changed(self.chance.choice([*self._bodies, frames.p1(LINES[:4])]), 1)
            control = self.chance.choice((0x30, 0x30, 0x20, 0x10, 0x31))
            apdu = sealing.seal(content, number + self.chance.randint(0, 1), control=control)
            stream += self._changed(apdu, 1) if self.chance.random() < 0.3 else self._wrapped(apdu)
        return stream

    def _wrapped(self, apdu: bytes) -> bytes:
        match self.chance.randrange(5):
            case 0:
                return frames.mbus(apdu[:255])
            case 1:
                return apdu
            case 2:
                return frames.hdlc(frames.LLC + apdu[:2000]).replace(b"\n", b"\r\n")
            case _:
                return frames.hdlc(frames.LLC + apdu[:2000], self.chance.choice((frames.AIDON, frames.KAIFA)))

    def _value(self, depth: int) -> bytes:
        """A random value such as push lists have, or nearly such a one."""
        match self.chance.randrange(14 if depth < 4 else 9):
            case 0:
                return frames.u32(self.chance.randrange(1 << 32))
            case 1:
                key = self.chance.choice([*Quantity, "1.0.0", "96.1.0", "0.0.5"])
                return frames.obis(f"1.{self.chance.randrange(2)}.{key}")
            case 2:
                return frames.text(self.chance.choice(("Kamstrup_V0001", "AIDON_V0001", "x" * 200, "")))
            case 3:
                return frames.octet_string(self.chance.choice((b"KFM_001", b"MA304H3E", bytes(12), b"")))
            case 4:
                return frames.scaling(self.chance.randint(-128, 127), self.chance.choice((27, 30, 33, 35, 255, 0)))
            case 5:
                return self.chance.randbytes(self.chance.randint(0, 4))
            case 6:
                return frames.null()
            case 7:
                types = (
                    b"\x03\x01",
                    b"\x04\x09\xa5\x80",
                    b"\x0d\x42",
                    b"\x17" + self.chance.randbytes(4),
                    b"\x1b" + bytes(4),
                )
                return self.chance.choice((*types, b"\x18" + self.chance.randbytes(8), b"\x19" + bytes(12)))
            case 8:
                return self._described()
            case kind:
                elements = [self._value(depth + 1) for _ in range(self.chance.choice((1, 2, 3, 9, 13, 18)))]
                return frames.array(*elements) if kind < 11 else frames.structure(*elements)

    def _described(self) -> bytes:
        """A list that names its attributes first, in either form."""
        described = []
        for _ in range(self.chance.randint(1, 9)):
            code = self.chance.choice([*Quantity, "1.0.0", "96.1.0", "42.0.0", "1.8.1", "1.8.2", "5.8.0", "6.8.0"])
            f = self.chance.choice((255, 255, 255, 101))
            described.append(
                (
                    frames.descriptor(
                        f"{self.chance.choice((0, 1, 1))}.0.{code}.{f}", self.chance.choice((1, 3, 4, 8))
                    ),
                    self.chance.choice((frames.u32(230), frames.u16(5), frames.null(), frames.float32(1e30))),
                )
            )
        return self.chance.choice((frames.push_object, frames.untagged))(*described)


def check(chunks: Input) -> list[Event]:
    """Give an input to a decoder, and check all that must hold."""
    decoder = Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY))
    events: list[Event] = []
    for chunk in chunks:
        events += decoder.silence() if chunk is None else decoder.feed(chunk)
        assert decoder.waiting <= (0 if chunk is None else MAX_WAITING)
    events += decoder.silence()
    assert decoder.waiting == 0
    fed = decoder.octets
    (probe,) = decoder.feed(PROBE)
    assert isinstance(probe, Reading)
    assert (probe.offset, probe.values) == (fed, {Quantity.ACTIVE_POWER_IMPORT: 4_321_000})
    return events


def _kind_of(event: Event) -> object:
    if isinstance(event, Reading):
        return event.maker, event.push_list, len(event.values), event.encrypted, event.header_time is None
    return event.cause, re.sub(r"[0-9a-f]{2,}|[0-9]|'.*'", "", event.detail)


if __name__ == "__main__":
    sys.exit(main())
