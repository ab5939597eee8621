"""Everything the API can do, by one who is logged in: what is answered, refused, and reaches the control."""

from __future__ import annotations

import base64
import io
import tomllib
import zipfile
from collections.abc import AsyncIterator
from ipaddress import IPv4Interface
from typing import Any

import pytest

from han2x.network import InterfaceSettings, Method
from han2x.web.answers import file_name
from han2x.web.routes import ROUTES
from tests.web.gateway import Browser, Gateway, serving
from tests.web.kem import kem_file

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

ENCRYPTION = "00112233445566778899AABBCCDDEEFF"
AUTHENTICATION = "FFEEDDCCBBAA99887766554433221100"


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with serving() as gateway:
        yield gateway


@pytest.fixture
async def owner(gateway: Gateway) -> Browser:
    browser = gateway.browser()
    await browser.first_visit()
    return browser


def _set(*path: str | int, to: object) -> dict[str, Any]:
    return {"changes": [{"path": list(path), "value": to}]}


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.method == "GET"])
async def test_everything_that_can_be_seen_is_seen(owner: Browser, path: str) -> None:
    assert (await owner.ask("GET", path)).status == 200


@pytest.mark.parametrize(
    "path", [route.path for route in ROUTES if route.method == "GET" and route.need.name == "LOGIN"]
)
async def test_and_not_by_anyone_else(gateway: Gateway, owner: Browser, path: str) -> None:
    answer = await gateway.browser().ask("GET", path)
    assert (answer.status, answer.code) == (401, "not-logged-in")
    assert answer.body["error"]["message"] == "log in first"


async def test_history_is_of_a_meter_and_so_many_hours(owner: Browser) -> None:
    one = (await owner.ask("GET", "/history?unit=1&hours=1")).body
    assert (one["unit"], len(one["points"])) == (1, 60)
    assert len((await owner.ask("GET", "/history")).body["points"]) == 24 * 60
    assert (await owner.ask("GET", "/history?unit=2")).code == "not-found"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("hours=0", "hours", "must be 1 or more"),
        ("hours=169", "hours", "must be 168 or less"),
        ("hours=x", "hours", "must be a whole number"),
        ("hours=-1", "hours", "must be a whole number"),
        ("hours=1e1", "hours", "must be a whole number"),
        ("hours=", "hours", "must be a whole number"),
        ("hours=%F9%A5", "hours", "must be a whole number"),
        ("hours=" + "1" * 500, "hours", "must be a whole number"),
        ("unit=248", "unit", "must be 247 or less"),
        ("unit=٣", "unit", "must be a whole number"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused_by_name(
    owner: Browser, query: str, field: str, message: str
) -> None:
    answer = await owner.ask("GET", f"/history?{query}")
    assert (answer.status, answer.fields) == (422, {field: message})


async def test_settings_are_changed_and_seen(owner: Browser) -> None:
    answer = await owner.ask("PATCH", "/settings", _set("modbus", "stale_after_s", to=90))
    assert (answer.status, answer.body["values"]["modbus"]["stale_after_s"]) == (200, 90)
    assert "moved_to" not in answer.body
    assert (await owner.ask("GET", "/settings")).body["values"]["modbus"]["stale_after_s"] == 90
    back = await owner.ask("PATCH", "/settings", _set("modbus", "stale_after_s", to=None))
    assert back.body["values"]["modbus"]["stale_after_s"] == 60


async def test_a_change_of_the_pages_own_address_is_on_trial_and_says_where_it_is_confirmed(owner: Browser) -> None:
    answer = await owner.ask("PATCH", "/settings", _set("web", "listen", to="192.168.1.232:8080"))
    assert answer.body["moved_to"] == "http://192.168.1.232:8080/"
    token = answer.body["pending"]["token"]
    second = await owner.ask("PATCH", "/settings", _set("web", "listen", to="*:81"))
    assert (second.status, second.code) == (409, "trial-pending")
    assert (await owner.ask("POST", "/settings/rollback", {"token": token})).status == 204
    assert (await owner.ask("POST", "/settings/confirm", {"token": token})).code == "no-such-trial"
    assert (await owner.ask("GET", "/settings")).body["values"]["web"]["listen"] == "*:80"


async def test_settings_change_all_or_none(owner: Browser) -> None:
    changes = [
        {"path": ["modbus", "stale_after_s"], "value": 90},
        {"path": ["modbus", "max_connections"], "value": 0},
        {"path": ["meters", 0, "unit"], "value": 300},
    ]
    answer = await owner.ask("PATCH", "/settings", {"changes": changes})
    assert (answer.status, set(answer.fields)) == (422, {"modbus.max_connections", "meters.0.unit"})
    assert (await owner.ask("GET", "/settings")).body["values"]["modbus"]["stale_after_s"] == 60


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "changes", "missing"),
        ({"changes": []}, "changes", "too-few"),
        ({"changes": {}}, "changes", "type"),
        ({"changes": [{"path": ["modbus", "listen"]}]}, "changes.0.value", "missing"),
        ({"changes": [{"path": ["modbus"], "value": 1}]}, "changes.0.path", "too-few"),
        ({"changes": [{"path": ["meters", -1, "port"], "value": 1}]}, "changes.0.path.1", "too-low"),
        ({"changes": [{"path": ["modbus", "listen"], "value": {}}]}, "changes.0.value", "type"),
        ({"changes": [{"path": ["modbus", "listen"], "value": "x" * 1001}]}, "changes.0.value", "too-long"),
        ({"changes": [{"path": ["modbus", "listen"], "value": 1, "more": 1}]}, "changes.0.more", "unknown"),
        ({"changes": [{"path": ["modbus", "listen"], "value": 1}], "admin": True}, "admin", "unknown"),
    ],
)
async def test_changes_of_another_shape_are_refused_at_their_place(
    owner: Browser, body: object, field: str, code: str
) -> None:
    answer = await owner.ask("PATCH", "/settings", body)
    assert answer.status == 422
    assert answer.body["error"]["codes"][field]["code"] == code


