"""What Prometheus takes for very many gateways: `python -m benchmarks.fleet_scale [--gateways 1000] [--seconds 90]`.

One small server says for each of them what a gateway with one meter says, so that this computer need not run them all;
the configuration is that of deploy/fleet. `benchmarks/fleet.py` has the real ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from benchmarks.fleet import FLEET
from benchmarks.fleet_disk import scrapes
from benchmarks.fleet_parts import PrometheusServer

EVERY_S: Final = 15
HEAD: Final = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n"
RESIDENT: Final = 'process_resident_memory_bytes{job="prometheus"}'
CPU: Final = 'rate(process_cpu_seconds_total{job="prometheus"}[1m])'
SERIES: Final = "prometheus_tsdb_head_series"


class Gateways(asyncio.Protocol):
    """Answers each request of a connection with the scrape of the moment."""

    def __init__(self, answers: Sequence[bytes], began: float) -> None:
        self._answers, self._began = answers, began
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        *whole, self._asked = (self._asked + data).split(b"\r\n\r\n")
        body = self._answers[int((time.monotonic() - self._began) / EVERY_S) % len(self._answers)]
        for _ in whole:
            self._transport.write(HEAD.format(len(body)).encode() + body)


async def measure(count: int, seconds: float, folder: Path) -> None:
    """Have Prometheus scrape them, and print what it took."""
    answers, began = [answer for _, answer in scrapes(0.5, EVERY_S)], time.monotonic()
    server = await asyncio.get_running_loop().create_server(lambda: Gateways(answers, began), "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    # 127.0.0.0/8 is all this computer's: a host for each gateway.
    hosts = [f"127.0.{1 + number // 250}.{1 + number % 250}:{port}" for number in range(count)]
    with PrometheusServer(folder, FLEET / "prometheus", EVERY_S) as prometheus:
        await asyncio.sleep(2 * EVERY_S)
        before = await asyncio.to_thread(prometheus.one, RESIDENT), await asyncio.to_thread(prometheus.one, SERIES)
        entries = [{"targets": [host], "labels": {"gateway": f"{place:012x}"}} for place, host in enumerate(hosts)]
        prometheus.targets.write_text(json.dumps(entries))
        await asyncio.to_thread(prometheus.wait_until_scraped, count)
        await asyncio.sleep(seconds)
        after = await asyncio.to_thread(prometheus.one, RESIDENT), await asyncio.to_thread(prometheus.one, SERIES)
        cpu = await asyncio.to_thread(prometheus.one, CPU)
    server.close()
    series = after[1] - before[1]
    samples = series / EVERY_S
    print(f"gateways {count}, series {series:.0f}, samples a second {samples:.0f}")
    print(f"memory {after[0] / 1e6:.0f} MB, {(after[0] - before[0]) / series / 1000:.1f} kB a series")
    print(f"processor {100 * cpu:.1f} % of a core, {1e6 * cpu / samples:.1f} µs a sample")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description="What Prometheus takes for very many gateways.")
    parser.add_argument("--gateways", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=90)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="han2x-fleet-") as folder:
        asyncio.run(measure(arguments.gateways, arguments.seconds, Path(folder)))


if __name__ == "__main__":
    main()
