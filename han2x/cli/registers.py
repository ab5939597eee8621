"""`han2x registers`: the register map, or the registers of a running gateway or HAN2X box."""

from __future__ import annotations

import argparse
import socket
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain

if TYPE_CHECKING:
    from han2x.cli.common import Commands

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
    from han2x.registers import FIRST_NUMBER

    try:
        with socket.create_connection((host, port), TIMEOUT_S) as connection:
            image, refused = _read_all(connection, unit)
    except (OSError, ModbusError) as error:
        complain(f"{host} port {port}, unit {unit}: {error}")
        return 1
    _print_rows(image, FIRST_NUMBER + refused)
    if refused:
        complain("the meter is silent: measured registers answer with exception code 0x0B")
        return 1
    return 0


def _read_all(connection: socket.socket, unit: int) -> tuple[bytes, int]:
    """The readable words, and how many registers before them were refused because the meter is silent."""
    from han2x.modbus_client import ModbusError, read_holding_registers
    from han2x.registers import COUNT, MEASURED_COUNT

    try:
        return read_holding_registers(connection, unit, 0, COUNT), 0
    except ModbusError as error:
        if error.code != _GATEWAY_TARGET_FAILED:
            raise
    return read_holding_registers(connection, unit, MEASURED_COUNT, COUNT - MEASURED_COUNT), MEASURED_COUNT


def _print_rows(image: bytes, first: int) -> None:
    from han2x.registers import REGISTERS

    print(f"{'Register':12} {'Words':10} {'Value':>12}  {'Unit':8} Name")
    for register in REGISTERS:
        start = 2 * (register.number - first)
        octets = image[start : start + 2 * register.kind.words] if start >= 0 else b""
        value = str(int.from_bytes(octets, "big")) if octets else "–"
        print(f"{register.numbers:12} {octets.hex(' ', 2) or '–':10} {value:>12}  {register.unit:8} {register.name}")
