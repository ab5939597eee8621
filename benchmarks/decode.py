"""Octets to reading, beside amshan, dsmr-parser and gurux-dlms on the same telegrams: `python benchmarks/decode.py`.

Makes a virtual environment of its own for the peers, which nothing else needs, and measures all in one process there.
Every time is the fastest of several rounds, so that what else the machine does counts little; what can be compared
between machines are the ratios. The telegrams are those of tests/telegrams, real ones among them.

What a telegram costs however short it is keeps the two lists 1 below the ratio of the others: of 15 µs for Aidon's 44
octets, 5.3 go into finding the frame in the stream (1.9 of them into the frame itself with its two check sequences, the
rest into hunting on either side of it in steps that can be interrupted), 2.5 into the notification and its A-XDR, 2.7
into knowing the maker and his quantities, 2.2 into a `Reading` that cannot be changed, and the rest into handing on and
joining parts. A `Reading` that could be changed would take 0.7; nothing else there is large by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.model import Reading
from tests import frames
from tests.codecs import sealing
from tests.telegrams import FOLDER, load

ROOT = Path(__file__).parents[1]
PEERS = ("amshan", "dsmr-parser", "gurux-dlms")

TELEGRAMS = {
    "Kamstrup list 1": "kamstrup-list-1",
    "Kamstrup list 2": "kamstrup-list-2",
    "Aidon list 1": "aidon-list-1",
    "Aidon list 2": "aidon-list-2",
    "Aidon list 3": "aidon-list-3",
    "Aidon Sweden": "aidon-list-sweden",
    "Kaifa list 1": "kaifa-list-1",
    "Kaifa list 2": "kaifa-list-2-three-wires",
    "Kaifa list 3": "kaifa-list-3-three-wires",
    "P1 Kamstrup": "p1-kamstrup",
    "P1 Aidon": "p1-aidon",
    "P1 Landis+Gyr": "p1-landis-gyr",
}

Decode = Callable[[bytes], bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--venv", type=Path, help="keep the peers here for the next run")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.rounds)
    elif arguments.venv:
        run_beside_peers(arguments.venv, arguments.rounds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            run_beside_peers(Path(folder), arguments.rounds)


def run_beside_peers(folder: Path, rounds: int) -> None:
    """Measure in a virtual environment that has the peers."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS, "cryptography"], check=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([python, __file__, "--measure", "--rounds", str(rounds)], check=True, env=environment)


def measure(rounds: int) -> None:
    vectors = {vector.name: vector.octets for vector in load(FOLDER)}
    print(f"{'µs a telegram':<22}{'octets':>7}{'han2x':>9}" + "".join(f"{peer:>20}" for peer in PEERS))
    for name, vector in TELEGRAMS.items():
        octets = vectors[vector]
        ours, *theirs = fastest(
            [ours_of(octets), *(peer(octets) for peer in (amshan, dsmr_parser, gurux))], octets, rounds
        )
        assert ours is not None
        columns = "".join(f"{f'{time:.0f} ({time / ours:.1f} ×)' if time else '-':>20}" for time in theirs)
        print(f"{name:<22}{len(octets):>7}{ours:>9.1f}{columns}")
    ciphered(rounds)
    growth(rounds)


def fastest(decoders: list[Decode | None], octets: bytes, rounds: int) -> list[float | None]:
    """Microseconds that each takes for one telegram, in turns; None where it does not understand it."""
    able = [decode if decode and decode(octets) else None for decode in decoders]
    times: list[list[float]] = [[] for _ in able]
    for _ in range(rounds):
        for decode, of_one in zip(able, times, strict=True):
            if decode:
                of_one.append(time_of(lambda decode=decode: decode(octets)))  # type: ignore[misc] # bound here
    return [min(of_one) if of_one else None for of_one in times]


def time_of(action: Callable[[], object], at_least: float = 0.01) -> float:
    """Microseconds of one action, repeated until they can be measured."""
    repeats = 0
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < at_least:
        action()
        repeats += 1
    return passed / repeats * 1e6


