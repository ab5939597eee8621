"""The installed gateway on a machine, as its owner and as a Modbus client see it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.system.machine import Machine

UNIT: Final = "han2x.service"
ROOT: Final = Path(__file__).parents[2]
_READ: Final = (
    f"import socket, sys; sys.path.insert(0, {str(ROOT)!r}); from han2x.modbus_client import *; "
    "print(read_holding_registers(socket.create_connection(('127.0.0.1', 502), 20), 1, int(sys.argv[1]), 2).hex())"
)
_WRITE: Final = (
    "import socket, sys; s = socket.create_connection(('127.0.0.1', 502), 20); "
    "s.sendall(bytes.fromhex('00010000000b01100030000204') + int(sys.argv[1]).to_bytes(4, 'big')); "
    "print(s.recv(100).hex())"
)


class Appliance:
    """A machine with han2x, or about to have it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.run = machine.run
        self.output = machine.output
        self.wait_until = machine.wait_until

    def install(self, source: str = "") -> str:
        """Install a version, this one if none is named; answers what was said."""
        return self.output(f"HAN2X_WHEELS=/packages /src/systemd/install {source} 2>&1")

    def try_to_install(self, source: str) -> str:
        """Install what cannot be installed; answers what was said."""
        done = self.run(f"HAN2X_WHEELS=/packages /src/systemd/install {source} 2>&1", check=False)
        assert done.returncode != 0
        return done.stdout

    def property(self, name: str) -> str:
        """A property of the service, as `systemctl show` has it."""
        return self.output(f"systemctl show --value --property={name} {UNIT}")

    def pid(self) -> int:
        """The service's process, as the machine numbers it; 0 for none."""
        return int(self.property("MainPID"))

    def serves(self) -> bool:
        """Whether a Modbus client gets an answer on port 502."""
        return self.ask("48").returncode == 0

    def ask(self, address: str) -> Answer:
        """Read a 32-bit value by PDU address, as a client outside the service."""
        done = self.machine.on_its_network(sys.executable, "-c", _READ, address)
        return Answer(done.returncode, done.stdout.strip(), done.stderr)

    def write_factor(self, factor: int) -> None:
        """Write the scaling factor by function code 16."""
        done = self.machine.on_its_network(sys.executable, "-c", _WRITE, str(factor))
        assert done.stdout.strip().endswith("100030" + "0002"), done

    def edit_settings(self, text: str) -> None:
        """Let the owner write the settings file."""
        self.put("/var/lib/han2x/settings.toml", text)
        self.run("chown han2x: /var/lib/han2x/settings.toml")

    def put(self, path: str, text: str) -> None:
        """Write a file."""
        self.run(f"cat > {path} <<'END-OF-FILE'\n{text}\nEND-OF-FILE")

    def override(self, lines: str) -> None:
        """Let the owner change the unit, as `systemctl edit` would; "" undoes it."""
        folder = f"/etc/systemd/system/{UNIT}.d"
        self.run(f"rm -rf {folder}; mkdir {folder}")
        self.put(f"{folder}/test.conf", f"[Service]\n{lines}")
        self.run("systemctl daemon-reload")

    @contextmanager
    def read_only_root(self, *but: str) -> Iterator[None]:
        """Let no file of the machine be written, but in the directories that are named and in memory.

        The journal is kept in memory meanwhile.
        """
        self.run("journalctl --relinquish-var")
        for place in but:
            self.run(f"mount --bind {place} {place}")
        self.run("mount -o remount,bind,ro /")
        try:
            yield
        finally:
            self.run("mount -o remount,bind,rw /")
            self.run("systemctl stop han2x")
            for place in but:
                self.run(f"umount {place}")
            self.run("journalctl --flush; systemctl start han2x")

    @contextmanager
    def full_disk(self, place: str) -> Iterator[None]:
        """Let the directory be on a disk of its own, with what it has and no room for more."""
        self.run(f"""
            mkdir /run/full && mount -t tmpfs -o size=256k tmpfs /run/full && cp -a {place}/. /run/full
            chown --reference={place} /run/full; chmod --reference={place} /run/full
            mount --bind /run/full {place}; cat /dev/zero > /run/full/fill || true""")
        try:
            yield
        finally:
            self.run(f"systemctl stop han2x; umount {place} /run/full; rmdir /run/full; systemctl start han2x")

    def now(self) -> str:
        """The machine's time, for `journal`."""
        return self.output("date +@%s.%N")

    def journal(self, since: str = "-1h") -> str:
        """What the service logged."""
        return self.output(f"journalctl --sync; journalctl --no-pager --output=cat --unit={UNIT} --since={since}")


class Answer:
    """What a Modbus client got."""

    def __init__(self, returncode: int, text: str, error: str) -> None:
        self.returncode = returncode
        self.text = text
        self.error = error

    @property
    def value(self) -> int:
        """The 32-bit value; fails with the client's error when there is none."""
        assert self.returncode == 0, self.error
        return int(self.text, 16)
