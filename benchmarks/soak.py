"""A day in the life of the gateway, many times as fast: `python benchmarks/soak.py [--hours 24] [--speed 150]`.

The whole gateway runs in this process, on a pseudo-terminal at whose other end a simulated meter hurries. Clients poll
it, come and go, and one browser reads its page. Each simulated hour memory, descriptors, tasks, log lines and octets
written to the disk are told; none of them may grow. With `--hours 1 --speed 1` it is an hour at the real pace.

The exit status is 1 when something grew.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from itertools import count
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.processes import resident
from han2x.app.daemon import Daemon
from han2x.app.options import Options
from han2x.modbus_client import ModbusError, read_holding_registers
from han2x.settings import load

READS_PER_CLIENT: Final = 20
WARM_UP_S: Final = 330.0
"""Seconds in which memory may still grow: the estimator keeps five minutes of samples, which in a hurry are many."""
MOST_GROWTH: Final = 0.03


@dataclass(frozen=True, slots=True)
class Sample:
    """What is counted at one moment."""

    seconds: int
    memory_kb: int
    descriptors: int
    tasks: int
    log_lines: int
    written_kb: int
    telegrams: int


class LineCount(logging.Handler):
    """Counts what the gateway logs, at the level it is installed with."""

    lines = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.levelno >= logging.INFO


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--speed", type=float, default=150.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, simulated_meter(Path(folder) / "meter", arguments.speed) as port:
        samples = asyncio.run(soak(Path(folder), port, arguments.hours, arguments.speed))
    return judge(samples)


@contextlib.contextmanager
def simulated_meter(link: Path, speed: float) -> Iterator[str]:
    command = [sys.executable, "-m", "han2x", "simulate", "--link", str(link), "--speed", str(speed)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as meter:
        while not link.exists():
            time.sleep(0.05)
        yield str(link)
        meter.terminate()


async def soak(folder: Path, port: str, hours: int, speed: float) -> list[Sample]:
    """Run the gateway for so many hours of the meter's; one sample an hour, or each five minutes of a single one."""
    log = LineCount()
    logging.basicConfig(level="INFO", handlers=[log])
    options = Options(folder / "settings.toml", folder, modbus="127.0.0.1:0", web="127.0.0.1:0", port=port)
    served = asyncio.Event()
    daemon = Daemon(load(options.settings_file), options, lambda _: served.set())
    running = asyncio.create_task(daemon.run())
    await served.wait()
    host, modbus_port = daemon.modbus.addresses[0]
    client = asyncio.create_task(asyncio.to_thread(come_and_go, host, modbus_port))
    browser = asyncio.create_task(watch(daemon))
    steps = hours if hours > 1 else 12
    begun = time.monotonic()
    samples = []
    print("   ".join(field.name.replace("_", " ") for field in fields(Sample)))
    for step in range(1, steps + 1):
        await asyncio.sleep(max(0.0, begun + step * hours * 3600 / steps / speed - time.monotonic()))
        samples.append(sample(daemon, log, int(time.monotonic() - begun)))
        print(
            "   ".join(
                f"{value:>{len(field.name)}}" for field, value in zip(fields(Sample), astuple(samples[-1]), strict=True)
            ),
            flush=True,
        )
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    browser.cancel()
    await client
    return samples


def come_and_go(host: str, port: int) -> None:
    """A client that reads all registers now and then, on ever new connections, until the gateway is gone."""
    for _ in count():
        try:
            with socket.create_connection((host, port), timeout=5) as connection:
                for _ in range(READS_PER_CLIENT):
                    with contextlib.suppress(ModbusError):
                        read_holding_registers(connection, 1, 0, 50)
                    time.sleep(0.02)
        except OSError:
            return


async def watch(daemon: Daemon) -> None:
    """A browser that reads the page again and again."""
    while True:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(fetch, daemon)
        await asyncio.sleep(1)


def fetch(daemon: Daemon) -> None:
    for url in daemon.people.urls:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own page
            answer.read()


def sample(daemon: Daemon, log: LineCount, seconds: int) -> Sample:
    gc.collect()
    written = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["write_bytes"]
    return Sample(
        seconds=seconds,
        memory_kb=resident(os.getpid()) // 1024,
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - iterdir opens one more
        tasks=len(asyncio.all_tasks()),
        log_lines=log.lines,
        written_kb=int(written) // 1024,
        telegrams=daemon.meters[0].state.readings,
    )


def judge(samples: list[Sample]) -> int:
    """Compare the end with the time when everything was warm."""
    end = samples[-1]
    warm = next((sample for sample in samples if sample.seconds > WARM_UP_S), end)
    if warm is end:
        print(f"too short to judge: everything is warm after {WARM_UP_S:.0f} s")
        return 1
    growth = end.memory_kb / warm.memory_kb - 1
    for name, before, after in (
        ("descriptors", warm.descriptors, end.descriptors),
        ("tasks", warm.tasks, end.tasks),
        ("log lines", warm.log_lines, end.log_lines),
    ):
        print(f"{name} {after - before:+d}")
    print(f"memory {growth:+.1%}, all after {warm.seconds} s")
    grew = growth > MOST_GROWTH or end.descriptors > warm.descriptors + 3 or end.tasks > warm.tasks + 3
    return int(grew)


if __name__ == "__main__":
    sys.exit(main())
