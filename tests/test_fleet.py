"""What deploy/fleet says is what the gateway serves: sound configuration, and a dashboard that asks for what exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.fleet_parts import dashboard_queries
from han2x.metrics import names
from han2x.metrics.text import Family
from tests.conftest import ROOT
from tests.end_to_end.gateway import running_gateway
from tests.tools import needed

FLEET: Final = ROOT / "deploy" / "fleet"
DASHBOARD: Final = FLEET / "grafana" / "dashboards" / "han2x.json"
PROMETHEUS: Final = {"up", "scrape_duration_seconds"}
FAMILIES: Final = {each.name for each in vars(names).values() if isinstance(each, Family)}


def panels() -> Iterator[Mapping[str, Any]]:
    yield from json.loads(DASHBOARD.read_text())["panels"]


def test_the_dashboard_asks_for_metrics_that_exist_and_for_every_kind_of_them() -> None:
    asked = {name for query in dashboard_queries(DASHBOARD) for name in re.findall(r"\b([a-z]\w+)\{", query)}
    assert asked <= FAMILIES | PROMETHEUS
    assert asked >= {
        "han2x_net_power_watts", "han2x_phase_power_watts", "han2x_energy_watthours_total",
        "han2x_telegram_age_seconds", "han2x_problems_total", "han2x_modbus_clients",
    }  # fmt: skip


def test_every_query_is_of_the_gateways_that_are_chosen() -> None:
    for query in dashboard_queries(DASHBOARD):
        assert 'gateway=~"$gateway"' in query


def test_panels_have_titles_of_their_own_and_do_not_lie_on_each_other() -> None:
    titles = [panel["title"] for panel in panels()]
    assert len(set(titles)) == len(titles) > 20
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels()):
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        taken |= cells


def test_promtool_finds_nothing_wrong_with_configuration_and_alerts() -> None:
    checked = subprocess.run(
        [needed("promtool"), "check", "config", "prometheus.yml"],
        cwd=FLEET / "prometheus", capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "SUCCESS: 5 rules found" in checked.stdout


def test_alerts_and_topics_are_of_what_exists() -> None:
    asked = set(re.findall(r"\b(han2x_\w+)", (FLEET / "prometheus" / "alerts.yml").read_text()))
    assert asked
    assert asked <= FAMILIES
    assert "pattern readwrite han2x/%u/#" in (FLEET / "mosquitto" / "acl").read_text()


@pytest.mark.end_to_end
@pytest.mark.enable_socket
def test_the_list_of_targets_has_each_gateway_under_its_own_id_and_keeps_those_that_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "targets.json"
    gone = {"targets": ["192.168.1.9:80"], "labels": {"gateway": "aaaaaaaaaaaa"}}
    file.write_text(json.dumps([gone]))
    with running_gateway(tmp_path / "state") as gateway:
        host = gateway.web_url.removeprefix("http://").rstrip("/")
        command = [sys.executable, str(FLEET / "targets"), "-o", str(file), host, "127.0.0.1:9"]
        listed = subprocess.run(command, capture_output=True, text=True)
        assert listed.returncode == 1
        assert "127.0.0.1:9: " in listed.stderr
        entries = {each["targets"][0]: each["labels"]["gateway"] for each in json.loads(file.read_text())}
        assert entries.pop("192.168.1.9:80") == "aaaaaaaaaaaa"
        assert entries.keys() == {host}
        assert re.fullmatch(r"[0-9a-f]{12}", entries[host])


def test_a_token_is_not_given_to_whoever_announces_himself(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("h2x_secret")
    command = [
        sys.executable,
        str(FLEET / "targets"),
        "-o",
        str(tmp_path / "x.json"),
        "--token",
        str(tmp_path / "token"),
    ]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "name the hosts" in refused.stderr


@pytest.mark.end_to_end
@pytest.mark.enable_socket
@pytest.mark.timeout(400)
def test_every_gateway_of_a_fleet_is_kept_apart_and_every_query_of_the_dashboard_returns_data() -> None:
    if not shutil.which("prometheus"):
        needed("prometheus")
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.fleet", "--gateways", "3", "--seconds", "20"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 without data" in ran.stdout
