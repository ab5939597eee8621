"""Many meters on one gateway, each at its real pace: `python benchmarks/many_meters.py --meters 1 247 --minutes 10`.

The gateway is started as a user starts it, with as many meters on serial servers over TCP (Kamstrup, Aidon and Kaifa in
turn), and every unit id is polled each five seconds. All that is read is compared with what the meter sent last, or
just before that. Told are CPU and memory for each number of meters, and what a meter more costs.

The exit status is 1 when a register was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.processes import cpu_s, resident
from han2x.decoder import Decoder
from han2x.modbus_client import ModbusError, read_holding_registers
from han2x.model import Quantity, Reading
from han2x.simulator import SimulatedMeter
from han2x.simulator.line import play
from tests.ports import free_port

KINDS: Final = ("kamstrup", "aidon", "kaifa")
POLL_S: Final = 5.0
WARM_UP_S: Final = 30.0
START_S: Final = 60.0


@dataclass
class Fed:
    """One meter as it is sent, and the import power of its last telegrams, in W."""

    unit: int
    server: asyncio.Server | None = None
    powers: list[int] = field(default_factory=list)

    async def serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak to the gateway as the meter, until it goes."""
        meter = SimulatedMeter(KINDS[self.unit % len(KINDS)], start=datetime.now(UTC), seed=self.unit)
        decoder = Decoder()

        def send(telegram: bytes) -> None:
            for event in decoder.feed(telegram) + decoder.silence():
                if isinstance(event, Reading) and Quantity.ACTIVE_POWER_IMPORT in event.values:
                    self.powers = [*self.powers[-1:], event.values[Quantity.ACTIVE_POWER_IMPORT] // 1000]
            writer.write(telegram)

        try:
            await play(meter, send, paced=False)
        except (OSError, asyncio.CancelledError):  # at the end of the benchmark; streams would log it
            writer.close()

    @property
    def port(self) -> int:
        """Where it is served."""
        assert self.server is not None
        return int(self.server.sockets[0].getsockname()[1])


@dataclass(frozen=True)
class Figures:
    """What so many meters took."""

    meters: int
    reads: int
    wrong: int
    cpu: float
    megabytes: float


async def measured(count: int, minutes: float) -> Figures:
    """Run a gateway with so many meters."""
    fed = [Fed(unit) for unit in range(1, count + 1)]
    for each in fed:
        each.server = await asyncio.start_server(each.serve, "127.0.0.1", 0)
    with tempfile.TemporaryDirectory() as folder:
        lines = [f'[[meters]]\nunit = {each.unit}\nport = "socket://127.0.0.1:{each.port}"' for each in fed]
        settings, port = Path(folder) / "settings.toml", free_port()
        settings.write_text("[web]\nenabled = false\n" + "\n".join(lines), encoding="utf-8")
        command = ["--settings", str(settings), "--state-dir", f"{folder}/state", "--modbus", f"127.0.0.1:{port}"]
        with Path(folder, "log").open("wb") as log:  # noqa: ASYNC230 - as that
            gateway = subprocess.Popen(  # noqa: ASYNC220 - before anything else runs
                [sys.executable, "-m", "han2x", "run", *command], stdout=log, stderr=log
            )
        try:
            await asyncio.to_thread(reachable, port)
            await asyncio.sleep(WARM_UP_S)
            begun, spent, reads, wrong = time.monotonic(), cpu_s(gateway.pid), 0, 0
            while time.monotonic() - begun < minutes * 60:
                due = time.monotonic() + POLL_S
                wrong += await asyncio.to_thread(wrong_ones, port, fed)
                reads += len(fed)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            share = (cpu_s(gateway.pid) - spent) / (time.monotonic() - begun)
            return Figures(count, reads, wrong, share, resident(gateway.pid) / 2**20)
        finally:
            gateway.terminate()
            await asyncio.to_thread(gateway.wait)
            for each in fed:
                if each.server is not None:
                    each.server.close()


def wrong_ones(port: int, fed: list[Fed]) -> int:
    """Of how many meters a Modbus client is refused, or reads another import power than they sent last.

    What was sent last when the request left, or when the answer came, and what was sent just before those, is right.
    """
    wrong = 0
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        for each in fed:
            before = each.powers
            try:
                power = int.from_bytes(read_holding_registers(client, each.unit, 0, 50)[:4], "big")
                read_holding_registers(client, each.unit, 100, 60)
            except ModbusError:
                wrong += 1
            else:
                wrong += power not in (*before, *each.powers)
    return wrong


def reachable(port: int) -> None:
    """Wait for the gateway."""
    end = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def main() -> int:
    """Print the figures of each number of meters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meters", type=int, nargs="+", default=[1, 16, 64, 247])
    parser.add_argument("--minutes", type=float, default=2.0, help="how long each number of meters runs")
    arguments = parser.parse_args()
    all_of_them = []
    for count in arguments.meters:
        figures = asyncio.run(measured(count, arguments.minutes))
        all_of_them.append(figures)
        print(
            f"{figures.meters:4} meters: {figures.reads} reads, {figures.wrong} wrong,"
            f" CPU {100 * figures.cpu:.1f} %, {figures.megabytes:.1f} MB",
            flush=True,
        )
    first, last = all_of_them[0], all_of_them[-1]
    if last.meters > first.meters:
        more = last.meters - first.meters
        print(
            f"a meter more: CPU {100 * (last.cpu - first.cpu) / more:.2f} %,"
            f" {1024 * (last.megabytes - first.megabytes) / more:.0f} kB"
        )
    return int(any(figures.wrong for figures in all_of_them))


if __name__ == "__main__":
    sys.exit(main())
