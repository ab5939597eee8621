"""A meter as a Shelly Pro 3EM by UDP: what is answered, and to whom."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.measurements import PHASE_POWERS
from han2x.model import Quantity, Reading
from han2x.outputs import Output, shelly
from han2x.outputs.shelly import LONGEST_REQUEST, MOST_HOSTS, PER_S, SHORTEST_ANSWER, Pace, Shelly, request
from tests.outputs.house import ELSEWHERE, GATEWAY_ID, House, a_place, at, running
from tests.readings import FULL_LIST, a_reading

Q = Quantity
ASKED = {"id": 7, "src": "battery", "method": "EM.GetStatus", "params": {"id": 0}}
HERE = "127.0.0.1"
NET = {Q.ACTIVE_POWER_IMPORT: 1355, Q.VOLTAGE_L1: 231.4, Q.VOLTAGE_L2: 233, Q.VOLTAGE_L3: 228.7}


def octets(request_: object = ASKED, **other: object) -> bytes:
    whole = {**request_, **other} if isinstance(request_, dict) else request_
    return json.dumps(whole).encode()


def of(house: House, **more: Any) -> Shelly:  # noqa: ANN401 - any field of a place
    output = shelly.make("shelly-1", a_place(**more), house.gateway)
    assert isinstance(output, Shelly)
    return output


def heard(values: dict[Q, float] | None = None) -> House:
    house = House()
    house.hear(a_reading(values))
    return house


def result(house: House, **other: object) -> dict[str, Any]:
    """The result that a battery is told."""
    answer = of(house).answer(octets(**other), HERE)
    assert answer is not None
    told: dict[str, Any] = json.loads(answer)["result"]
    return told


def test_the_answer_is_that_of_a_shelly_pro_3em() -> None:
    answer = of(heard()).answer(octets(), HERE)

    assert answer is not None
    told = json.loads(answer)
    assert list(told) == ["id", "src", "dst", "result"]
    assert (told["id"], told["src"], told["dst"]) == (7, f"shellypro3em-{GATEWAY_ID}", "unknown")
    assert told["result"] == {
        "id": 0,
        "a_current": 2.3, "a_voltage": 239.0, "a_act_power": 159.24,
        "b_current": 16.09, "b_voltage": 230.44, "b_act_power": 1074.092,
        "c_current": 0.01, "c_voltage": 230.46, "c_act_power": 0.668,
        "total_current": 18.4, "total_act_power": 1234.001,
    }  # fmt: skip


def test_the_powers_of_the_phases_sum_up_to_the_total_and_the_sign_of_export_is_minus() -> None:
    values = FULL_LIST | {Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 1500}
    told = result(heard(values))

    assert told["total_act_power"] == -1499.999
    assert sum(told[f"{phase}_act_power"] for phase in "abc") == pytest.approx(-1500, abs=0.01)
    assert told["b_current"] == 16.09  # a magnitude there


def test_a_power_without_phases_stands_at_the_first() -> None:
    told = result(heard({Q.ACTIVE_POWER_IMPORT: 1355}))

    assert [told[f"{phase}_act_power"] for phase in "abc"] == [1355.001, 0.001, 0.001]
    assert told["a_voltage"] is told["a_current"] is told["total_current"] is None


def test_a_phase_that_is_not_current_leaves_the_total_at_the_first() -> None:
    own: dict[Q, float] = {each: 100 * (place == 0) for pair in PHASE_POWERS for place, each in enumerate(pair)}
    house = heard({Q.ACTIVE_POWER_IMPORT: 300, Q.ACTIVE_POWER_EXPORT: 0, **own})
    assert [result(house)[f"{phase}_act_power"] for phase in "abc"] == [100.001, 100.001, 100.001]
    house.now += 40
    del own[Q.ACTIVE_POWER_IMPORT_L2], own[Q.ACTIVE_POWER_EXPORT_L2]
    house.hear(a_reading({Q.ACTIVE_POWER_IMPORT: 300, Q.ACTIVE_POWER_EXPORT: 0, **own}))
    house.now += 40
    assert [result(house)[f"{phase}_act_power"] for phase in "abc"] == [300.001, 0.001, 0.001]


def test_em1_has_the_total() -> None:
    assert result(heard(), method="EM1.GetStatus") == {"id": 0, "act_power": 1234.001}


@pytest.mark.parametrize("watts", [0, 0.04, 0.1, 1, 180, 1234.5, 65_535, 99_999.999])
@pytest.mark.parametrize("method", ["EM.GetStatus", "EM1.GetStatus"])
def test_every_power_has_a_decimal_point_and_no_reader_takes_it_for_a_whole_number(method: str, watts: float) -> None:
    for direction in (Q.ACTIVE_POWER_IMPORT, Q.ACTIVE_POWER_EXPORT):
        powers = {Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 0, direction: watts}
        answer = of(heard(FULL_LIST | powers)).answer(octets(method=method), HERE)
        assert answer is not None
        told = re.findall(rb'act_power":(-?\d+\.\d{3})[,} ]', answer)
        assert len(told) == (4 if method == "EM.GetStatus" else 1)
        assert all(float(each) % 1 for each in told)
        assert abs(float(told[-1])) == pytest.approx(watts, abs=0.11)


@given(
    st.dictionaries(st.sampled_from(sorted(FULL_LIST)), st.integers(0, 99_999), min_size=1),
    st.sampled_from(["EM.GetStatus", "EM1.GetStatus"]),
    st.one_of(st.integers(-(2**53), 2**53), st.text(max_size=32)),
)
def test_whatever_the_values_it_is_json_and_long_enough(values: dict[Q, float], method: str, number: int | str) -> None:
    answer = of(heard(values)).answer(octets(id=number, method=method), HERE)

    if answer is None:
        assert Q.ACTIVE_POWER_IMPORT not in values or not values[Q.ACTIVE_POWER_IMPORT]
    else:
        assert len(answer) >= SHORTEST_ANSWER
        assert json.loads(answer)["id"] == number


@given(st.dictionaries(st.sampled_from(list(Q)), st.integers(-(2**63), 2**63)))
def test_whatever_a_meter_says_the_answer_is_json(values: dict[Q, int]) -> None:
    house = House()
    house.hear(Reading(0, "kaifa", a_reading().push_list, values))
    for method in ("EM.GetStatus", "EM1.GetStatus"):
        answer = of(house).answer(octets(method=method), HERE)
        assert answer is None or json.loads(answer)["dst"] == "unknown"


@pytest.mark.parametrize(
    "asked",
    [
        octets(params={}), octets(params={"id": "0"}), octets(params={"id": 0.0}), octets(params={"id": True}),
        octets(params={"id": None}), octets(params=[0]), octets(params=None), octets(method="Shelly.GetStatus"),
        octets(method=None), octets(method=["EM.GetStatus"]), octets(id=None), octets(id=True), octets(id=1.5),
        octets(id=2**80), octets(id="x" * 33), octets([ASKED]), octets("EM.GetStatus"), octets(7), b"", b"\0" * 40,
        b"\xff\xfe", b"{", b'{"id":' + b"[" * 400, b"9" * 500, b'{"id":1e999}', octets(src="x" * LONGEST_REQUEST),
        b'{"id":NaN,"method":"EM.GetStatus","params":{"id":0}}',
    ],
)  # fmt: skip
def test_what_is_no_such_request_is_not_answered(asked: bytes) -> None:
    assert of(heard()).answer(asked, HERE) is None


@given(st.binary(max_size=600))
def test_no_octets_make_it_fall_over(asked: bytes) -> None:
    assert request(asked) is None


def test_nothing_is_answered_while_the_power_is_not_current() -> None:
    house = House()
    output = of(house)
    assert output.answer(octets(), HERE) is None
    house.hear()
    assert output.answer(octets(), HERE) is not None
    house.now += 61
    assert output.answer(octets(), HERE) is None
    house.hear()
    assert output.answer(octets(), HERE) is not None


def test_two_meters_are_two_devices() -> None:
    house = House(1, 2)
    house.hear(unit=1)
    house.hear(a_reading(NET), unit=2)
    sources = []
    for unit in (1, 2):
        answer = of(house, unit=unit).answer(octets(), HERE)
        assert answer is not None
        sources.append(json.loads(answer)["src"])
    assert sources[0] == f"shellypro3em-{GATEWAY_ID}"
    assert re.fullmatch(r"shellypro3em-[0-9a-f]{12}", sources[1])
    assert sources[0] != sources[1]


def test_only_the_networks_that_are_allowed_are_answered(caplog: pytest.LogCaptureFixture) -> None:
    output = of(heard(), allow=ELSEWHERE)

    assert output.answer(octets(), "192.0.2.9") is not None
    for _ in range(50):
        assert output.answer(octets(), "127.0.0.1") is None
        assert output.answer(octets(), "::ffff:127.0.0.1") is None
    assert len(caplog.records) == 1


def test_a_host_gets_so_many_answers_and_no_more() -> None:
    """What is sent in somebody else's name must not fill that computer's line."""
    pace, now = Pace(), 1000.0
    taken = sum(pace.allows("192.0.2.1", now + second / 1000) for second in range(10_000))

    assert taken <= 10 * PER_S + 20
    assert pace.allows("192.0.2.2", now), "another is answered all the same"
    assert pace.allows("192.0.2.1", now + 20)


def test_the_hosts_that_are_remembered_are_bounded_and_one_that_asks_is_among_them() -> None:
    pace = Pace()
    for _ in range(100):
        pace.allows("192.0.2.1", 0.0)
    for number in range(MOST_HOSTS * 3):
        pace.allows(f"10.0.{number // 256}.{number % 256}", 0.0)
        assert not pace.allows("192.0.2.1", 0.0)
    assert len(pace._hosts) == MOST_HOSTS


class _Battery(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


@asynccontextmanager
async def battery(output: Output) -> AsyncIterator[tuple[asyncio.DatagramTransport, asyncio.Queue[bytes]]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(_Battery, remote_addr=at(output))
    yield transport, protocol.heard
    transport.close()


@pytest.mark.enable_socket
@pytest.mark.sockets
async def test_a_battery_asks_over_the_network_and_garbage_is_in_nobody_s_way() -> None:
    house = heard(FULL_LIST)
    output = of(house)
    async with running(output), battery(output) as (transport, answers):
        for watts in (1234, 1500, 20):
            house.hear(a_reading(FULL_LIST | {Q.ACTIVE_POWER_IMPORT: watts}))
            for garbage in (b"", b"\0", b"{", b"x" * 9000):
                transport.sendto(garbage)
            transport.sendto(octets(id=watts))
            async with asyncio.timeout(20):
                told = json.loads(await answers.get())
            assert (told["id"], told["result"]["total_act_power"]) == (watts, watts + 0.001)
        assert answers.empty()


@pytest.mark.enable_socket
@pytest.mark.sockets
async def test_a_flood_from_one_host_is_answered_sparingly_and_a_battery_all_the_same() -> None:
    output = of(heard())
    async with running(output), battery(output) as (transport, answers):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            flood.bind(("127.0.0.2", 0))
            flood.setblocking(False)
            for number in range(20):
                for _ in range(20):
                    flood.sendto(octets(), at(output))
                await asyncio.sleep(0.01)
                transport.sendto(octets(id=number))
                async with asyncio.timeout(20):
                    assert json.loads(await answers.get())["id"] == number
            got = 0
            with suppress(BlockingIOError):
                while flood.recv(4096):
                    got += 1
        assert 0 < got < 100


def test_it_is_a_place_that_it_is_made_with() -> None:
    with pytest.raises(TypeError, match="shelly-1"):
        shelly.make("shelly-1", "127.0.0.1:1010", House().gateway)
