"""From a simulated meter's octets to an independent Modbus client, through the whole program."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from han2x.simulator import SimulatedLine, SimulatedMeter
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.wire import Wire
from tests.tools import needed

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

TARGET_FAILED_TO_RESPOND = 0x0B


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition of the running program; the limit is generous, and is no measure."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.1)


async def say_until_read(wire: Wire, gateway: Gateway, octets: bytes, number: int) -> int:
    """Say a telegram until the gateway has it: it may open the line only after the first one."""
    value: int | None = None
    for _ in range(50):
        wire.say(octets)
        await asyncio.sleep(0.2)
        value = await asyncio.to_thread(gateway.read_value, number)
        if value is not None:
            break
    assert value is not None, "".join(gateway.said)
    return value


@pytest.mark.timeout(180)
async def test_lists_a_torn_line_and_a_minute_of_silence_as_a_client_sees_them(tmp_path: Path) -> None:
    meter = SimulatedMeter("kamstrup", start=datetime.now(UTC), first_hourly_list=True)
    link = tmp_path / "meter"
    async with SimulatedLine(meter, link=link) as line:
        with running_gateway(tmp_path / "state", "--port", str(link)) as gateway:
            assert gateway.read(40001) is None
            assert gateway.client.last_except == TARGET_FAILED_TO_RESPOND
            assert gateway.read(40037, 14) is not None

            await until(lambda: gateway.read_value(40001) is not None)
            assert 2000 <= (gateway.read_value(40015) or 0) <= 2600

            await until(lambda: gateway.read_value(40021))
            await until(lambda: gateway.read_value(40029))  # which begins as soon as it is on the disk
            assert gateway.read_value(40029) in range(
                (gateway.read_value(40021) or 0), (gateway.read_value(40021) or 0) + 2
            )

            line.tear_away()
            await asyncio.to_thread(gateway.wait_for, "WARNING.*(lost|gone|unplugged|not there|not connected)")
            assert gateway.read_value(40001) is not None
            line.bring_back()
            await asyncio.to_thread(gateway.wait_for, "INFO.*is open")
            before = gateway.read(40037, 6)
            await until(lambda: gateway.read(40037, 6) != before)

            line.tear_away()
            await until(lambda: gateway.read(40001) is None, seconds=90)
            assert gateway.client.last_except == TARGET_FAILED_TO_RESPOND
            assert gateway.read(40036, 1) is None
            assert gateway.read(40037, 14) is not None


async def test_the_document_s_own_telegram_reads_239_0_v(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        voltage = await say_until_read(wire, gateway, kamstrup_list_1(voltage_l1=239), 40015)

        assert voltage == 2390
        assert gateway.read(40015) == [0x0000, 0x0956]


async def test_mbpoll_reads_all_registers(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_2(power_import=4321, energy_import=155_232_510), 40001)
        command = [
            needed("mbpoll"), "-m", "tcp", "-p", str(gateway.modbus_port), "-a", "1", "-t", "4", "-r", "1",
            "-c", "50", "-1", "127.0.0.1",
        ]  # fmt: skip
        answer = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=True, timeout=20
        )
        words = [int(line.split("\t")[1].split()[0]) for line in answer.stdout.splitlines() if line.startswith("[")]

        assert len(words) == 50
        assert words[0] << 16 | words[1] == 4321
        assert words[20] << 16 | words[21] == 155_232
        assert words[28] << 16 | words[29] == 155_232


async def test_the_factor_is_written_in_place_of_another_and_survives_a_restart(tmp_path: Path, wire: Wire) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("# my box\n[[meters]]\nscaling_factor = 2000  # as the grid company says\n")
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
        assert gateway.read_value(40001) == 1000
        assert gateway.client.write_multiple_registers(48, [0, 10_000])
        assert gateway.read_value(40001) == 5000
        assert gateway.client.write_single_register(49, 4000)
        assert gateway.read_value(40045) == gateway.read_value(40049) == 4000
        assert not gateway.client.write_multiple_registers(48, [0, 9])
        assert gateway.client.last_except == 3
        assert not gateway.client.write_single_register(0, 1)
        assert gateway.client.last_except == 2
        assert gateway.stop() == 0

    assert settings.read_text().startswith("# my box\n")
    assert "scaling_factor = 4000  # as the grid company says" in settings.read_text()
    assert "port" not in settings.read_text()
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        assert gateway.read_value(40049) == 4000


async def test_the_estimate_survives_a_kill_and_the_registers_are_there_at_once(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_2(energy_import=155_232_510), 40021)
        assert gateway.stop() == 0
    settings = tmp_path / "settings.toml"
    settings.write_text('[modbus]\nwhen_stale = "hold"\n')
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        assert gateway.read_value(40029) == 155_232
        assert gateway.read_value(40001) is None, "there is no last power to hold, and 0 was not measured"
        assert gateway.client.last_except == 0x0B


async def test_damage_on_the_line_is_told_once_and_the_next_telegram_counts(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
        damaged = bytearray(kamstrup_list_1(power_import=600))
        damaged[100] ^= 0xFF
        wire.say(bytes(damaged))
        gateway.wait_for("WARNING.*checksum")
        wire.say(kamstrup_list_1(power_import=700))

        await until(lambda: gateway.read_value(40001) == 700)


def test_a_missing_port_does_not_stop_the_gateway(tmp_path: Path) -> None:
    with running_gateway(tmp_path, "--port", str(tmp_path / "nothing")) as gateway:
        assert gateway.read(40001) is None
        assert re.search("WARNING.*nothing", "".join(gateway.said))
        assert gateway.read(40037, 14) is not None


def test_beside_a_taken_modbus_port_the_rest_goes_on_with_a_word_that_says_which(tmp_path: Path) -> None:
    with running_gateway(tmp_path / "first") as first:
        place = f"127.0.0.1:{first.modbus_port}"
        second = Gateway(tmp_path / "second", modbus=place, announced=False)
        try:
            second.wait_for(rf"cannot listen on {place}")
            assert second.wait_for(r"^Web page +(http://\S+)").startswith("http://127.0.0.1:")
            first.client.close()
            first.kill()
            second.wait_for(f"Modbus is served on {place}")
            assert second.process.poll() is None
        finally:
            second.kill()
    assert "Traceback" not in "".join(second.said)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, sign: signal.Signals) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        assert gateway.stop(sign) == 0
    assert not [line for line in gateway.said if "Traceback" in line or "ERROR" in line]


def test_without_a_port_it_serves_no_measured_value_and_says_so(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        assert gateway.read(40001) is None
        assert "WARNING meter 1: no serial port is configured" in "".join(gateway.said)


async def test_several_meters_answer_under_their_own_unit_ids(tmp_path: Path, wire: Wire) -> None:
    other = Wire()
    (tmp_path / "settings.toml").write_text(
        f'[[meters]]\nunit = 1\nport = "{wire.path}"\n\n'
        f'[[meters]]\nunit = 7\nport = "{other.path}"\nscaling_factor = 2000\n'
    )
    with running_gateway(tmp_path) as gateway:
        assert await say_until_read(wire, gateway, kamstrup_list_1(power_import=100), 40001) == 100
        gateway.client.unit_id = 7
        assert await say_until_read(other, gateway, kamstrup_list_1(power_import=100), 40001) == 200
        assert gateway.client.write_multiple_registers(48, [0, 3000])
        gateway.client.unit_id = 1
        assert gateway.read_value(40001) == 100
        gateway.client.unit_id = 9
        assert gateway.read(40001) is None
        assert gateway.client.last_except == TARGET_FAILED_TO_RESPOND
    other.close()


async def test_the_page_shows_what_the_registers_read(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=4321), 40001)

        (meter,) = (await asyncio.to_thread(gateway.live))["meters"]
        (row,) = [row for row in meter["registers"] if row["number"] == 40001]

        assert (row["value"], row["known"], meter["stale"]) == (4321, True, False)
