"""Start, memory and time per telegram of the whole gateway: `python benchmarks/gateway.py`.

Times depend on the machine, so each is told beside a yardstick measured in the same run: the start beside that of an
interpreter that imports asyncio only, and a telegram beside a plain loop over its octets.
"""

from __future__ import annotations

import argparse
import compileall
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.processes import ROOT, as_the_service, resident
from han2x.decoder import Decoder
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.modbus_client import read_holding_registers
from han2x.registers import COUNT
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.wire import Wire
from tests.ports import free_port, free_ports

FIRST_ANSWERED = 42  # 40043, which answers before any telegram has come


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    compileall.compile_dir(ROOT / "han2x", quiet=1)  # as an installed package is
    starts, bare, served, plain = [], [], [], []
    for _ in range(rounds):
        bare.append(bare_start())
        start, memory = gateway_start(as_the_service())
        starts.append(start)
        served.append(memory)
        plain.append(gateway_start(None)[1])
    yardstick = statistics.median(bare)
    start = statistics.median(starts)
    print(f"start to first Modbus answer   {start * 1000:6.0f} ms   {start / yardstick:5.1f} × a bare asyncio program")
    print(
        f"resident, page served          {statistics.median(served) / 2**20:6.1f} MB as the service,"
        f" {statistics.median(plain) / 2**20:.1f} MB with no environment of its own"
    )
    passages = octet_to_register()
    print(
        f"last octet to register         median {at(passages, 0.5) * 1e3:.2f} ms, p99 {at(passages, 0.99) * 1e3:.2f} ms"
    )
    for name, telegram in (("list 1", kamstrup_list_1()), ("list 2", kamstrup_list_2(energy_import=155_232_510))):
        decoding, whole, loop = telegram_times(telegram)
        print(
            f"Kamstrup {name}, {len(telegram)} octets    {whole * 1e6:6.0f} µs to registers,"
            f" of which {decoding * 1e6:.0f} µs decoding   {whole / loop:5.1f} × a loop over its octets"
        )


def octet_to_register(repeats: int = 300) -> list[float]:
    """Seconds from a telegram's last octets on the line until a polling client reads its value; sorted."""
    wire, port = Wire(), free_port()
    times = []
    try:
        with tempfile.TemporaryDirectory() as state:
            command = [
                sys.executable, "-m", "han2x", "run", "--port", wire.path, "--state-dir", state,
                "--modbus", f"127.0.0.1:{port}", "--web", "127.0.0.1:0",
            ]  # fmt: skip
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                first_answer(port, time.perf_counter())
                time.sleep(2)
                with socket.create_connection(("127.0.0.1", port), 5) as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    wire.say(kamstrup_list_1(power_import=0))
                    time.sleep(0.5)
                    times = [one_passage(wire, connection, power) for power in range(1, repeats + 1)]
                process.terminate()
    finally:
        wire.close()
    return sorted(times)


def one_passage(wire: Wire, connection: socket.socket, power: int) -> float:
    telegram = kamstrup_list_1(power_import=power)
    wire.say(telegram[:-2])
    time.sleep(0.02)
    wire.say(telegram[-2:])
    begun = time.perf_counter()
    while int.from_bytes(read_holding_registers(connection, 1, 0, 2), "big") != power:
        pass
    return time.perf_counter() - begun


def bare_start() -> float:
    """Seconds that an interpreter takes to import asyncio and end."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import asyncio; asyncio.run(asyncio.sleep(0))"], check=True)
    return time.perf_counter() - begun


def gateway_start(environment: Mapping[str, str] | None) -> tuple[float, int]:
    """Seconds from the process's start to its first Modbus answer, and its resident octets once the page is served."""
    port, page = free_ports(2)
    with tempfile.TemporaryDirectory() as state:
        command = [
            sys.executable, "-m", "han2x", "run", "--simulate", "--state-dir", state,
            "--modbus", f"127.0.0.1:{port}", "--web", f"127.0.0.1:{page}",
        ]  # fmt: skip
        begun = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        ) as process:
            taken = first_answer(port, begun)
            page_served(page)
            time.sleep(2)
            memory = resident(process.pid)
            process.terminate()
    return taken, memory


def first_answer(port: int, begun: float) -> float:
    while time.perf_counter() - begun < 30:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                read_holding_registers(connection, 1, FIRST_ANSWERED, 1)
                return time.perf_counter() - begun
        except ConnectionRefusedError:
            time.sleep(0.002)
    raise TimeoutError("the gateway did not answer within 30 s")


def page_served(port: int) -> None:
    """Wait until a browser gets in."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < 30:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        time.sleep(0.05)
    raise TimeoutError("the page was not served within 30 s")


def telegram_times(telegram: bytes, repeats: int = 2000) -> tuple[float, float, float]:
    """Seconds for decoding, for octets to rendered registers, and for a plain loop over the octets; medians."""
    now = 1.7e9
    decoder, meter = Decoder(), Meter(MeterConfig(serial_settings="2400 8N1"), lambda: now)
    decoding, whole, loop = [], [], []
    for _ in range(repeats):
        now += 10
        begun = time.perf_counter()
        decoder.feed(telegram)
        decoded = time.perf_counter()
        meter.feed(telegram)
        meter.read(0, COUNT)
        done = time.perf_counter()
        total = 0
        for octet in telegram:
            total += octet
        looped = time.perf_counter()
        decoding.append(decoded - begun)
        whole.append(done - decoded)
        loop.append(looped - done)
    return statistics.median(decoding), statistics.median(whole), statistics.median(loop)


def at(times: list[float], share: float) -> float:
    return times[min(int(share * len(times)), len(times) - 1)]


if __name__ == "__main__":
    os.environ.pop("HAN2X_SETTINGS", None)
    main()
