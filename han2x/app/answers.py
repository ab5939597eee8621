"""What is running, as the contract has it: the one place where the gateway's parts are turned into answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from han2x import __version__, upgrade_note
from han2x import listeners as places
from han2x.api.audit import Audit, RecordedChange
from han2x.api.care import LogRecord, SerialPort
from han2x.api.listeners import Listener, ListenerFault, ReachTrial
from han2x.api.live import (
    Live,
    ModbusPort,
)
from han2x.api.modbus import Modbus
from han2x.api.outputs import Output
from han2x.api.status import PageAccess, Status
from han2x.api.tariff import Tariff, TariffStep
from han2x.api.upgrade import TakenBack
from han2x.app.meter_answers import meter_status, with_registers
from han2x.app.reach import Reach, dotted
from han2x.faults import Fault
from han2x.gateway.meter import Meter
from han2x.output_state import OutputState
from han2x.serial_port import Port
from han2x.settings import TariffSettings

NOBODY: Final[Mapping[int, str]] = {}


def live(
    meters: Iterable[Meter],
    uptime_s: float,
    addresses: Sequence[tuple[str, int]],
    reached: Iterable[places.Listener] = (),
    tried: Reach | None = None,
    running: Iterable[OutputState] = (),
    imitated: Mapping[int, str] = NOBODY,
    returned: upgrade_note.TakenBack | None = None,
    settings_file: str | None = None,
) -> Live:
    """What the page shows; `addresses` are those of Modbus, `reached` where everything is reached, or is not.

    `tried` has what is on trial, `running` the outputs that are switched on; `imitated` says by unit id whose registers
    are there in place of the HAN2X map. `returned` is an upgrade that was taken back, `settings_file` what is in force
    instead of a settings file with mistakes.
    """
    return Live(
        version=__version__,
        uptime_s=round(uptime_s, 1),
        time=_utc_now(),
        modbus=ModbusPort(port=addresses[0][1] if addresses else None),
        listeners=listeners(reached),
        trial=_trial(tried),
        taken_back=_taken_back(returned),
        settings_file=settings_file,
        outputs=outputs(running),
        meters=[with_registers(meter, imitated.get(meter.config.unit, "")) for meter in meters],
    )


def status(
    meters: Iterable[Meter],
    uptime_s: float,
    modbus: Modbus,
    web: Sequence[str],
    storage: Sequence[str],
    settings: str = "",
    access: PageAccess | None = None,
    reached: Iterable[places.Listener] = (),
    fingerprint: str = "",
    running: Iterable[OutputState] = (),
    returned: upgrade_note.TakenBack | None = None,
) -> Status:
    """What `han2x status` reports; `web` has the page's addresses, `storage` what cannot be kept, `settings` what is
    wrong with the settings file.

    `reached` is where everything is reached, or is not; `fingerprint` that of the page's certificate. `running` are the
    outputs that are switched on; `returned` is an upgrade that was taken back.
    """
    return Status(
        version=__version__,
        uptime_s=round(uptime_s, 1),
        time=_utc_now(),
        modbus=modbus,
        listeners=listeners(reached),
        meters=[meter_status(meter, meter.sources()) for meter in meters],
        web=list(web),
        fingerprint=fingerprint,
        storage=list(storage),
        settings=settings,
        access=access,
        taken_back=_taken_back(returned),
        outputs=outputs(running),
    )


def modbus(plain: Mapping[str, Any], tls: Mapping[str, Any] | None, maps: Sequence[Mapping[str, Any]] = ()) -> Modbus:
    """Clients, counters and the last requests, from the snapshots of the plain server, that with TLS, and of `maps`.

    Raises:
        ValidationError: a snapshot is not what the contract says.
    """
    return msgspec.convert({**plain, "tls": tls, "maps": list(maps)}, Modbus)


def listeners(reached: Iterable[places.Listener]) -> list[Listener]:
    """Where everything is reached, or is not."""
    return [
        Listener(
            what=each.what, state=each.state, wanted=each.wanted, places=list(each.places), fault=_fault(each.fault)
        )
        for each in reached
    ]


def outputs(running: Iterable[OutputState]) -> list[Output]:
    """The outputs that are switched on, and how each stands."""
    return [Output(name=each.name, state=each.phase, where=each.where, fault=_fault(each.fault)) for each in running]


def _taken_back(returned: upgrade_note.TakenBack | None) -> TakenBack | None:
    if returned is None:
        return None
    since = datetime.fromtimestamp(returned.at, UTC).isoformat(timespec="seconds")
    return TakenBack(failed=returned.failed, runs=returned.runs, since=since, fault=_told(returned.fault))


def _trial(tried: Reach | None) -> ReachTrial | None:
    if tried is None or tried.trial is None:
        return None
    return ReachTrial(
        settings=list(dotted(tried.trial.values)),
        confirm_within_s=tried.trial.within_s,
        remaining_s=round(tried.remaining_s(), 1),
    )


def tariff(typed: TariffSettings) -> Tariff:
    """Prices as numbers."""
    day, night = (None if price is None else float(price) for price in (typed.day_price, typed.night_price))
    return Tariff(
        currency=typed.currency,
        steps=[TariffStep(below_kw=float(step.below_kw), price=float(step.price)) for step in typed.steps],
        day_price=day,
        night_price=night,
        day_begins=typed.day_begins,
        day_ends=typed.day_ends,
        weekend_night=typed.weekend_night,
    )


def serial_ports(found: Iterable[Port]) -> list[SerialPort]:
    """The serial ports of this computer."""
    return [SerialPort(path=port.path, device=port.device, description=port.description) for port in found]


def log_records(records: Iterable[Mapping[str, str]]) -> list[LogRecord]:
    """The last log records, the newest last."""
    return [LogRecord(**record) for record in records]


def _fault(fault: Fault | None) -> ListenerFault | None:
    return None if fault is None else _told(fault)


def _told(fault: Fault) -> ListenerFault:
    return ListenerFault(code=fault.code, values=dict(fault.values), message=str(fault))


def audit(entries: Sequence[Mapping[str, Any]], damaged: int, most: int) -> Audit:
    """The last recorded changes, the newest first, of entries with the newest last. Those that are none count as
    damaged.
    """
    found = []
    for entry in reversed(entries[-most:]):
        try:
            found.append(msgspec.convert(entry, RecordedChange))
        except msgspec.ValidationError:
            damaged += 1
    return Audit(entries=found, damaged=damaged)


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
