"""What can be seen: live data, the Modbus side, the log, telegrams, settings, network."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from han2x.api.audit import Audit, AuditQuery
from han2x.api.care import Capture, LogQuery, LogRecord, RawTelegram, SerialPort, UnitQuery
from han2x.api.live import Live
from han2x.api.modbus import Modbus
from han2x.api.network import Network
from han2x.api.registers import RegisterBlock, RegistersQuery, ServedUnit
from han2x.api.settings import BackupQuery, Settings
from han2x.api.tariff import Tariff
from han2x.web.answers import attachment, file_name
from han2x.web.call import Call
from han2x.web.refusals import PersonOnlyError

MOST_EVENTS: Final = 5000
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


async def live(call: Call[None]) -> Live:
    """What the meters say now."""
    return call.control.live()


async def units(call: Call[None]) -> list[ServedUnit]:
    """What each unit id serves, and where."""
    return call.control.units()


async def registers(call: Call[RegistersQuery]) -> list[RegisterBlock]:
    """What a unit id shows Modbus clients."""
    return call.control.registers(call.asked.unit, call.asked.on, call.asked.block)


async def tariff(call: Call[None]) -> Tariff:
    """Prices as they were typed."""
    return call.control.tariff()


async def modbus(call: Call[None]) -> Modbus:
    """Clients, requests and counters."""
    return call.control.modbus()


async def metrics(call: Call[None]) -> web.Response:
    """All of it as Prometheus scrapes it, packed where it asks for that."""
    answer = web.Response(body=await call.control.metrics(), headers={"Content-Type": METRICS_TYPE})
    answer.enable_compression()
    return answer


async def settings(call: Call[None]) -> Settings:
    """The table of settings, and what is set."""
    told = call.control.settings()
    if told.pending is not None and call.visitor.session is None:
        # A program that began a trial has its token from there; others are not to end it.
        return msgspec.structs.replace(told, pending=msgspec.structs.replace(told.pending, token=""))
    return told


async def ports(call: Call[None]) -> list[SerialPort]:
    """Serial ports."""
    return await call.control.ports()


async def network(call: Call[None]) -> Network:
    """Interfaces and what is pending."""
    return await call.control.network()


async def log(call: Call[LogQuery]) -> list[LogRecord]:
    """The last events."""
    return await call.control.log(call.asked.most, earlier=bool(call.asked.earlier))


async def log_download(call: Call[None]) -> web.Response:
    """All of them as text, one a line; a line of its own says where the program began again."""
    lines, run = [], ""
    for record in await call.control.log(MOST_EVENTS, earlier=True):
        if run and record.run != run:
            lines.append("--- started again ---")
        run = record.run
        lines.append(f"{record.time} {record.level:8} {record.message}")
    return attachment("".join(f"{line}\n" for line in lines).encode(), "text/plain", "han2x-log.txt")


async def audit(call: Call[AuditQuery]) -> Audit:
    """Who changed what."""
    return await call.control.audit(call.asked.most)


async def telegrams(call: Call[UnitQuery]) -> list[RawTelegram]:
    """The last raw telegrams."""
    return await call.control.telegrams(call.asked.unit)


async def capture(call: Call[None]) -> Capture:
    """How the recording of a line stands."""
    return call.control.capture()


async def capture_file(call: Call[None]) -> web.Response:
    """What is recorded so far."""
    file = call.control.capture_file()
    name = file_name(call.control.options().name, f"meter-{file.unit}", "capture", file.begun)
    return attachment(file.content, "text/plain", name)


async def backup(call: Call[BackupQuery]) -> web.Response:
    """The settings as a file; with the keys only for a person."""
    secrets = bool(call.asked.secrets)
    if secrets and call.visitor.session is None:
        raise PersonOnlyError("the keys are given only to a person who is logged in")
    content = await call.control.backup(secrets=secrets)
    return attachment(content.encode(), "application/toml", file_name(call.control.options().name, "settings", "toml"))


async def diagnostics(call: Call[None]) -> web.Response:
    """A bundle for whoever looks for a fault."""
    name = file_name(call.control.options().name, "diagnostics", "zip")
    return attachment(await call.control.diagnostics(), "application/zip", name)
