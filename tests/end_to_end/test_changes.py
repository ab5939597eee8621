"""Settings changed, telegrams encrypted, lines that give nothing: what the running gateway makes of it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pyModbusTCP.client import ModbusClient

from han2x.simulator import Encryption
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.telegrams import ciphered, kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.test_gateway import say_until_read, until
from tests.end_to_end.wire import Wire
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

KEY, OTHER_KEY = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


def reload(gateway: Gateway) -> None:
    gateway.process.send_signal(signal.SIGHUP)


async def reloaded(gateway: Gateway) -> None:
    reload(gateway)
    await asyncio.to_thread(gateway.wait_for, "INFO the settings were read again")


def code(gateway: Gateway) -> str:
    return str(gateway.live()["meters"][0]["diagnosis"]["code"])


async def test_a_reload_moves_the_modbus_port_and_open_connections_stay(tmp_path: Path, wire: Wire) -> None:
    first, second = free_port(), free_port()
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[modbus]\nlisten = "127.0.0.1:{first}"\n')
    with running_gateway(tmp_path, "--port", wire.path, modbus=None) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
        settings.write_text(
            f'[modbus]\nlisten = "127.0.0.1:{second}"\nwhen_stale = "zero"\n[[meters]]\nscaling_factor = 3000\n'
        )
        await reloaded(gateway)

        assert gateway.read_value(40001) == 1500
        newcomer = ModbusClient(host="127.0.0.1", port=second, unit_id=1, timeout=5.0)
        assert newcomer.read_holding_registers(0, 2) == [0, 1500]
        newcomer.close()
        assert ModbusClient(host="127.0.0.1", port=first, timeout=1.0).read_holding_registers(0, 2) is None


async def test_a_port_that_cannot_be_had_leaves_everything_as_it_was(tmp_path: Path, wire: Wire) -> None:
    first = free_port()
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[modbus]\nlisten = "127.0.0.1:{first}"\n')
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        running_gateway(tmp_path, "--port", wire.path, modbus=None) as gateway,
    ):
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
        settings.write_text(
            f'[modbus]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n[[meters]]\nscaling_factor = 3000\n'
        )
        reload(gateway)
        await asyncio.to_thread(gateway.wait_for, "ERROR the settings are as before")

        gateway.client.close()
        assert gateway.read_value(40001) == 500


async def test_settings_with_mistakes_are_not_taken(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)
        (tmp_path / "settings.toml").write_text("[[meters]]\nscaling_factor = 5\n")
        reload(gateway)
        said = await asyncio.to_thread(gateway.wait_for, "ERROR the settings are as before.*")

        assert "scaling_factor" in said
        assert gateway.read_value(40001) == 500


async def test_a_reload_reads_a_meter_through_another_port(tmp_path: Path, wire: Wire) -> None:
    other = Wire()
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[[meters]]\nport = "{wire.path}"\n')
    with running_gateway(tmp_path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=100), 40001)
        settings.write_text(f'[[meters]]\nport = "{other.path}"\n')
        await reloaded(gateway)
        for _ in range(20):
            other.say(kamstrup_list_1(power_import=200))
            await asyncio.sleep(0.2)

        assert gateway.read_value(40001) == 200
    other.close()


async def test_meters_in_the_settings_come_move_and_go_without_a_restart(tmp_path: Path, wire: Wire) -> None:
    other, settings = Wire(), tmp_path / "settings.toml"
    first = f'[[meters]]\nport = "{wire.path}"\n'
    settings.write_text(first)
    with running_gateway(tmp_path) as gateway:
        assert await say_until_read(wire, gateway, kamstrup_list_2(energy_import=5_000_000), 40021) == 5000
        await until(lambda: gateway.read_value(40029))
        client = gateway.client_of(5)

        settings.write_text(f'{first}[[meters]]\nunit = 5\nport = "{other.path}"\n')
        await reloaded(gateway)
        for _ in range(20):
            other.say(kamstrup_list_1(power_import=100))
            await asyncio.sleep(0.2)
        assert client.read_holding_registers(0, 2) == [0, 100]
        assert gateway.read_value(40029) == 5000

        settings.write_text(f'[[meters]]\nunit = 9\nport = "{wire.path}"\n')
        await reloaded(gateway)
        assert client.read_holding_registers(0, 2) is None
        assert client.last_except == 0x0B
        assert gateway.client_of(9).read_holding_registers(28, 2) == [0, 5000], "the energies moved with the meter"
        assert gateway.read_value(40029) is None, "the connection stays, and unit id 1 is nobody's"
        assert gateway.live()["uptime_s"] > 4
        await until(lambda: sorted(each.name for each in tmp_path.glob("meter-*")) == ["meter-9.json"])
    other.close()


async def test_an_encrypted_meter_without_a_key_is_told_and_read_once_the_keys_are_entered(
    tmp_path: Path, wire: Wire
) -> None:
    encryption = Encryption(bytes.fromhex(KEY), bytes.fromhex(OTHER_KEY))
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        for counter in range(1, 6):
            wire.say(ciphered(kamstrup_list_1(power_import=700), encryption, counter))
            await asyncio.sleep(0.2)
        await until(lambda: code(gateway) == "no-key")
        assert gateway.read_value(40001) is None

        entered = f"GPK60 64 1 0x{KEY}\nGPK61 65 1 0x{OTHER_KEY.upper()}\n"
        command = [sys.executable, "-m", "han2x", "keys", "enter", "--state-dir", str(tmp_path)]
        await asyncio.to_thread(subprocess.run, command, input=entered, text=True, check=True, timeout=20)
        await reloaded(gateway)
        counter = 100

        def read() -> int | None:
            nonlocal counter
            counter += 1
            wire.say(ciphered(kamstrup_list_1(power_import=700), encryption, counter))
            return gateway.read_value(40001)

        await until(read)
        assert gateway.read_value(40001) == 700
        assert code(gateway) == "receiving"
        assert gateway.stop() == 0
    said = "".join(gateway.said).lower()
    assert KEY not in said
    assert OTHER_KEY not in said
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600

    with running_gateway(tmp_path, "--port", wire.path) as gateway:

        def replayed() -> bool:
            wire.say(ciphered(kamstrup_list_1(power_import=9000), encryption, counter))
            return code(gateway) == "replay"

        await until(replayed)
        assert gateway.read_value(40001) is None


async def test_swapped_keys_are_told(tmp_path: Path, wire: Wire) -> None:
    (tmp_path / "settings.toml").write_text(
        f'[[meters]]\nencryption_key = "{OTHER_KEY}"\nauthentication_key = "{KEY}"\n'
    )
    encryption = Encryption(bytes.fromhex(KEY), bytes.fromhex(OTHER_KEY))
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        for counter in range(1, 6):
            wire.say(ciphered(kamstrup_list_1(), encryption, counter))
            await asyncio.sleep(0.2)
        await until(lambda: code(gateway) == "keys-swapped")


async def test_a_line_that_says_nothing_is_told_after_half_a_minute(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await asyncio.to_thread(gateway.wait_for, "WARNING meter 1: Nothing at all.*grid company", 50)

        assert code(gateway) == "nothing-received"
