"""Does Modbus feel the page? `python benchmarks/page_load.py [--seconds 10]`

One Modbus client polls all registers while nothing else happens, while browsers load the page and follow it, while a
page asks for the history and a year is exported again and again, and while an upload of 20 MB is refused again and
again. There are ten years of history. Prints its answer times, and how they compare with those of the quiet gateway
just before.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.gateway import at, first_answer
from han2x.modbus_client import read_holding_registers
from tests.history_file.made import ten_years
from tests.ports import free_port

POLL_S = 0.005
BROWSERS = 4
FOLLOWERS = 10
UPLOAD = 20 * 1024 * 1024

Load = Callable[[int, Event], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    modbus, page = free_port(), free_port()
    with tempfile.TemporaryDirectory() as state:
        ten_years(Path(state), int(time.time()))
        command = [
            sys.executable, "-m", "han2x", "run", "--simulate", "--state-dir", state,
            "--modbus", f"127.0.0.1:{modbus}", "--web", f"127.0.0.1:{page}",
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as gateway:
            first_answer(modbus, time.perf_counter())
            time.sleep(20)  # until there is a telegram
            for name, loads in (
                ("quiet", []),
                ("a page asks for the history each second", [ask_history]),
                ("the same, and a year is exported again and again", [ask_history, export]),
                (f"{BROWSERS} browsers load the page without a pause", [browse] * BROWSERS),
                (f"{FOLLOWERS} browsers follow the live values", [follow] * FOLLOWERS),
                ("an upload of 20 MB is refused, again and again", [upload]),
            ):
                quiet = at(polled(modbus, page, seconds, []), 0.99)
                times = polled(modbus, page, seconds, loads)
                p50, p99 = at(times, 0.5), at(times, 0.99)
                print(f"{name:48} median {p50 * 1e3:6.2f} ms, p99 {p99 * 1e3:6.2f} ms ({p99 / quiet:4.1f} × quiet)")
            gateway.terminate()


def polled(modbus: int, page: int, seconds: float, loads: Sequence[Load]) -> list[float]:
    """Answer times of the Modbus client while the loads are on; sorted."""
    stop = multiprocessing.Event()
    processes = [multiprocessing.Process(target=load, args=(page, stop), daemon=True) for load in loads]
    for process in processes:
        process.start()
    time.sleep(1 if loads else 0)
    times, until = [], time.perf_counter() + seconds
    with socket.create_connection(("127.0.0.1", modbus), 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < until:
            begun = time.perf_counter()
            read_holding_registers(connection, 1, 0, 50)
            times.append(time.perf_counter() - begun)
            time.sleep(POLL_S)
    stop.set()
    for process in processes:
        process.join(5)
        process.kill()
    return sorted(times)


def browse(page: int, stop: Event) -> None:
    """Load the page and its data as fast as they come."""
    connection = http.client.HTTPConnection("127.0.0.1", page, timeout=10)
    while not stop.is_set():
        for path in ("/", "/app.js", "/api/v1/live", "/api/v1/history?unit=1&hours=24"):
            connection.request("GET", path)
            connection.getresponse().read()


def ask_history(page: int, stop: Event) -> None:
    """Ask for what an energy page shows."""
    now = int(time.time())
    while not stop.is_set():
        for asked in (
            "resolution=minute",
            "resolution=day",
            "resolution=month",
            f"resolution=hour&begin={now - 31536000}",
        ):
            _get(page, f"/api/v1/history?{asked}")
        time.sleep(1)


def export(page: int, stop: Event) -> None:
    """Export a year of hours, and what there is of minutes, again and again."""
    year = int(time.time()) - 31536000
    while not stop.is_set():
        _get(page, f"/api/v1/history/export?begin={year}")
        _get(page, "/api/v1/history/export?resolution=minute")


def _get(page: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", page, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    octets = len(answer.read())
    assert answer.status == 200, f"{path}: {answer.status}"
    assert octets > 1000, f"{path}: {octets}"
    connection.close()


def follow(page: int, stop: Event) -> None:
    """Follow the live values."""
    connection = http.client.HTTPConnection("127.0.0.1", page, timeout=10)
    connection.request("GET", "/api/v1/events")
    answer = connection.getresponse()
    while not stop.is_set():
        answer.readline()


def upload(page: int, stop: Event) -> None:
    """Send what is refused."""
    content = bytes(64 * 1024)
    head = (
        f"POST /api/v1/restore HTTP/1.1\r\nHost: 127.0.0.1:{page}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {UPLOAD}\r\n\r\n"
    )
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", page), 5) as connection:
            connection.sendall(head.encode())
            for _ in range(UPLOAD // len(content)):
                connection.sendall(content)


if __name__ == "__main__":
    main()
