"""`han2x status`: how the gateway on this computer stands."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import complain, print_json, say
from han2x.faults import told
from han2x.printable import printable

if TYPE_CHECKING:
    from han2x.api.listeners import Listener
    from han2x.api.live import MeasuredValue, MeterStatus
    from han2x.api.modbus import ModbusServer
    from han2x.api.outputs import Output
    from han2x.api.status import PageAccess, Status
    from han2x.api.upgrade import TakenBack
    from han2x.cli.common import Commands

NAMES: Final[Mapping[str, str]] = {
    "modbus": "Modbus",
    "modbus-tls": "Modbus with TLS",
    "page": "the page",
    "page-https": "the page with HTTPS",
}


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status",
        help="how the running gateway stands",
        description="Asks the gateway that runs on this computer: meters, line quality, clients, addresses, uptime.",
    )
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the gateway's state directory")
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when every meter sends its values, 1 when one is silent or some no longer come, 2 without a gateway."""
    from han2x.api.base import from_json
    from han2x.api.status import Status
    from han2x.app.status import ask_status
    from han2x.cli.running import status_socket
    from han2x.upgrade_note import note_path, taken_back

    path = status_socket(arguments.state_dir)
    try:
        raw = ask_status(path)
    except PermissionError:
        complain(f"{path}: only root and the gateway's user may ask; try sudo han2x status")
        return 2
    except OSError as error:
        complain(_why_not(path, error))
        if (upgrade := taken_back(note_path())) is not None:
            complain(str(upgrade))
        return 2
    try:
        status = from_json(raw, Status)
    except ValueError as error:
        complain(f"{path}: what the gateway answers is not understood: {error}")
        return 2
    if arguments.json:
        print_json(json.loads(raw))
    else:
        say("\n".join(map(printable, _lines(status))))
    return 1 if any(_is_stale(meter) for meter in status.meters) else 0


def _why_not(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return f"{path}: no gateway runs here; see systemctl status han2x, or name its directory with --state-dir"
    return told(error, about=f"{path}: no gateway answers")


def _is_stale(meter: MeterStatus) -> bool:
    return meter.stale or any(value.stale for value in meter.values.values())


def _lines(status: Status) -> Iterator[str]:
    yield f"han2x {status.version}, running for {_duration(status.uptime_s)}"
    if status.taken_back is not None:
        yield from _taken_back_lines(status.taken_back)
    for meter in status.meters:
        yield ""
        yield from _meter_lines(meter)
    yield ""
    yield from _modbus_lines("Modbus", status.modbus)
    if status.modbus.tls is not None:
        yield from _modbus_lines("TLS", status.modbus.tls)
    yield f"page     {', '.join(status.web) or 'not served'}"
    if status.fingerprint:
        yield f"         certificate SHA-256 {status.fingerprint}"
    yield from filter(None, map(_trouble, status.listeners))
    yield from map(_output, status.outputs)
    if status.access is not None:
        yield from _access_lines(status.access)
    for failure in status.storage:
        yield f"storage  {failure}"
    for number, line in enumerate(status.settings.splitlines()):
        yield f"{'' if number else 'settings':8} {line}"


def _taken_back_lines(told: TakenBack) -> Iterator[str]:
    yield f"upgrade  to {told.failed} taken back at {told.since}: {told.fault.message}"
    yield f"         {told.runs} runs instead; sudo han2x update --acknowledge ends this line"


def _trouble(listener: Listener) -> str:
    """What keeps something from being reached where it is wanted; "" for nothing."""
    name, why = NAMES.get(listener.what, listener.what), listener.fault.message if listener.fault else ""
    match listener.state:
        case "down":
            return f"down     {name}, wanted at {listener.wanted}: {why}"
        case "fallback":
            return f"fallback {name} is at {', '.join(listener.places)}, wanted at {listener.wanted}: {why}"
    return f"warning  {name}: {why}" if why else ""


def _output(output: Output) -> str:
    """How an output stands, and with whom."""
    said = f"{output.state} {output.where}".rstrip()
    return f"{output.name:8} {said}: {output.fault.message}" if output.fault else f"{output.name:8} {said}"


def _access_lines(access: PageAccess) -> Iterator[str]:
    if access.state == "locked":
        yield f"password cannot be read, nobody can log in: {access.fault}"
        yield "         sudo han2x password reset lets you choose a new one"
    elif access.claim_code is not None:
        yield f"password not chosen yet; claim code {access.claim_code}"
        if access.open_s > 0:
            yield f"         not needed for {max(1, round(access.open_s / 60))} min more"


def _modbus_lines(name: str, server: ModbusServer) -> Iterator[str]:
    yield f"{name:8} {', '.join(server.addresses) or 'not served'}"
    yield f"clients  {len(server.connections)}"
    for client in server.connections:
        yield f"         {client.client}, {client.requests} requests"


def _meter_lines(meter: MeterStatus) -> Iterator[str]:
    known = " ".join(filter(None, (meter.maker, meter.meter_type, meter.meter_id)))
    age = "never" if meter.age_s is None else f"{meter.age_s:.0f} s ago"
    problems = ", ".join(f"{count} {kind}" for kind, count in meter.problems.items())
    yield f"unit {meter.unit}   {meter.name or known or 'no meter yet'}" + (" (simulated)" * meter.simulated)
    if meter.name and known:
        yield f"meter    {known}"
    yield f"line     {meter.line.port or 'none'} {meter.line.settings}, {meter.line.state}"
    yield f"health   {meter.diagnosis.what} {meter.diagnosis.advice}".rstrip()
    for warning in meter.warnings:
        yield f"warning  {warning.what}"
    yield f"telegram {age}; {meter.readings} good" + (f"; {problems}" if problems else "")
    for key, name in (("1.7.0", "import"), ("2.7.0", "export")):
        if key in meter.values and not meter.values[key].stale:
            yield f"{name:8} {meter.values[key].value:.15g} W"
    yield from _age_lines(meter.values)


def _age_lines(values: Mapping[str, MeasuredValue]) -> Iterator[str]:
    """The values by their age, those of one telegram together."""
    ages: dict[tuple[float, bool], list[str]] = {}
    for key, value in values.items():
        ages.setdefault((value.age_s, value.stale), []).append(key)
    for (age_s, stale), keys in sorted(ages.items()):
        age = f"{age_s:.0f} s" if age_s < 3600 else _duration(age_s)
        yield f"values   {age} old{', not current' * stale}: {' '.join(keys)}"


def _duration(seconds: float) -> str:
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"
