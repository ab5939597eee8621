"""A meter as the local API of a HomeWizard P1 meter: documents, staleness, and clients of all kinds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import example, given
from hypothesis import strategies as st

from han2x.model import Quantity, Reading
from han2x.outputs import homewizard
from han2x.outputs.crowd import FROM_ONE
from han2x.outputs.homewizard import HomeWizard, service
from han2x.outputs.plain_http import LONGEST_HEAD, is_own
from tests.end_to_end.waiting import until
from tests.outputs.house import ELSEWHERE, GATEWAY_ID, House, a_place, at, running
from tests.readings import FULL_LIST, HOURLY_LIST, a_reading

pytestmark = [pytest.mark.enable_socket, pytest.mark.sockets]

Q = Quantity


@pytest.fixture
def house() -> House:
    house = House()
    house.hear(a_reading(HOURLY_LIST))
    return house


def made(house: House, **more: Any) -> HomeWizard:  # noqa: ANN401 - any field of a place
    output = homewizard.make("homewizard-1", a_place(**more), house.gateway)
    assert isinstance(output, HomeWizard)
    return output


@asynccontextmanager
async def serving(house: House, **more: Any) -> AsyncIterator[HomeWizard]:  # noqa: ANN401 - any field of a place
    output = made(house, **more)
    async with running(output):
        yield output


async def get(output: HomeWizard, path: str, method: str = "GET", **more: Any) -> tuple[int, Any]:  # noqa: ANN401
    """What a client of the API gets: status, and the JSON of 200."""
    host, port = at(output)
    async with ClientSession() as session, session.request(method, f"http://{host}:{port}{path}", **more) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        return answer.status, await answer.json() if answer.status == 200 and method == "GET" else await answer.read()


async def raw(output: HomeWizard, octets: bytes, *, half_closed: bool = False) -> bytes:
    """Send octets and read until the other side closes."""
    reader, writer = await asyncio.open_connection(*at(output))
    writer.write(octets)
    if half_closed:
        writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


async def test_it_says_what_it_is(house: House) -> None:
    async with serving(house) as output:
        assert await get(output, "/api") == (200, {
            "product_type": "HWE-P1",
            "product_name": "han2x",
            "serial": GATEWAY_ID,
            "firmware_version": "1.2.3",
            "api_version": "v1",
        })  # fmt: skip
        assert await get(output, "/api/v1/system") == (200, {"cloud_enabled": False})


async def test_it_says_what_the_meter_measures(house: House) -> None:
    async with serving(house) as output:
        status, data = await get(output, "/api/v1/data")

    assert status == 200
    assert data == {
        "wifi_ssid": None,
        "smr_version": 50,
        "meter_model": "kamstrup 6841121BN243101040",
        "unique_id": b"5700000000000001".hex(),
        "total_power_import_kwh": 155232.515, "total_power_import_t1_kwh": 155232.515,
        "total_power_export_kwh": data["total_power_export_kwh"],
        "total_power_export_t1_kwh": data["total_power_export_kwh"],
        "active_power_w": 1234.0,
        "active_power_l1_w": 159.24,
        "active_power_l2_w": 1074.092,
        "active_power_l3_w": 0.668,
        "phase_powers_estimated": True,
        "active_voltage_l1_v": 239.0, "active_voltage_l2_v": 230.44, "active_voltage_l3_v": 230.46,
        "active_current_a": 18.4,
        "active_current_l1_a": 2.3, "active_current_l2_a": 16.09, "active_current_l3_a": 0.01,
        "external": [],
    }  # fmt: skip


async def test_what_is_not_known_has_no_member() -> None:
    house = House()
    house.hear(Reading(0, "kaifa", a_reading().push_list, {Q.ACTIVE_POWER_IMPORT: 77_000}, header_time=None))
    async with serving(house) as output:
        assert await get(output, "/api/v1/data") == (
            200, {"wifi_ssid": None, "smr_version": 50, "meter_model": "kaifa", "active_power_w": 77.0, "external": []}
        )  # fmt: skip


async def test_exported_power_and_its_currents_are_negative(house: House) -> None:
    house.hear(a_reading(FULL_LIST | {Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 1500}))
    async with serving(house) as output:
        _, data = await get(output, "/api/v1/data")
    assert (data["active_power_w"], data["active_current_l2_a"], data["active_current_a"]) == (-1500.0, -16.09, 18.4)


async def test_what_is_too_old_is_503_and_what_it_is_stays_readable(house: House) -> None:
    async with serving(house) as output:
        house.now += 61
        assert (await get(output, "/api/v1/data"))[0] == 503
        assert (await get(output, "/api"))[0] == 200
        house.hear()
        assert (await get(output, "/api/v1/data"))[0] == 200
        house.meters.clear()
        assert (await get(output, "/api/v1/data"))[0] == 503


async def test_other_values_without_the_power_are_503(house: House) -> None:
    """evcc takes a missing power for 0 W."""
    async with serving(house) as output:
        house.now += 40
        house.hear(a_reading({Q.VOLTAGE_L1: 230}))
        house.now += 40
        assert (await get(output, "/api/v1/data"))[0] == 503


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404), ("GET", "/api/v1/state", 404), ("GET", "/api/v1/data/", 200), ("GET", "/api?x=1", 200),
        ("HEAD", "/api/v1/data", 200), ("PUT", "/api/v1/state", 405), ("POST", "/api", 405), ("DELETE", "/api", 405),
        ("GET", "/api/../api", 200), ("GET", "/api/v1/data%00", 404),
    ],
)  # fmt: skip
async def test_only_its_documents_can_be_read_and_nothing_written(
    house: House, method: str, path: str, status: int
) -> None:
    async with serving(house) as output:
        answer = await get(output, path, method, data=b"{}" if method in ("PUT", "POST") else None)
        assert answer[0] == status
        assert method == "GET" or answer[1] == b""


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        (b"GET /api HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET /api HTTP/1.1\nHost: 10.0.0.1\n\n", b"HTTP/1.1 200 OK"),
        (b"GET http://10.0.0.1/api HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"GET /api HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET /api HTTP/2\r\nHost: a\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
        (b"GET /api HTTP/1.1\r\nHost: a\r\nX: " + b"y" * LONGEST_HEAD, b"HTTP/1.1 431"),
        (b"\0" * (LONGEST_HEAD + 1), b"HTTP/1.1 431"),
        (b"GET /api HTTP/1.1\r\nHost: stranger.example\r\n\r\n", b"HTTP/1.1 421"),
    ],
)
async def test_every_request_has_the_answer_of_http(house: House, octets: bytes, line: bytes) -> None:
    async with serving(house) as output:
        answer = await raw(output, octets)
        assert answer.startswith(line)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
        assert b"Connection: close" in head.split(b"\r\n")


async def test_a_request_may_come_octet_by_octet(house: House) -> None:
    async with serving(house) as output:
        reader, writer = await asyncio.open_connection(*at(output))
        for octet in b"GET /api HTTP/1.1\r\nHost: x\r\n\r\n":
            writer.write(bytes([octet]))
            await asyncio.sleep(0.001)
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
        writer.close()


@given(st.binary(max_size=200))
def test_no_octets_make_it_fall_over(octets: bytes) -> None:
    async def ask() -> None:
        async with serving(House()) as output:
            await raw(output, octets, half_closed=True)
            assert (await get(output, "/api"))[0] == 200

    asyncio.run(ask())


async def test_a_client_that_does_not_come_to_the_point_is_cut_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("han2x.outputs.plain_http.HEAD_WITHIN_S", 0.1)
    async with serving(house) as output:
        assert await raw(output, b"GET /api HTTP/1.1\r\n") == b""


async def test_connections_that_say_nothing_keep_nobody_out(house: House) -> None:
    async with serving(house) as output:
        silent = [await asyncio.open_connection(*at(output)) for _ in range(FROM_ONE * 2)]
        assert (await get(output, "/api/v1/data"))[0] == 200
        for _, writer in silent:
            writer.transport.abort()


async def test_a_client_from_a_network_that_is_not_allowed_gets_nothing(house: House) -> None:
    async with serving(house, allow=ELSEWHERE) as output:
        reader, writer = await asyncio.open_connection(*at(output))
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_leaves_is_forgotten(house: House) -> None:
    async with serving(house) as output:
        _, writer = await asyncio.open_connection(*at(output))
        await until(lambda: len(output.crowd) == 1)
        writer.transport.abort()
        await until(lambda: len(output.crowd) == 0)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("", True), ("192.168.1.9", True), ("192.168.1.9:81", True), ("[fd00::1]", True), ("[fd00::1]:81", True),
        ("localhost", True), ("meter", True), ("Meter.local", True), ("meter.fritz.box.", True), ("m.home.arpa", True),
        ("han2x.example.net", True), ("HAN2X.example.net:80", True), ("other.example.net", False),
        ("192.168.1.9.example.net", False), ("evil.local.example", False), ("[fd00::1].example", False),
    ],
)  # fmt: skip
def test_the_name_that_a_client_takes_for_ours_must_be_one_of_ours(host: str, own: bool) -> None:
    """Else a page of somebody else's, whose name was made to lead here, could read along in a browser."""
    assert is_own(host, ("han2x.example.net",)) is own


