"""The parts of `benchmarks/fleet.py`: gateways, a Prometheus and a broker as processes of their own."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from benchmarks.processes import cpu_s, resident
from han2x.app.gateway_id import NAME
from han2x.modbus_client import ModbusError, read_holding_registers
from han2x.store import Store
from tests.ports import free_port, free_ports

WAIT_S: Final = 180.0
THERE: Final = 42
BEYOND: Final = 9000
"""A PDU address where no register is: asking for it makes an exception, for the dashboard to show."""


def fetch(url: str, **headers: str) -> bytes:
    """What is there."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:  # noqa: S310 - our own
        content: bytes = answer.read()
        return content


def until(condition: Callable[[], object], wanted: str) -> None:
    """Wait for another process."""
    began = time.monotonic()
    while not _holds(condition):
        if time.monotonic() > began + WAIT_S:
            raise TimeoutError(f"waited in vain for {wanted}")
        time.sleep(0.2)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except (OSError, urllib.error.URLError, ModbusError):
        return False


class Gateway:
    """One gateway, with an id and a meter's name of its own: those of one computer would have the same id."""

    def __init__(self, folder: Path, number: int, broker: int | None) -> None:
        self.id = f"{0xF1EE7_0000000 + number:012x}"
        self.name = f"Hus {number}"
        self._modbus, web = free_ports(2)
        self.address = f"127.0.0.1:{web}"
        folder.mkdir()
        Store(folder).save(NAME, {"id": self.id})
        mqtt = f'[mqtt]\nbroker = "127.0.0.1:{broker}"\nuser = "{self.id}"\npassword = "{self.id}"\n' if broker else ""
        (folder / "settings.toml").write_text(f'{mqtt}[[meters]]\nname = "{self.name}"\n')
        self._client: socket.socket | None = None
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "han2x", "run", "--settings", str(folder / "settings.toml"), "--state-dir",
             str(folder), "--modbus", f"127.0.0.1:{self._modbus}", "--web", self.address, "--simulate", "kamstrup"],
            stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def wait_until_served(self) -> None:
        """Wait until it can be scraped."""
        until(lambda: fetch(f"http://{self.address}/healthz"), f"{self.name} to be served")

    def wait_until_heard(self) -> None:
        """Wait until its meter has spoken."""
        until(lambda: b"han2x_net_power_watts" in fetch(f"http://{self.address}/metrics"), f"{self.name} to be heard")

    def ask_modbus(self) -> None:
        """Read as a client does, once where there is something and once where there is nothing."""
        if self._client is None:
            self._client = socket.create_connection(("127.0.0.1", self._modbus), 10)
        read_holding_registers(self._client, 1, THERE, 2)
        with suppress(ModbusError):
            read_holding_registers(self._client, 1, BEYOND, 1)

    def scrape_octets(self) -> tuple[int, int]:
        """How many a scrape has, plain and packed."""
        url = f"http://{self.address}/metrics"
        return len(fetch(url, **{"Accept-Encoding": "identity"})), len(fetch(url, **{"Accept-Encoding": "gzip"}))

    def cpu_s(self) -> float:
        """Processor time it has used."""
        return cpu_s(self._process.pid)

    def memory_mb(self) -> float:
        """Memory that is its own or shared, in use."""
        return resident(self._process.pid) / 1e6

    def stop(self) -> None:
        """End it."""
        if self._client is not None:
            self._client.close()
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


