"""Debian's mosquitto as the broker of a test, and a client of it that hears everything."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from han2x.modbus_server.certificates import new_authority, new_client, new_server
from tests.ports import free_port
from tests.tools import needed

PROGRAM = "mosquitto"
OPEN = ("allow_anonymous true",)


class Mosquitto:
    """A broker on a port of its own, with these lines of configuration. It keeps what is retained in memory only."""

    def __init__(self, folder: Path, *lines: str, port: int | None = None) -> None:
        needed(PROGRAM)
        self.port = port or free_port()
        self._configuration = folder / f"mosquitto-{self.port}.conf"
        text = [f"listener {self.port} 127.0.0.1", "user root", "persistence false", *(lines or OPEN), ""]
        self._configuration.write_text("\n".join(text))
        self.start()

    def start(self) -> None:
        """Begin, and be reachable."""
        self.process = subprocess.Popen(
            [needed(PROGRAM), "-c", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                assert self.process.poll() is None, "mosquitto does not take its configuration"
                time.sleep(0.02)
            else:
                return

    def signal(self, sign: signal.Signals) -> None:
        """Stop it (SIGSTOP), let it go on (SIGCONT), have it read its files again (SIGHUP)."""
        self.process.send_signal(sign)

    def kill(self) -> None:
        """End it without asking."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_broker(folder: Path, *lines: str, port: int | None = None) -> Iterator[Mosquitto]:
    """A broker that is gone when the block ends."""
    broker = Mosquitto(folder, *lines, port=port)
    try:
        yield broker
    finally:
        broker.kill()


class Listener:
    """A client that hears all that is published: `last` by topic, and `retained` what the broker had when it came."""

    def __init__(self, port: int, user: str = "", password: str = "") -> None:
        self.heard: list[tuple[str, str]] = []
        self.last: dict[str, str] = {}
        self.retained: dict[str, str] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if user:
            self._client.username_pw_set(user, password)
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *_: client.subscribe("#")
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def document(self, topic: str) -> dict[str, Any]:
        """The last message there."""
        found: dict[str, Any] = json.loads(self.last.get(topic, "{}"))
        return found

    def count(self, topic: str) -> int:
        """How many messages have come there."""
        return sum(each == topic for each, _ in self.heard)

    def _on_message(self, _client: object, _user: object, message: paho.MQTTMessage) -> None:
        payload = message.payload.decode()
        self.heard.append((message.topic, payload))
        self.last[message.topic] = payload
        if message.retain:
            self.retained[message.topic] = payload


@contextmanager
def listening(broker: Mosquitto, user: str = "", password: str = "") -> Iterator[Listener]:
    """Such a client, gone when the block ends."""
    listener = Listener(broker.port, user, password)
    try:
        yield listener
    finally:
        listener.close()


def kept(broker: Mosquitto) -> dict[str, str]:
    """What the broker retains, as a client that comes now gets it."""
    with listening(broker) as listener:
        mark = f"test/{time.monotonic_ns()}"
        deadline = time.monotonic() + 20
        while mark not in listener.last:
            assert time.monotonic() < deadline
            listener.publish(mark, "end")
            time.sleep(0.05)
        return dict(listener.retained)


def password_file(folder: Path, **users: str) -> Path:
    """A file for `password_file`, with the passwords by their users."""
    tool = shutil.which("mosquitto_passwd") or needed("mosquitto_passwd")
    path = folder / "passwords"
    path.unlink(missing_ok=True)
    path.touch()
    for user, password in users.items():
        subprocess.run([tool, "-b", str(path), user, password], check=True, capture_output=True)
    return path


def certificates(folder: Path, host: str = "localhost") -> dict[str, Path]:
    """An authority, a broker's certificate and a client's, and another authority, as PEM files by their names."""
    now = datetime.now(UTC) - timedelta(hours=1)
    authority, other = new_authority("authority", now), new_authority("other", now)
    server, client = new_server(authority, [host], now), new_client(authority, "gateway", None, now)
    files = {
        "authority": authority.certificate_pem, "other": other.certificate_pem,
        "server": server.certificate_pem, "server_key": server.key_pem,
        "client": client.certificate_pem, "client_key": client.key_pem,
    }  # fmt: skip
    paths = {name: folder / f"{name}.pem" for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    return paths