@given(
    st.dictionaries(st.sampled_from(list(Q)), st.integers(-(2**63), 2**63)),
    st.text(st.characters(exclude_categories=())),
    st.text(st.characters(exclude_categories=())),
)
@example({Q.ACTIVE_POWER_IMPORT: 1000, Q.VOLTAGE_L1: -1}, "\ud800", "\udfff\0")
def test_whatever_a_meter_says_the_data_are_json(values: dict[Q, int], number: str, kind: str) -> None:
    house = House()
    house.hear(Reading(0, "kaifa", a_reading().push_list, values, meter_id=number, meter_type=kind))
    document = made(house).document("/api/v1/data")

    assert document.status in (200, 503)
    assert document.status == 503 or json.loads(document.body)["smr_version"] == 50


def test_what_is_announced_is_what_the_api_says() -> None:
    house = House(1, 2)
    first, second = service(house.gateway, 1, 80), service(house.gateway, 2, 81)

    assert (first.kind, first.port) == ("_hwenergy._tcp", 80)
    assert first.texts == {
        "api_enabled": "1",
        "path": "/api/v1",
        "serial": GATEWAY_ID,
        "product_type": "HWE-P1",
        "product_name": "han2x",
    }
    assert first.name != second.name
    assert first.texts["serial"] != second.texts["serial"]


def test_it_is_a_place_that_it_is_made_with() -> None:
    with pytest.raises(TypeError, match="homewizard-1"):
        homewizard.make("homewizard-1", None, House().gateway)