class PrometheusServer:
    """Debian's Prometheus with the configuration of deploy/fleet, which it scrapes by more often."""

    def __init__(self, folder: Path, configuration: Path, scrape_s: int) -> None:
        self._own = folder / "prometheus"
        shutil.copytree(configuration, self._own, ignore=shutil.ignore_patterns("*.json", "token"))
        self.targets = self._own / "targets" / "gateways.json"
        at = f"127.0.0.1:{free_port()}"
        file = self._own / "prometheus.yml"
        text = file.read_text().replace("scrape_interval: 15s", f"scrape_interval: {scrape_s}s")
        text = text.replace("scrape_timeout: 10s", f"scrape_timeout: {scrape_s}s").replace("localhost:9090", at)
        file.write_text(text.replace("refresh_interval: 1m", "refresh_interval: 5s"))
        self._url = f"http://{at}"
        self._log = (self._own / "log").open("w")
        self._process = subprocess.Popen(
            ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={self._own / 'tsdb'}",
             f"--web.listen-address={at}", "--web.enable-admin-api"], stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def __enter__(self) -> Self:
        until(lambda: fetch(f"{self._url}/-/ready"), "Prometheus")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def wait_until_scraped(self, count: int) -> None:
        """Wait until every target has been."""
        until(lambda: self.values('sum(up{job="han2x"})') == [count], f"{count} gateways to be scraped")

    def values(self, query: str) -> list[float]:
        """The values of an instant query."""
        found = self._ask("query", query=query)["result"]
        return [float(each["value"][1]) for each in found]

    def one(self, query: str) -> float:
        """The one value of a query."""
        (value,) = self.values(query)
        return value

    def labels(self, label: str, series: str) -> Sequence[str]:
        """The values that a label has in these series."""
        found: list[str] = self._ask(f"label/{label}/values", **{"match[]": series})
        return found

    def block(self) -> tuple[int, int]:
        """Octets and samples of a block on the disk, as it is kept after two hours."""
        request = urllib.request.Request(f"{self._url}/api/v1/admin/tsdb/snapshot", method="POST")  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            snapshot = self._own / "tsdb" / "snapshots" / json.load(answer)["data"]["name"]
        octets = sum(file.stat().st_size for file in snapshot.rglob("*") if file.is_file())
        metas = [json.loads(file.read_text()) for file in snapshot.rglob("meta.json")]
        return octets, sum(meta["stats"]["numSamples"] for meta in metas)

    def _ask(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads(fetch(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"))["data"]


class Broker:
    """Debian's mosquitto with the configuration of deploy/fleet: a user for each gateway, and one who reads."""

    def __init__(self, folder: Path, fleet: Path, gateways: int) -> None:
        self.port = free_port()
        own = folder / "mosquitto"
        shutil.copytree(fleet / "mosquitto", own)
        (own / "data").mkdir()
        users = [*(f"{0xF1EE7_0000000 + number:012x}" for number in range(gateways)), "reader"]
        (own / "passwords").write_text("".join(f"{user}:{user}\n" for user in users))
        subprocess.run(["mosquitto_passwd", "-U", str(own / "passwords")], check=True)
        text = (
            (own / "mosquitto.conf").read_text().replace("listener 1883", f"user root\nlistener {self.port} 127.0.0.1")
        )
        text = text.replace("/mosquitto/config", str(own)).replace("/mosquitto/data", f"{own}/data")
        (own / "mosquitto.conf").write_text(text)
        self._log = (own / "log").open("w")
        self._process = subprocess.Popen(
            ["mosquitto", "-c", str(own / "mosquitto.conf")], stdout=self._log, stderr=subprocess.STDOUT
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def check(self, ids: Sequence[str], seconds: int = 60) -> list[str]:
        """What is wrong with the topics; prints how many messages there are."""
        listen = ["mosquitto_sub", "-p", str(self.port), "-u", "reader", "-P", "reader", "-t", "han2x/#",
                  "-F", "%t %l", "-W", str(seconds)]  # fmt: skip
        heard = [line.rsplit(" ", 1) for line in _lines(listen)]
        of = {topic.split("/")[1] for topic, _ in heard}
        octets = sum(int(size) + len(topic) for topic, size in heard)
        print(f"MQTT messages a second         {len(heard) / seconds:.2f} of {len(ids)} gateways")
        print(f"octets of a message            {octets / max(1, len(heard)):.0f} with its topic")
        wrong = [f"{gateway} publishes nothing" for gateway in ids if gateway not in of]
        return wrong + self._check_forged(ids[0], ids[-1])

    def _check_forged(self, one: str, other: str) -> list[str]:
        """Have one gateway's user publish for another: only what is the other's own may be heard."""
        topic, at = f"han2x/{other}/forged", ["-p", str(self.port)]
        listen = ["mosquitto_sub", *at, "-u", "reader", "-P", "reader", "-t", topic, "-W", "5"]
        with subprocess.Popen(listen, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as listening:
            time.sleep(2)
            for who in (one, other):
                subprocess.run(["mosquitto_pub", *at, "-u", who, "-P", who, "-t", topic, "-m", who], check=True)
            heard, _ = listening.communicate()
        return [] if heard.split() == [other] else [f"the broker lets {one} speak for {other}: {heard}"]


def dashboard_queries(file: Path) -> list[str]:
    """Every query of a dashboard's panels."""
    panels: list[Mapping[str, Any]] = json.loads(file.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def with_variables(query: str, rate: str, time_range: str) -> str:
    """A query as Grafana sends it where all gateways and meters are chosen."""
    known = {"gateway": ".*", "meter": ".*", "__rate_interval": rate, "__range": time_range}
    return re.sub(r"\$(\w+)", lambda found: known[found[1]], query)


def _lines(command: Sequence[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
