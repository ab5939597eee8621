"""Many gateways and one Prometheus: `python -m benchmarks.fleet [--gateways 20] [--seconds 120] [--broker]`.

Each gateway is the program in a process of its own, with a simulated meter, on ports of its own. `deploy/fleet/targets`
makes the list, and Debian's Prometheus scrapes with the configuration of deploy/fleet, only more often. Then every
gateway has to be there under its own id, no series may be of two, and every query of the dashboard has to return data.
With `--broker` the gateways publish to Debian's mosquitto, too, each to its own topics.

The exit status is 1 when something of that is not so. What it prints is what the sizing in deploy/fleet/README.md is
made of.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.fleet_parts import Broker, Gateway, PrometheusServer, dashboard_queries, with_variables

ROOT: Final = Path(__file__).parents[1]
FLEET: Final = ROOT / "deploy" / "fleet"
DASHBOARD: Final = FLEET / "grafana" / "dashboards" / "han2x.json"
SCRAPE_S: Final = 5
BATCH: Final = 4
"""How many gateways start at once."""
MEMORY: Final = 'process_resident_memory_bytes{job="prometheus"}'
PER_SECOND: Final = 'sum(scrape_samples_scraped{job="han2x"})'


def start(folder: Path, count: int, ending: ExitStack, broker: Broker | None) -> list[Gateway]:
    """So many gateways that have all heard their meter."""
    gateways: list[Gateway] = []
    for number in range(count):
        gateway = Gateway(folder / f"gateway-{number}", number, broker.port if broker else None)
        ending.callback(gateway.stop)
        gateways.append(gateway)
        if len(gateways) % BATCH == 0 or len(gateways) == count:
            for each in gateways[-BATCH:]:
                each.wait_until_served()
    for gateway in gateways:
        gateway.wait_until_heard()
    return gateways


def list_targets(file: Path, gateways: list[Gateway]) -> None:
    """Have the list made as an owner would."""
    hosts = [gateway.address for gateway in gateways]
    subprocess.run([sys.executable, str(FLEET / "targets"), "-o", str(file), *hosts], check=True)


def check_kept_apart(prometheus: PrometheusServer, gateways: list[Gateway]) -> list[str]:
    """What is wrong with the series: a gateway that is missing, or one that has another's."""
    wrong = []
    for gateway in gateways:
        who = f'gateway="{gateway.id}"'
        if prometheus.values(f"count(han2x_build_info{{{who}}}) by (gateway_id, instance)") != [1.0]:
            wrong.append(f"{gateway.id} is not there, or twice")
        if prometheus.values(f'han2x_build_info{{{who},gateway_id="{gateway.id}",instance="{gateway.address}"}}') != [
            1
        ]:
            wrong.append(f"{gateway.id} is not at {gateway.address}")
        if prometheus.values(f"max(count_over_time(han2x_net_power_watts{{{who}}}[10m]))") < [2.0]:
            wrong.append(f"{gateway.id} has not been scraped twice")
        names = set(prometheus.labels("name", f"han2x_meter_info{{{who}}}"))
        if names != {gateway.name}:
            wrong.append(f"{gateway.id} has the meters {names}")
    return wrong


def check_dashboard(prometheus: PrometheusServer) -> tuple[list[str], int]:
    """The queries that return nothing, and how many there are."""
    queries = dashboard_queries(DASHBOARD)
    return [query for query in queries if not prometheus.values(with_variables(query, "1m", "2m"))], len(queries)


def print_figures(prometheus: PrometheusServer, gateways: list[Gateway], seconds: float, cpu_before: float) -> None:
    """What one gateway costs, and what Prometheus takes for all of them."""
    one = prometheus.one
    samples = one('sum(scrape_samples_scraped{job="han2x"})')
    scrapes = one('max(max_over_time(scrape_duration_seconds{job="han2x"}[5m]))')
    mean = one('avg(avg_over_time(scrape_duration_seconds{job="han2x"}[5m]))')
    octets, packed = gateways[0].scrape_octets()
    print(f"gateways                       {len(gateways)}")
    print(f"series per gateway             {samples / len(gateways):.1f}")
    print(f"octets of a scrape             {octets} ({packed} packed)")
    print(f"duration of a scrape           {mean * 1000:.1f} ms mean, {scrapes * 1000:.1f} ms the longest")
    print(f"samples a second               {one(PER_SECOND) / SCRAPE_S:.0f} (a scrape each {SCRAPE_S} s)")
    print(f"Prometheus, memory             {one(MEMORY) / 1e6:.0f} MB")
    print(f"Prometheus, series in its head {one('prometheus_tsdb_head_series'):.0f}")
    block, in_block = prometheus.block()
    print(f"on the disk                    {block / in_block:.2f} octets a sample ({in_block} samples)")
    memory = [gateway.memory_mb() for gateway in gateways]
    cpu = (sum(gateway.cpu_s() for gateway in gateways) - cpu_before) / seconds / len(gateways)
    print(f"memory of a gateway            {sum(memory) / len(memory):.1f} MB mean, {max(memory):.1f} MB the most")
    print(f"processor of a gateway         {100 * cpu:.2f} % of a core, with its simulated meter")


def main() -> int:
    """Start, scrape, check, and print."""
    parser = argparse.ArgumentParser(description="Many gateways and one Prometheus.")
    parser.add_argument("--gateways", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120, help="how long they are scraped")
    parser.add_argument("--broker", action="store_true", help="and publish to mosquitto")
    arguments = parser.parse_args()
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="han2x-fleet-")))
        broker = ending.enter_context(Broker(folder, FLEET, arguments.gateways)) if arguments.broker else None
        gateways = start(folder, arguments.gateways, ending, broker)
        prometheus = ending.enter_context(PrometheusServer(folder, FLEET / "prometheus", SCRAPE_S))
        list_targets(prometheus.targets, gateways)
        prometheus.wait_until_scraped(len(gateways))
        began, cpu_before = time.monotonic(), sum(gateway.cpu_s() for gateway in gateways)
        while time.monotonic() < began + arguments.seconds:
            for gateway in gateways:
                gateway.ask_modbus()
            time.sleep(1)
        wrong = check_kept_apart(prometheus, gateways)
        empty, queries = check_dashboard(prometheus)
        wrong += [f"returns nothing: {query}" for query in empty]
        if broker is not None:
            wrong += broker.check([gateway.id for gateway in gateways])
        print_figures(prometheus, gateways, time.monotonic() - began, cpu_before)
        print(f"queries of the dashboard       {queries}, {len(empty)} without data")
    for each in wrong:
        print(f"WRONG: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
