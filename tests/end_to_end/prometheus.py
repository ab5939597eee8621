"""Debian's Prometheus as a process of its own, and what it says to queries."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.ports import free_port
from tests.tools import needed

START_S: Final = 60.0
CONFIGURATION: Final = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: han2x
{more}
    static_configs:
      - targets: [{targets}]
"""


class Prometheus:
    """One that runs; blocks, so that an event loop asks it in a thread."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
        """What the API says."""
        with urllib.request.urlopen(  # noqa: S310 - our own
            f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10
        ) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        """The series of an instant query."""
        return [
            (series["metric"], float(series["value"][1])) for series in self.ask("query", query=expression)["result"]
        ]

    def value(self, expression: str) -> float | None:
        """The one value of an expression; None where there is none."""
        found = self.query(expression)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def targets(self) -> list[dict[str, Any]]:
        """The targets and how their last scrape went."""
        found: list[dict[str, Any]] = self.ask("targets", state="active")["activeTargets"]
        return found

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for what only another scrape brings about."""
        waited_from = time.monotonic()
        while not condition():
            assert time.monotonic() < waited_from + START_S, self.targets()
            time.sleep(0.1)


@contextmanager
def scraping(folder: Path, *targets: str, token: str = "") -> Iterator[Prometheus]:
    """A Prometheus that scrapes these every second, with a token where one is given."""
    more = f"    authorization: {{credentials: {token}}}" if token else ""
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(more=more, targets=", ".join(targets)))
    at = f"127.0.0.1:{free_port()}"
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [needed("prometheus"), f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'tsdb'}",
             f"--web.listen-address={at}"], stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    prometheus = Prometheus(f"http://{at}")
    try:
        _wait_until_ready(at, process, folder / "prometheus.log")
        yield prometheus
    finally:
        process.kill()
        process.wait(10)


def _wait_until_ready(at: str, process: subprocess.Popen[bytes], log: Path) -> None:
    waited_from = time.monotonic()
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < waited_from + START_S, log.read_text()
        try:
            with urllib.request.urlopen(f"http://{at}/-/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