def ours_of(octets: bytes) -> Decode:
    decoder = Decoder()
    assert isinstance(decoder.feed(octets)[0], Reading)
    return lambda octets: bool(decoder.feed(octets))


def amshan(octets: bytes) -> Decode | None:
    from han.autodecoder import AutoDecoder  # type: ignore[import-not-found,unused-ignore] # only in the benchmark's venv
    from han.dlde import ModeDReader  # type: ignore[import-not-found,unused-ignore]
    from han.hdlc import HdlcFrameReader  # type: ignore[import-not-found,unused-ignore]

    reader: Any = ModeDReader() if octets.startswith(b"/") else HdlcFrameReader(use_octet_stuffing=False)
    decoder = AutoDecoder()

    def decode(octets: bytes) -> bool:
        return any(message.is_valid and decoder.decode_message(message) for message in reader.read(octets))

    return decode


def dsmr_parser(octets: bytes) -> Decode | None:
    from dsmr_parser import telegram_specifications  # type: ignore[import-not-found,unused-ignore]
    from dsmr_parser.clients.telegram_buffer import TelegramBuffer  # type: ignore[import-not-found,unused-ignore]
    from dsmr_parser.parsers import TelegramParser  # type: ignore[import-not-found,unused-ignore]

    if not octets.startswith(b"/"):
        return None
    parser = TelegramParser(telegram_specifications.SWEDEN)
    buffer = TelegramBuffer()

    def decode(octets: bytes) -> bool:
        buffer.append(octets.decode("ascii") if octets.endswith(b"\n") else octets.decode("ascii") + "\r\n")
        return any(bool(parser.parse(telegram)) for telegram in list(buffer.get_all()))

    return decode


def gurux(octets: bytes) -> Decode | None:
    from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData  # type: ignore[import-not-found,unused-ignore]

    if octets.startswith(b"/"):
        return None
    client = GXDLMSClient(True)

    def decode(octets: bytes) -> bool:
        notification = GXReplyData()
        client.getData(GXByteBuffer(octets), GXReplyData(), notification)
        return notification.value is not None

    return decode


def ciphered(rounds: int) -> None:
    """The cost of opening a telegram: the same list encrypted, each time with the next invocation counter."""
    telegram = frames.a_kamstrup_list()
    apdu = telegram[11:-3]
    opened = Decoder(security=Security(sealing.KEY, sealing.AUTHENTICATION_KEY))
    times = []
    for number in range(rounds):
        sealed = [frames.hdlc(frames.LLC + sealing.seal(apdu, number * 100 + count)) for count in range(100)]
        begun = time.perf_counter()
        events = [event for octets in sealed for event in opened.feed(octets)]
        times.append((time.perf_counter() - begun) / len(sealed) * 1e6)
        assert all(isinstance(event, Reading) for event in events), events[:1]
    (in_the_clear,) = fastest([ours_of(telegram)], telegram, rounds)
    print(f"\nthe same short list in plain text {in_the_clear:.1f} µs, encrypted and authenticated {min(times):.1f} µs")


def growth(rounds: int) -> None:
    """How the time grows with the length of a telegram."""
    print("\ngrowth with length     octets       µs   ns an octet")
    element = frames.measured("1.0.31.7.0", frames.u32(1), -1, frames.A)
    line = "1-0:1.8.0(00009621.983*kWh)"
    for elements in (6, 12, 24, 48):
        report("list that describes itself", frames.aidon(*[element] * elements), rounds)
    for lines in (12, 24, 48, 96):
        report("P1 telegram", frames.p1([line] * lines), rounds)


def report(name: str, octets: bytes, rounds: int) -> None:
    (spent,) = fastest([ours_of(octets)], octets, rounds)
    assert spent is not None
    print(f"{name:<20}{len(octets):>9}{spent:>9.1f}{spent / len(octets) * 1000:>14.0f}")


if __name__ == "__main__":
    main()
