"""How fast the Modbus server is, beside others: `python -m benchmarks.modbus [--rounds N] [--seconds S]`.

`--only NAME` measures only that server; `--beside DIRECTORY` measures the whole gateway of another checkout too.

All servers run at once, each on its port and all on one core; the load generator has the other core and asks one after
the other, in rounds, so that whatever else the machine does meets all of them. Ratios are taken within each round. As
root both run in real time, so that other programs hardly disturb; keep such runs short on a machine that others use.
Needs gcc; libmodbus is measured where libmodbus-dev is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.processes import threads_cpu_s
from han2x.cli.run import loop_factory
from tests.ports import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONNECTIONS = (1, 10, 100)
REGISTERS = (2, 50)
OURS = "han2x"
GATEWAY = "whole gateway"
READ_ALL = bytes.fromhex("0001 0000 0006 01 03 0000 0032")
GOALS = {"pymodbus": 5.0, "libmodbus in C": 1.0, "epoll echo in C": 0.7}
"""What ours must reach against each, with 10 connections that read 50 registers."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int
    same_words: bool
    """Whether its registers hold what the load generator checks, rather than a meter's values."""

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used."""
        return threads_cpu_s(self.pid)


@dataclass(frozen=True)
class Result:
    """One run of the load generator against one server."""

    per_second: float
    p50_us: float
    p99_us: float
    cpu_us: float


def compiled(name: str, into: Path, *options: str) -> list[str]:
    """Compile a C program of this folder; the command that runs it."""
    program = into / name
    subprocess.run(["gcc", "-O2", "-o", program, HERE / f"{name}.c", *options], check=True)
    return [str(program)]


def commands(into: Path) -> dict[str, list[str]]:
    """The commands of the servers that can run here; a port is to be added."""
    python = [sys.executable, "-m", "benchmarks.modbus.servers"]
    found = {OURS: [*python, "han2x"]}
    if loop_factory():
        found["han2x, asyncio"] = [*python, "han2x-asyncio"]
    found[GATEWAY] = [*python, "gateway"]
    found |= {"pymodbus": [*python, "pymodbus"], "asyncio, bare": [*python, "asyncio"]}
    if (
        shutil.which("pkg-config")
        and subprocess.run(["pkg-config", "--exists", "libmodbus"], check=False).returncode == 0
    ):
        options = subprocess.check_output(["pkg-config", "--cflags", "--libs", "libmodbus"], text=True).split()
        found["libmodbus in C"] = compiled("libmodbus", into, *options)
    found["epoll echo in C"] = compiled("echo", into)
    return found


def on_core(core: int, *, real_time: bool) -> None:
    """Keep this process on one core, and before all others there where that is wanted and permitted."""
    os.sched_setaffinity(0, {core})
    if real_time:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@contextmanager
def running(
    name: str, command: list[str], core: int, *, real_time: bool = True, checkout: Path = ROOT
) -> Iterator[Server]:
    """Run a server on one core until the end; `checkout` is whose code it runs."""
    port = free_port()
    with subprocess.Popen(
        [*command, str(port)], cwd=checkout, preexec_fn=lambda: on_core(core, real_time=real_time)
    ) as process:
        try:
            _wait_for(port)
            yield Server(name, port, process.pid, same_words="gateway" not in command)
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    """Wait until registers are answered, for which the whole gateway needs a telegram."""
    for _ in range(3000):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(READ_ALL)
            if len(server.recv(300)) > 9:
                return
        time.sleep(0.01)
    raise SystemExit(f"no registers are answered on port {port}")


def loaded(load: list[str], server: Server, connections: int, registers: int, seconds: float, core: int) -> Result:
    """Put load on a server.

    Raises:
        SystemExit: an answer was wrong.
    """
    before = server.cpu_s()
    told = subprocess.check_output(
        [*load, str(server.port), str(connections), str(registers), str(seconds / 4), str(seconds)]
        + ([] if server.same_words else ["any"]),
        preexec_fn=lambda: on_core(core, real_time=True),
    )
    result = json.loads(told)
    if result["wrong"]:
        raise SystemExit(f"{server.name}: {result['wrong']} wrong answers")
    cpu_us = (server.cpu_s() - before) / result["all"] * 1e6
    return Result(result["per_second"], result["p50_us"], result["p99_us"], cpu_us)


def table(cell: str, results: dict[str, list[Result]]) -> None:
    """Print what a cell of the measurement gave, as medians of the rounds; ratios are those of the first server."""
    name, first = next(iter(results.items()))
    print(f"\n{cell}\n{'':18}{'requests/s':>12}{'p50 µs':>9}{'p99 µs':>9}{'CPU µs/request':>16}   {name} is, p99")
    for name, rounds in results.items():
        ratio = median(ours.per_second / other.per_second for ours, other in zip(first, rounds, strict=True))
        p99 = median(ours.p99_us / other.p99_us for ours, other in zip(first, rounds, strict=True))
        print(
            f"{name:18}{median(one.per_second for one in rounds):12.0f}{median(one.p50_us for one in rounds):9.1f}"
            f"{median(one.p99_us for one in rounds):9.1f}{median(one.cpu_us for one in rounds):16.2f}"
            f"{ratio:11.2f}×{p99:6.2f}×"
        )


def verdict(results: dict[str, list[Result]]) -> bool:
    """Print whether the goals are reached."""
    reached = True
    print()
    for other, goal in GOALS.items():
        if other not in results:
            continue
        pairs = zip(results[OURS], results[other], strict=True)
        ratio = median(ours.per_second / theirs.per_second for ours, theirs in pairs)
        print(f"{OURS}: {ratio:.2f} × {other}, goal {goal}: {'reached' if ratio >= goal else 'MISSED'}")
        reached &= ratio >= goal
    if "libmodbus in C" in results:
        pairs = zip(results[OURS], results["libmodbus in C"], strict=True)
        ratio = median(ours.p99_us / theirs.p99_us for ours, theirs in pairs)
        print(f"{OURS}: p99 {ratio:.2f} × libmodbus, goal at most 1: {'reached' if ratio <= 1 else 'MISSED'}")
        reached &= ratio <= 1
    return reached


def main() -> int:
    """Measure, print, and tell by the exit status whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each run (%(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    parser.add_argument("--registers", type=int, nargs="+", default=REGISTERS)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="the servers to measure, as the table names them")
    parser.add_argument("--beside", type=Path, nargs="+", default=[], metavar="DIRECTORY", help="other checkouts")
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        into = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["TMPDIR"] = str(into)  # what the servers leave behind goes too
        load = compiled("load", into)
        found = commands(into)
        servers = [
            stack.enter_context(running(name, command, cores[0]))
            for name, command in found.items()
            if arguments.only is None or name in arguments.only
        ]
        servers += [
            stack.enter_context(running(f"of {other.name}", found[GATEWAY], cores[0], checkout=other.resolve()))
            for other in arguments.beside
        ]
        reached = True
        for connections in arguments.connections:
            for registers in arguments.registers:
                results: dict[str, list[Result]] = {server.name: [] for server in servers}
                for _ in range(arguments.rounds):
                    for server in servers:
                        results[server.name].append(
                            loaded(load, server, connections, registers, arguments.seconds, cores[-1])
                        )
                table(f"{connections} connections, {registers} registers", results)
                if OURS in results and (connections, registers) == (10, 50):
                    reached = verdict(results)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
