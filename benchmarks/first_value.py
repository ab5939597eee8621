"""How long from nothing to a first value, and how large it all is: python benchmarks/first_value.py [--deb FILE]

Clones this repository as it is committed, runs `make run`, which brings the Python packages from wherever pip has them,
and asks by Modbus until there is a voltage of the simulated meter. Then it is stopped and started once more. With a
Debian package its sizes are told too; how long that takes is what `make test-system` measures.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.processes import resident
from han2x.modbus_client import ModbusError, read_holding_registers
from tests.ports import free_port

ROOT: Final = Path(__file__).parents[1]
VOLTAGE: Final = 14
FACTOR: Final = 48
GIVEN_UP_S: Final = 900.0
SETTLED_S: Final = 30.0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deb", type=Path, metavar="FILE", help="a package that make deb built")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "han2x"
        begun = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", str(clone)], check=True)
        with running(clone, begun) as port:
            told("Clone to the first Modbus answer", until_answered(port, FACTOR) - begun)
            told("Clone to the first value", until_answered(port, VOLTAGE) - begun)
        begun = time.monotonic()
        with running(clone, begun) as port:
            told("The next start to the first Modbus answer", until_answered(port, FACTOR) - begun)
            told("The next start to the first value", until_answered(port, VOLTAGE) - begun)
            time.sleep(SETTLED_S)
            print(f"Resident memory of make run, page and HTTPS served: {resident(gateway_in(clone)) / 1e6:.0f} MB")
        print(f"The clone without its history: {size(clone, '.git', '.venv'):.1f} MB")
        print(f"Its .venv: {size(clone / '.venv'):.0f} MB")
    if arguments.deb:
        print(f"The Debian package: {arguments.deb.stat().st_size / 1e6:.1f} MB")
        fields = subprocess.run(
            ["dpkg-deb", "--field", str(arguments.deb), "Installed-Size"], check=True, capture_output=True, text=True
        )
        print(f"The Debian package, installed: {int(fields.stdout) * 1024 / 1e6:.0f} MB")


@contextmanager
def running(clone: Path, begun: float) -> Iterator[int]:
    """`make run` in that folder, until the block ends; the port of Modbus."""
    port = free_port()
    places = f"--modbus 127.0.0.1:{port} --web 127.0.0.1:{free_port()} --https 127.0.0.1:{free_port()}"
    with (clone.parent / "said").open("w") as said:
        process = subprocess.Popen(
            ["make", "--silent", "run", f"ARGS={places}"], cwd=clone, stdout=said, stderr=said, start_new_session=True
        )
        try:
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def until_answered(port: int, address: int) -> float:
    """When two registers could be read first: there is a value then, and no exception in its place."""
    deadline = time.monotonic() + GIVEN_UP_S
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 5.0) as connection:
                read_holding_registers(connection, 1, address, 2)
                return time.monotonic()
        except (OSError, ModbusError):
            time.sleep(0.02)
    raise SystemExit("There was no answer.")


def gateway_in(clone: Path) -> int:
    """The process of the gateway in that folder."""
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if "run" in command and "han2x" in command and (folder / "cwd").resolve() == clone:
                return int(folder.name)
    raise SystemExit("The gateway is not there.")


def size(folder: Path, *but: str) -> float:
    """What the files of a folder hold, in MB."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.relative_to(folder).parts[0] not in but) / 1e6


def told(what: str, seconds: float) -> None:
    """Print a time."""
    print(f"{what}: {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
