"""The gateway as a user starts it: `python -m han2x run` as a process of its own, on free ports of 127.0.0.1."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyModbusTCP.client import ModbusClient

START_S = 60.0


class Gateway:
    """A running gateway: where it listens, what it says, and an independent Modbus client to ask it with."""

    def __init__(
        self,
        state_dir: Path,
        *arguments: str,
        modbus: str | None = "127.0.0.1:0",
        web: str | None = "127.0.0.1:0",
        announced: bool = True,
    ) -> None:
        """Without `announced` it is not waited for, as where its settings may serve it anywhere or nowhere."""
        command = [
            sys.executable, "-m", "han2x", "run", "--state-dir", str(state_dir),
            *(("--modbus", modbus) if modbus else ()), *(("--web", web) if web else ()), *arguments,
        ]  # fmt: skip
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HAN2X")}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.said: list[str] = []
        self._unread: list[str] = []
        self._told = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        if not announced:
            return
        try:
            self.modbus_port = int(self._take(r"^Modbus TCP +127\.0\.0\.1:(\d+)", START_S, skip=False))
            self.web_url = self._take(r"^Web page +(https?://\S+)", START_S, skip=False)
        except BaseException:
            self.kill()
            raise
        self.client = self.client_of(1)

    def client_of(self, unit: int) -> ModbusClient:
        """An independent Modbus client, with a connection of its own, of this unit id."""
        return ModbusClient(host="127.0.0.1", port=self.modbus_port, unit_id=unit, timeout=5.0)

    def wait_for(self, pattern: str, seconds: float = START_S) -> str:
        """Wait for a line that matches, and answer its first group, or all that matched.

        The next call looks only at what was said after it.
        """
        return self._take(pattern, seconds, skip=True)

    def read(self, number: int, count: int = 2) -> list[int] | None:
        """Read holding registers by their 4xxxx number; None when the gateway answers with an exception."""
        words: list[int] | None = self.client.read_holding_registers(number - 40001, count)
        return words

    def read_value(self, number: int) -> int | None:
        """Read a 32-bit value by its 4xxxx number."""
        words = self.read(number)
        return None if words is None else words[0] << 16 | words[1]

    def live(self) -> dict[str, Any]:
        """What the page shows."""
        with urllib.request.urlopen(f"{self.web_url}api/v1/live", timeout=10) as answer:  # noqa: S310 - our own
            document: dict[str, Any] = json.load(answer)
            return document

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and answer its exit status."""
        self.client.close()
        self.process.send_signal(sign)
        return self.process.wait(timeout=START_S)

    def kill(self) -> None:
        """End it without asking."""
        self.process.kill()
        self.process.wait()
        self._listener.join()
        if self.process.stdout:
            self.process.stdout.close()

    def _take(self, pattern: str, seconds: float, *, skip: bool) -> str:
        """The match; what was said before it is kept for others unless that is to be skipped."""
        with self._told:
            found = self._told.wait_for(lambda: any(re.search(pattern, line) for line in self._unread), seconds)
            assert found, f"nothing like {pattern!r} was said, only:\n{''.join(self.said)}"
            place, match = next(
                (place, match) for place, line in enumerate(self._unread) if (match := re.search(pattern, line))
            )
            del self._unread[0 if skip else place : place + 1]
        return match[1] if match.groups() else match[0]

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            with self._told:
                self.said.append(line)
                self._unread.append(line)
                self._told.notify_all()


@contextmanager
def running_gateway(
    state_dir: Path, *arguments: str, modbus: str | None = "127.0.0.1:0", web: str | None = "127.0.0.1:0"
) -> Iterator[Gateway]:
    """A gateway that is gone when the block ends, however it ends. Without `modbus` or `web` its settings say where."""
    gateway = Gateway(state_dir, *arguments, modbus=modbus, web=web)
    try:
        yield gateway
    finally:
        gateway.client.close()
        gateway.kill()
