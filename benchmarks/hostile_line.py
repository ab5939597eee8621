"""Modbus beside a serial server that sends what is hardest to decode: `python benchmarks/hostile_line.py`.

The gateway is a process of its own with two meters: one behind a serial server in another process, which sends each
pattern of `tests/hostile_lines.py` again and again as fast as it is taken, and one that speaks every half second as a
meter does. A client in a third process reads all registers. Its times beside each pattern are told beside the same
client's while the server says nothing, since times depend on the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.gateway import at, first_answer
from benchmarks.processes import resident
from han2x.modbus_client import read_holding_registers
from han2x.registers import COUNT
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.wire import Wire
from tests.hostile_lines import patterns
from tests.ports import free_port

QUIET = -1
HOSTILE_UNIT, HONEST_UNIT = 1, 2
SETTLE_S = 1.0
PAUSE_S = 0.005
SENT_AT_ONCE = 1 << 18


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each pattern is sent")
    parser.add_argument("--limit-ms", type=float, default=25.0, help="end with status 1 when a p99 is above")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the patterns with this in their names")
    arguments = parser.parse_args()
    processes = multiprocessing.get_context("spawn")
    now, port = processes.Value("i", QUIET), processes.Value("i", 0)
    server = processes.Process(target=serve, args=(now, port), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.01)
    wire = Wire()
    try:
        with tempfile.TemporaryDirectory() as folder, processes.Pool(1) as client:
            return measured(Path(folder), wire, now, port.value, client.apply, arguments)
    finally:
        server.kill()
        wire.close()


def measured(
    folder: Path,
    wire: Wire,
    now: Synchronized[int],
    server_port: int,
    in_client: Callable[..., list[float]],
    arguments: argparse.Namespace,
) -> int:
    """Run the gateway and measure beside each pattern; 1 when a p99 was above the limit."""
    settings = folder / "settings.toml"
    settings.write_text(
        f'[[meters]]\nunit = {HOSTILE_UNIT}\nport = "socket://127.0.0.1:{server_port}"\n'
        f'[[meters]]\nunit = {HONEST_UNIT}\nport = "{wire.path}"\n'
    )
    modbus = free_port()
    command = [
        sys.executable, "-m", "han2x", "run", "--settings", str(settings), "--state-dir", str(folder),
        "--modbus", f"127.0.0.1:{modbus}", "--web", "127.0.0.1:0",
    ]  # fmt: skip
    said = (folder / "log").open("wb")
    with said, subprocess.Popen(command, stdout=said, stderr=said) as gateway, Honest(wire, modbus) as honest:
        first_answer(modbus, time.perf_counter())
        time.sleep(3)
        in_client(polls, (modbus, 1.0))
        quiet = in_client(polls, (modbus, 2 * arguments.seconds))
        print(f"{'nothing':40} p50 {at(quiet, 0.5) * 1e3:6.2f} ms   p99 {at(quiet, 0.99) * 1e3:6.2f} ms")
        worst = 0.0
        for number, name in enumerate(patterns()):
            if arguments.only not in name:
                continue
            now.value = number
            time.sleep(SETTLE_S)
            before = honest.read
            times = in_client(polls, (modbus, arguments.seconds))
            p50, p99 = at(times, 0.5), at(times, 0.99)
            worst = max(worst, p99)
            print(
                f"{name:40} p50 {p50 * 1e3:6.2f} ms ({p50 / at(quiet, 0.5):5.1f} ×)   p99 {p99 * 1e3:6.2f} ms "
                f"({p99 / at(quiet, 0.99):5.1f} ×)   longest {times[-1] * 1e3:6.2f} ms   "
                f"other meter {honest.read - before} new values   {resident(gateway.pid) / 1e6:.0f} MB",
                flush=True,
            )
        gateway.terminate()
    lines = (folder / "log").read_bytes().count(b"\n")
    print(f"worst p99 {worst * 1e3:.2f} ms; {lines} log lines")
    return int(worst * 1e3 > arguments.limit_ms)


class Honest:
    """The other meter: says another power every half second; `read` counts those that clients could then read."""

    def __init__(self, wire: Wire, modbus: int) -> None:
        self.read = 0
        self._wire = wire
        self._modbus = modbus
        self._ended = threading.Event()
        self._speaking = threading.Thread(target=self._speak)

    def __enter__(self) -> Honest:
        self._speaking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._speaking.join()

    def _speak(self) -> None:
        power = 0
        while not self._ended.wait(0.5):
            power += 1
            self._wire.say(kamstrup_list_1(power_import=power))
            with suppress(Exception):  # it is not running yet, or not any more
                self.read += self._is_shown(power)

    def _is_shown(self, power: int) -> bool:
        until = time.monotonic() + 0.4
        with socket.create_connection(("127.0.0.1", self._modbus), 5) as connection:
            while time.monotonic() < until:
                if int.from_bytes(read_holding_registers(connection, HONEST_UNIT, 0, 2), "big") == power:
                    return True
                time.sleep(0.02)
        return False


def polls(port: int, seconds: float) -> list[float]:
    """Seconds of each read of all registers, with a short pause between two; sorted."""
    times = []
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begun = time.perf_counter()
            read_holding_registers(connection, HONEST_UNIT, 0, COUNT)
            times.append(time.perf_counter() - begun)
            time.sleep(PAUSE_S)
    return sorted(times)


def serve(now: Synchronized[int], port: Synchronized[int]) -> None:
    """Send whoever connects the pattern of this number, again and again, and nothing while there is none."""
    streams = [octets * (SENT_AT_ONCE // len(octets) + 1) for octets in patterns().values()]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port.value = listening.getsockname()[1]
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                while True:
                    if now.value == QUIET:
                        time.sleep(0.05)
                    else:
                        connection.sendall(streams[now.value])


if __name__ == "__main__":
    os.environ.pop("HAN2X_SETTINGS", None)
    sys.exit(main())
