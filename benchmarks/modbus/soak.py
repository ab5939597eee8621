"""Many clients, and one that sends noise, for a long time: `python -m benchmarks.modbus.soak [--minutes 10]`.

Each of the clients reads all registers once a second and checks every word; the noisy one sends damaged frames on ever
new connections. Prints what went wrong (nothing should), memory and processor time of the server, and its log lines.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import struct
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.processes import resident

from .__main__ import Server, commands, running
from .servers import WORDS

REGISTERS = 50
REQUEST = struct.Struct(">HHHBBHH")


class Count:
    """What has happened so far."""

    answers = errors = noises = 0
    slowest_s = 0.0


async def poll(port: int, until: float, count: Count, *, known_words: bool) -> None:
    """Ask once a second, beginning somewhere in the first one; with `known_words` every word is checked."""
    await asyncio.sleep(random.random())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    transaction = 0
    while time.monotonic() < until:
        transaction = (transaction + 1) & 0xFFFF
        began = time.monotonic()
        writer.write(REQUEST.pack(transaction, 0, 6, 1, 3, 0, REGISTERS))
        try:
            answer = await asyncio.wait_for(reader.readexactly(9 + 2 * REGISTERS), 5)
        except (OSError, EOFError, TimeoutError) as error:
            count.errors += 1
            print(f"client: {error!r}")
            return
        took = time.monotonic() - began
        count.slowest_s = max(count.slowest_s, took)
        count.answers += 1
        count.errors += answer[:2] != struct.pack(">H", transaction)
        count.errors += known_words and answer[9:] != WORDS[: 2 * REGISTERS]
        await asyncio.sleep(max(0.0, 1 - took))
    writer.close()


def noise(dice: random.Random) -> bytes:
    """Frames that may be right, and octets that are none."""
    octets = bytearray()
    for _ in range(dice.randrange(1, 5)):
        body = bytes(
            (dice.choice((0, 1, 1, 2, 255)), dice.choice((1, 3, 4, 5, 6, 16, 22, 23, 43, dice.randrange(256))))
        )
        body += dice.randbytes(dice.choice((0, 1, 4, 4, 5, 9, 30, 250)))
        length = len(body) if dice.random() < 0.8 else dice.randrange(0x10000)
        octets += struct.pack(">HHH", dice.randrange(0x10000), 0 if dice.random() < 0.9 else 1, length) + body
    return bytes(octets) if dice.random() < 0.9 else dice.randbytes(dice.randrange(2000))


async def disturb(port: int, until: float, count: Count) -> None:
    """Send noise on ever new connections, some closed at once, some left half open for a while."""
    dice = random.Random(1)
    left_open: list[asyncio.StreamWriter] = []
    while time.monotonic() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(noise(dice))
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(reader.read(1000), 0.01)
        left_open.append(writer)
        while len(left_open) > 20:
            left_open.pop(0).transport.abort()
        count.noises += 1
        await asyncio.sleep(0.01)
    for writer in left_open:
        writer.transport.abort()


async def soak(server: Server, clients: int, minutes: float, *, noisy: bool, known_words: bool) -> Count:
    """Put the server under the load and print how it fares, about ten times."""
    count, began, cpu = Count(), time.monotonic(), server.cpu_s()
    until = began + minutes * 60
    tasks = [asyncio.create_task(poll(server.port, until, count, known_words=known_words)) for _ in range(clients)]
    tasks += [asyncio.create_task(disturb(server.port, until, count))] if noisy else []
    while time.monotonic() < until - 1:
        await asyncio.sleep(minutes * 6)
        passed = time.monotonic() - began
        print(
            f"{passed:5.0f} s: {count.answers} answers, {count.errors} errors, slowest {count.slowest_s * 1e3:.1f} ms, "
            f"{count.noises} noises, {resident(server.pid) // 1024} kB, "
            f"{(server.cpu_s() - cpu) / passed:.2%} of a core",
            flush=True,
        )
    await asyncio.gather(*tasks)
    return count


def gateway(into: Path, clients: int) -> list[str]:
    """The command of the whole gateway, page included; a port is to be added."""
    (into / "settings.toml").write_text(f"[modbus]\nmax_connections = {clients + 200}\n")
    start = (
        "import sys; from han2x.cli import main;"
        f"sys.exit(main(['run', '--simulate', 'aidon', '--state-dir', {str(into)!r}, '--web', '127.0.0.1:0',"
        " '--modbus', '127.0.0.1:' + sys.argv[1]]))"
    )
    return [sys.executable, "-c", start]


def main() -> int:
    """Run, and tell by the exit status whether all answers were right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--quiet", action="store_true", help="without the noisy client")
    parser.add_argument(
        "--gateway", action="store_true", help="the whole gateway, reading a meter that talks every 2.5 s"
    )
    arguments = parser.parse_args()
    with ExitStack() as stack:
        into = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = gateway(into, arguments.clients) if arguments.gateway else commands(into)["han2x"]
        server = stack.enter_context(running("han2x", command, 0, real_time=False))
        load = soak(
            server, arguments.clients, arguments.minutes, noisy=not arguments.quiet, known_words=not arguments.gateway
        )
        count = asyncio.run(load)
    return int(count.errors > 0 or not count.answers)


if __name__ == "__main__":
    sys.exit(main())