async def test_typed_keys_are_taken_and_never_shown(owner: Browser, gateway: Gateway) -> None:
    text = f"64 1 0x{ENCRYPTION}\n65 1 0x{AUTHENTICATION}"
    answer = await owner.ask("POST", "/keys", {"unit": 1, "text": text})
    assert answer.body == {"unit": 1, "serial": "", "encryption_key": True, "authentication_key": True}
    assert gateway.control.keys[1].encryption_key.hex().upper() == ENCRYPTION
    wrong = await owner.ask("POST", "/keys", {"unit": 1, "text": ENCRYPTION[:-1] + "O"})
    assert (wrong.status, list(wrong.fields)) == (422, ["text"])
    assert ENCRYPTION[:8] not in str(wrong.body)


async def test_keys_come_out_of_a_kem_file_with_its_password(owner: Browser, gateway: Gateway) -> None:
    kem = base64.b64encode(kem_file("TEST1234", {"12345678": ENCRYPTION})).decode()
    answer = await owner.ask("POST", "/keys", {"unit": 1, "kem": kem, "password": "TEST1234"})
    assert answer.body == {"unit": 1, "serial": "12345678", "encryption_key": True, "authentication_key": False}
    assert gateway.control.keys[1].encryption_key.hex().upper() == ENCRYPTION
    wrong = await owner.ask("POST", "/keys", {"unit": 1, "kem": kem, "password": "TEST1235"})
    assert (wrong.status, list(wrong.fields)) == (422, ["kem"])
    assert "TEST123" not in str(wrong.body)


async def test_of_several_meters_in_a_kem_file_one_must_be_chosen(owner: Browser, gateway: Gateway) -> None:
    kem = base64.b64encode(kem_file("TEST1234", {"222": ENCRYPTION, "111": AUTHENTICATION})).decode()
    body = {"unit": 1, "kem": kem, "password": "TEST1234"}
    answer = await owner.ask("POST", "/keys", body)
    assert (answer.status, answer.code) == (409, "several-meters")
    assert answer.body["error"]["serials"] == ["111", "222"]
    assert (await owner.ask("POST", "/keys", {**body, "serial": "222"})).body["serial"] == "222"
    absent = await owner.ask("POST", "/keys", {**body, "serial": "333"})
    assert absent.fields == {"serial": "is not in the file; there are: 111, 222"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"unit": 1, "kem": "not base64!", "password": "x"}, {"kem"}),
        ({"unit": 1, "kem": "bm90aGluZw==", "password": "x"}, {"kem"}),
        ({"unit": 1, "kem": "bm90aGluZw=="}, {"password"}),
        ({"unit": 1}, {"text"}),
        ({"unit": 0, "text": ENCRYPTION}, {"unit"}),
    ],
)
async def test_keys_that_cannot_be_had_are_refused_at_their_field(
    owner: Browser, body: object, fields: set[str]
) -> None:
    answer = await owner.ask("POST", "/keys", body)
    assert (answer.status, set(answer.fields)) == (422, fields)


