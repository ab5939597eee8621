"""What a gateway's series take on a Prometheus's disk: `python -m benchmarks.fleet_disk [--hours 6] [--every 15]`.

A simulated meter speaks to the gateway's own `Meter` for hours of its clock; what would be scraped meanwhile is given
to `promtool tsdb create-blocks-from`, which writes the blocks that Prometheus would. So the figure has the meter's real
noise in it, and hours need not be waited for.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from han2x.api.modbus import Modbus
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.metrics import Exposition, GatewayFacts, add_gateway, add_meter
from han2x.model import PushList
from han2x.simulator import SimulatedMeter
from tests.web.fake_control import SERVER

START: Final = datetime(2026, 7, 4, 11, 58, 53, tzinfo=UTC)
WARM_UP_S: Final = 120


def scrapes(hours: float, every_s: float) -> Iterator[tuple[float, bytes]]:
    """What a gateway with one Kamstrup meter and one Modbus client says, and when."""
    began = START.timestamp()
    now, due = began, began + WARM_UP_S
    meter = Meter(MeterConfig(serial_settings="2400 8N1", name="Hus 1"), lambda: now)
    simulated = SimulatedMeter("kamstrup", start=START.replace(tzinfo=None))
    for second, octets in simulated.frames_between(0, hours * 3600):
        while due < began + second:
            now = due
            yield now, scrape(meter, now - began)
            due += every_s
        now = began + second
        meter.feed(octets)


def scrape(meter: Meter, uptime_s: float) -> bytes:
    """One answer."""
    told = Exposition()
    asked = int(uptime_s)
    server = msgspec.structs.replace(
        SERVER, functions={"3": asked}, octets_in=12 * asked, octets_out=109 * asked, exceptions={}
    )
    facts = GatewayFacts("0.1.0", "0123456789ab", round(uptime_s, 3), round(0.006 * uptime_s, 2), 58_000_000, 48.3)
    add_gateway(told, facts, Modbus(**msgspec.structs.asdict(server), tls=None), ())
    add_meter(told, meter, {PushList.LIST_1: meter.state.readings})
    return told.text()


def open_metrics(text: bytes, at: float) -> Iterator[str]:
    """The samples with their moment, as promtool reads them."""
    for line in text.decode().splitlines():
        if line and not line.startswith("#"):
            yield f"{line} {at:.3f}\n"


def main() -> None:
    """Write, and weigh."""
    parser = argparse.ArgumentParser(description="What a gateway's series take on a Prometheus's disk.")
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--every", type=float, default=15, help="seconds between two scrapes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="han2x-fleet-") as folder:
        text, blocks = Path(folder, "scrapes.txt"), Path(folder, "blocks")
        with text.open("w") as file:
            for at, answer in scrapes(arguments.hours, arguments.every):
                file.writelines(open_metrics(answer, at))
            file.write("# EOF\n")
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(blocks)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        metas = [json.loads(each.read_text())["stats"] for each in blocks.rglob("meta.json")]
        samples = sum(meta["numSamples"] for meta in metas)
        chunks = sum(each.stat().st_size for each in blocks.rglob("chunks/*"))
        index = sum(each.stat().st_size for each in blocks.rglob("index"))
        print(f"{samples} samples in {len(metas)} blocks, {max(meta['numSeries'] for meta in metas)} series")
        print(f"octets a sample: {chunks / samples:.2f} of chunks, {index / samples:.2f} of index")


if __name__ == "__main__":
    main()
