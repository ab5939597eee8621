"""A real Avahi announces the running gateway: what a neighbour finds is what is served, whatever happens meanwhile."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.end_to_end.announced.lab import Found, Lab, running_lab, what_is_missing
from tests.tools import leave_out

pytestmark = [pytest.mark.end_to_end, pytest.mark.network, pytest.mark.timeout(300)]

WAIT_S: Final = 40.0
METER: Final = "9999000000000017"  # the simulator's Kamstrup
SIMULATED: Final = ("--simulate", "kamstrup")


def settings(
    name: str = "", *, port: int = 5020, units: tuple[int, ...] = (), live_open: bool = True, announce: bool = True,
    listen: str = "*",
) -> str:  # fmt: skip
    meters = "".join(f'[[meters]]\nunit = {unit}\nname = "{name}"\n' for unit in units)
    return (
        f'[modbus]\nlisten = "{listen}:{port}"\n'
        f'[web]\nlisten = "{listen}:8080"\nhttps_listen = "{listen}:8443"\nlive_open = {str(live_open).lower()}\n'
        f"[device]\nannounce = {str(announce).lower()}\n{meters}"
    )


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    if missing := what_is_missing():
        leave_out(missing)
    with running_lab(tmp_path) as lab:
        yield lab


def until(condition: Callable[[], object], lab: Lab) -> None:
    """Wait for what the network brings about."""
    waited_from = time.monotonic()
    while not condition():
        assert time.monotonic() < waited_from + WAIT_S, f"waited in vain:\n{lab.said()}"
        time.sleep(0.2)


def the_one(lab: Lab, kind: str, fits: Callable[[Found], object] = bool) -> Found:
    """The one service of a kind, once it is as it should be."""
    found: list[Found] = []

    def there() -> bool:
        found[:] = lab.found(kind)
        return len(found) == 1 and bool(fits(found[0]))

    until(there, lab)
    return found[0]


def output(lab: Lab) -> dict[str, Any]:
    """How the gateway says that it stands with announcing; nothing where it does not announce."""
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/api/v1/live').read().decode())"
    asked = subprocess.run(lab.inside("python3", "-c", ask), capture_output=True, text=True, timeout=30)
    if asked.returncode:
        return {"state": f"not served: {asked.stderr}"}
    return next((each for each in json.loads(asked.stdout)["outputs"] if each["name"] == "mdns"), {})


def test_a_neighbour_finds_page_modbus_and_gateway_with_meter_ports_and_units(lab: Lab) -> None:
    lab.gateway(settings(), *SIMULATED)
    gateway = the_one(lab, "_han2x._tcp", lambda found: "meter.1" in found.texts)
    assert (gateway.host, gateway.address, gateway.port) == ("han2x-lab.local", "192.168.77.10", 8080)
    identity = gateway.texts["id"]
    assert gateway.name == f"han2x {identity[-6:]}"
    assert gateway.texts == {
        "txtvers": "1", "id": identity, "version": gateway.texts["version"], "http": "8080", "https": "8443",
        "modbus": "5020", "units": "1", "meter.1": METER,
    }  # fmt: skip
    modbus = the_one(lab, "_modbus._tcp")
    assert (modbus.name, modbus.port) == (gateway.name, 5020)
    assert modbus.texts.items() >= {"id": identity, "units": "1", "meter.1": METER}.items()
    for kind, port in (("_http._tcp", 8080), ("_https._tcp", 8443)):
        page = the_one(lab, kind)
        assert (page.name, page.port, page.texts["path"]) == (gateway.name, port, "/")
        assert "meter.1" not in page.texts
    until(lambda: output(lab)["state"] == "working", lab)
    assert output(lab)["where"] == f"{gateway.name} (han2x-lab.local)"


def test_names_ports_meters_and_the_setting_are_followed(lab: Lab) -> None:
    lab.gateway(settings("Hytta i nord", units=(3,)))
    first = the_one(lab, "_modbus._tcp")
    assert first.name == f"Hytta i nord (han2x {first.texts['id'][-6:]})"
    lab.reload(settings("Garasje ø", units=(3,), port=5021))
    the_one(lab, "_modbus._tcp", lambda found: found.name.startswith("Garasje ø (") and found.port == 5021)
    lab.reload(settings(units=(3, 4, 5, 9), port=5021))
    the_one(lab, "_modbus._tcp", lambda found: found.texts["units"] == "3-5,9" and found.name.startswith("han2x "))
    lab.reload(settings(units=(3,), port=5021) + 'homewizard_listen = "*:8099"\n')
    imitated = the_one(lab, "_hwenergy._tcp")
    assert (imitated.port, imitated.texts["path"]) == (8099, "/api/v1")
    assert imitated.name.startswith("han2x-")
    lab.run("avahi-set-host-name other")
    the_one(lab, "_modbus._tcp", lambda found: found.host == "other.local")
    lab.reload(settings(announce=False, port=5021))
    until(lambda: lab.found("_modbus._tcp") == lab.found("_han2x._tcp") == [], lab)
    assert output(lab) == {}


def test_an_avahi_that_goes_is_told_once_and_one_that_comes_announces_again(lab: Lab) -> None:
    lab.gateway(settings())
    the_one(lab, "_han2x._tcp")
    lab.stop_avahi()
    until(lambda: (output(lab)["fault"] or {}).get("code") == "announce-no-avahi", lab)
    assert output(lab)["state"] == "waiting"
    time.sleep(12)  # two more looks
    assert lab.said().count("Avahi does not run") == 1
    lab.start_avahi()
    until(lambda: output(lab)["state"] == "working", lab)
    assert the_one(lab, "_han2x._tcp").port == 8080
    assert lab.said().count("announced on the network as") == 2


def test_a_name_that_another_has_becomes_another_name(lab: Lab) -> None:
    lab.gateway(settings())
    name = the_one(lab, "_modbus._tcp").name
    lab.stop_gateway()
    lab.publish(name, "_modbus._tcp", 502, by_the_neighbour=True)
    lab.publish(name, "_http._tcp", 81, by_the_neighbour=False)
    until(lambda: len(lab.found("_http._tcp")) == len(lab.found("_modbus._tcp")) == 1, lab)
    lab.gateway(settings())
    until(lambda: len(lab.found("_modbus._tcp")) == 2, lab)
    (own,) = [found for found in lab.found("_modbus._tcp") if found.port == 5020]
    assert own.name != name
    assert own.name.startswith(name)
    assert [found.port for found in lab.found("_http._tcp") if found.name == own.name] == [8080]


def test_the_meter_s_number_is_not_told_where_live_values_are_closed(lab: Lab) -> None:
    lab.gateway(settings(live_open=False), *SIMULATED)
    until(lambda: f"meter {METER}" in lab.said(), lab)
    time.sleep(6)  # one more look
    assert "meter.1" not in the_one(lab, "_han2x._tcp").texts


def test_what_only_this_computer_reaches_is_not_announced(lab: Lab) -> None:
    lab.gateway(settings(listen="127.0.0.1"))
    until(lambda: output(lab).get("state") == "waiting", lab)
    time.sleep(6)  # one more look
    assert lab.found("_modbus._tcp") == lab.found("_http._tcp") == lab.found("_han2x._tcp") == []
