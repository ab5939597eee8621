"""`han2x registers`: the register map, or the registers of a running gateway or HAN2X box."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain, say
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.registers import Block, Register

IDENTIFIED_S: Final = 2.0
_ILLEGAL_DATA_ADDRESS: Final = 2
_GATEWAY_TARGET_FAILED: Final = 0x0B
_MOST_WORDS: Final = 125
_WIDEST: Final = 21


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
        from han2x.registers import EXTENDED, HAN2X, register_table

        say(f"{register_table(HAN2X)}\n\n{register_table(EXTENDED)}")
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
    from han2x.registers import EXTENDED, HAN2X

    imitates = _imitates(host, port, unit)
    if imitates:
        complain(f"{host} port {port}, unit {unit}: {imitates}, and does not have these registers")
        return 1
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as connection:
            shown = dict(_read_block(connection, unit, HAN2X))
            try:
                shown |= dict(_read_block(connection, unit, EXTENDED))
            except ModbusError as error:
                if error.code != _ILLEGAL_DATA_ADDRESS:  # a HAN2X box has none
                    raise
    except (OSError, ModbusError) as error:
        complain(told(error, about=f"{host} port {port}, unit {unit}"))
        return 1
    _print_rows(shown)
    if not all(shown.values()):
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


def _read_block(connection: socket.socket, unit: int, block: Block) -> Iterator[tuple[Register, bytes]]:
    """The words of each register; none of those that are refused because their values are not current."""
    from han2x.modbus_client import read_holding_registers

    for rows in _batches(block.rows):
        first, last = rows[0].address, rows[-1].address + rows[-1].kind.words
        image = _unless_refused(connection, unit, first, last - first)
        for row in rows:
            start, count = 2 * (row.address - first), row.kind.words
            if image is not None:
                yield row, image[start : start + 2 * count]
            elif row.measured:
                yield row, _unless_refused(connection, unit, row.address, count) or b""
            else:
                yield row, read_holding_registers(connection, unit, row.address, count)


def _batches(rows: Sequence[Register]) -> Iterator[Sequence[Register]]:
    """Rows that fit into one request each."""
    begin = 0
    for place, row in enumerate(rows):
        if row.address + row.kind.words - rows[begin].address > _MOST_WORDS:
            yield rows[begin:place]
            begin = place
    yield rows[begin:]


def _unless_refused(connection: socket.socket, unit: int, address: int, count: int) -> bytes | None:
    from han2x.modbus_client import ModbusError, read_holding_registers

    try:
        return read_holding_registers(connection, unit, address, count)
    except ModbusError as error:
        if error.code != _GATEWAY_TARGET_FAILED:
            raise
    return None


def _print_rows(shown: Mapping[Register, bytes]) -> None:
    say(f"{'Register':12} {'Words':22} {'Value':>20}  {'Unit':8} Name")
    for register, octets in shown.items():
        words, value = octets.hex(" ", 2), _value(register, octets)
        if len(words) > _WIDEST:
            words = f"{words[: _WIDEST - 2]} …"
        say(f"{register.numbers:12} {words or '–':22} {value:>20}  {register.unit:8} {register.name}")


def _value(register: Register, octets: bytes) -> str:
    """The value; "–" for one that is not known."""
    from han2x.registers import HAN2X

    value = register.kind.decode(octets) if octets else ""
    says_absent = register.number > HAN2X.rows[-1].number
    return "–" if value == "" or (says_absent and value == register.kind.absent) else str(value)