async def test_keys_for_a_meter_that_is_not_there_are_not_found(owner: Browser) -> None:
    assert (await owner.ask("POST", "/keys", {"unit": 9, "text": ENCRYPTION})).code == "not-found"


async def test_a_network_change_waits_to_be_confirmed_by_whoever_has_its_token(
    owner: Browser, gateway: Gateway
) -> None:
    form = {"interface": "eth0", "method": "static", "address": "10.0.0.7", "prefix": "24", "gateway": "", "dns": ""}
    answer = await owner.ask("POST", "/network", form)
    assert answer.status == 202
    assert answer.body["pending"]["addresses"] == ["10.0.0.7/24"]
    assert (await owner.ask("POST", "/network", form)).code == "already-pending"
    elsewhere = gateway.browser()  # at the new address the browser has no session
    assert (await elsewhere.ask("POST", "/network/confirm", {"token": "guessed"})).code == "no-such-change"
    confirmed = await elsewhere.ask("POST", "/network/confirm", {"token": answer.body["pending"]["token"]})
    assert confirmed.status == 204
    assert gateway.control.interface == InterfaceSettings("eth0", Method.STATIC, IPv4Interface("10.0.0.7/24"))
    assert (await owner.ask("GET", "/network")).body["pending"] is None


async def test_a_network_change_can_be_taken_back(owner: Browser, gateway: Gateway) -> None:
    answer = await owner.ask("POST", "/network", {"interface": "eth0", "method": "dhcp"})
    token = answer.body["pending"]["token"]
    assert (await owner.ask("POST", "/network/rollback", {"token": token})).status == 204
    assert gateway.control.interface.method == "static"


async def test_a_network_fault_is_told_at_its_field_with_its_code(owner: Browser) -> None:
    answer = await owner.ask("POST", "/network", {"interface": "eth0", "method": "static", "address": "10.0.0"})
    assert (answer.status, list(answer.fields)) == (422, ["address"])
    assert answer.body["error"]["codes"]["address"] == {"code": "not-an-address", "values": {"value": "10.0.0"}}


async def test_a_host_name_is_set_or_refused(owner: Browser, gateway: Gateway) -> None:
    assert (await owner.ask("POST", "/hostname", {"hostname": "boden"})).status == 204
    assert gateway.control.hostname == "boden"
    assert set((await owner.ask("POST", "/hostname", {"hostname": "-no-"})).fields) == {"hostname"}


async def test_a_backup_is_a_file_and_can_be_restored(owner: Browser) -> None:
    await owner.ask("PATCH", "/settings", _set("web", "language", to="nb"))
    answer = await owner.ask("GET", "/backup")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file_name("", "settings", "toml")}"'
    assert answer.headers["Content-Type"] == "application/toml"
    assert tomllib.loads(answer.body.decode()) == {"web": {"language": "nb"}}
    await owner.ask("PATCH", "/settings", _set("web", "language", to="da"))
    restored = await owner.ask("POST", "/restore", {"toml": answer.body.decode()})
    assert restored.body["values"]["web"]["language"] == "nb"


async def test_a_backup_has_the_secrets_only_when_they_are_asked_for(owner: Browser) -> None:
    assert b"secrets = false" in (await owner.ask("GET", "/backup")).body
    assert b"secrets = false" in (await owner.ask("GET", "/backup?secrets=0")).body
    assert b"secrets = true" in (await owner.ask("GET", "/backup?secrets=1")).body


async def test_what_is_no_backup_is_refused(owner: Browser) -> None:
    assert set((await owner.ask("POST", "/restore", {"toml": "= ="})).fields) == {"toml"}


async def test_the_diagnostic_bundle_is_a_zip(owner: Browser) -> None:
    answer = await owner.ask("GET", "/diagnostics")
    assert answer.headers["Content-Type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.body)).namelist() == ["versions.txt"]


async def test_a_restart_is_asked_for(owner: Browser, gateway: Gateway) -> None:
    assert (await owner.ask("POST", "/restart")).status == 204
    assert gateway.control.restarts == 1


async def test_a_factory_reset_needs_to_be_meant(owner: Browser, gateway: Gateway) -> None:
    for body in ({}, {"confirm": ""}, {"confirm": "yes"}):
        assert (await owner.ask("POST", "/factory-reset", body)).status == 422
    assert gateway.control.document != {}


async def test_the_api_describes_itself_to_anyone(gateway: Gateway) -> None:
    described = (await gateway.browser().ask("GET", "/openapi.json")).body
    assert described["openapi"] == "3.1.0"
    assert "/api/v1/settings" in described["paths"]
