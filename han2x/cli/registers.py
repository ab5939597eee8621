"""`han2x registers`: the register map, or the registers of a running gateway or HAN2X box."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain

if TYPE_CHECKING:
    from han2x.cli.common import Commands

IDENTIFIED_S: Final = 2.0
_GATEWAY_TARGET_FAILED: Final = 0x0B


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "registers",
        help="print the register map, or read a running gateway",
        description="Prints the register map. With --live, reads a running gateway or a HAN2X box.",
    )
    parser.add_argument("--live", metavar="HOST[:PORT]", help="read all registers from there (port 502)")
    parser.add_argument("--unit", type=int, default=1, metavar="N", help="unit id to read (1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the registers were read, 1 when they could not be, 2 for an address that cannot be used."""
    if arguments.live is None:
        from han2x.registers import register_table

        print(register_table())
        return 0
    try:
        host, port = _host_and_port(arguments.live)
        if not 0 <= arguments.unit <= 255:
            raise ValueError(f"--unit {arguments.unit}: 0 to 255 are possible")  # noqa: TRY301 - told like the others
    except ValueError as error:
        complain(str(error))
        return 2
    return _read_live(host, port, arguments.unit)


def _host_and_port(text: str) -> tuple[str, int]:
    from han2x.addresses import is_bracketed, parse_port, split_host_port

    host, digits = split_host_port(text)
    if digits is None or (":" in host and not is_bracketed(host)):
        host, digits = text, "502"
    port = parse_port(digits)
    if not host or port is None:
        raise ValueError(f"--live {text}: expected HOST or HOST:PORT, with a port of 1 to 65535")
    return host.strip("[]"), port


def _read_live(host: str, port: int, unit: int) -> int:
    from han2x.modbus_client import TIMEOUT_S, ModbusError
    from han2x.registers import REGISTERS

    imitates = _imitates(host, port, unit)
    if imitates:
        complain(f"{host} port {port}, unit {unit}: {imitates}, and does not have these registers")
        return 1
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as connection:
            known = _read_all(connection, unit)
    except (OSError, ModbusError) as error:
        complain(f"{host} port {port}, unit {unit}: {error}")
        return 1
    _print_rows(known)
    if len(known) < len(REGISTERS):
        complain("values that are not current: their registers answer with exception code 0x0B")
        return 1
    return 0


def _imitates(host: str, port: int, unit: int) -> str:
    """Whose registers a han2x gateway says that it shows there in place of its own; "" where nothing says so."""
    from han2x.modbus_client import ModbusError, read_model

    try:  # on a connection of its own, as others need not answer that at all
        with socket.create_connection((host, port), IDENTIFIED_S) as connection:
            model = read_model(connection, unit)
    except (OSError, ModbusError):
        return ""
    return model if model.startswith("imitates ") else ""


def _read_all(connection: socket.socket, unit: int) -> dict[int, bytes]:
    """The words of each register by its number; without those that are refused because their values are not current."""
    from han2x.modbus_client import read_holding_registers
    from han2x.registers import COUNT, MEASURED_COUNT, REGISTERS

    first, image = 0, _unless_refused(connection, unit, 0, COUNT)
    if image is None:
        first, image = MEASURED_COUNT, read_holding_registers(connection, unit, MEASURED_COUNT, COUNT - MEASURED_COUNT)
    known = {}
    for register in REGISTERS:
        address, words = register.address, register.kind.words
        octets: bytes | None = image[2 * (address - first) : 2 * (address - first + words)]
        if address < first:
            octets = _unless_refused(connection, unit, address, words)
        if octets is not None:
            known[register.number] = octets
    return known


def _unless_refused(connection: socket.socket, unit: int, address: int, count: int) -> bytes | None:
    from han2x.modbus_client import ModbusError, read_holding_registers

    try:
        return read_holding_registers(connection, unit, address, count)
    except ModbusError as error:
        if error.code != _GATEWAY_TARGET_FAILED:
            raise
    return None


def _print_rows(known: Mapping[int, bytes]) -> None:
    from han2x.registers import REGISTERS

    print(f"{'Register':12} {'Words':10} {'Value':>12}  {'Unit':8} Name")
    for register in REGISTERS:
        octets = known.get(register.number, b"")
        value = str(int.from_bytes(octets, "big")) if octets else "–"
        print(f"{register.numbers:12} {octets.hex(' ', 2) or '–':10} {value:>12}  {register.unit:8} {register.name}")
