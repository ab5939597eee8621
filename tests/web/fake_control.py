"""A gateway behind the page that is made up: what the page may see and change, kept in memory.

It shows what no gateway here could (meters that fell silent, a network that can be changed), as the contract's own
types, made by the same builders as the real one's where there is something to build from.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from han2x.api import settings as api
from han2x.api.audit import Audit, RecordedChange
from han2x.api.care import Capture, LogRecord, RawTelegram, SerialPort
from han2x.api.listeners import ReachOutcome, ReachPending, ReachTrial
from han2x.api.live import Live
from han2x.api.modbus import Modbus, ModbusConnection, ModbusRequest, ModbusServer
from han2x.api.network import Network, NetworkApplied, NetworkChange
from han2x.api.registers import RegisterBlock, RegisterRow, ServedBlock, ServedRegister, ServedUnit
from han2x.api.settings import Change, SettingsChanged
from han2x.api.tariff import Tariff
from han2x.app import answers, network_form, page_places, reach, settings_form, telegram_answers
from han2x.app.meter_answers import block_rows
from han2x.gateway import recording
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.gateway.recording import MOST_OCTETS
from han2x.keys import MeterKeys
from han2x.metrics import Exposition, GatewayFacts, add_gateway
from han2x.network import (
    ChangeState,
    Ending,
    Fault,
    Interface,
    InterfaceKind,
    InterfaceSettings,
    InvalidSettingsError,
    Method,
    NetworkOverview,
    Outcome,
    Pending,
    check_hostname,
)
from han2x.registers import EXTENDED, HAN2X, Block, Sources, sunspec
from han2x.registers.bank import WhenStale
from han2x.registers.maps import MAPS
from han2x.registers.units import decimals, meanings, quantity
from han2x.settings import Report, SettingsError
from han2x.settings.faults import SettingsFault
from han2x.settings.load import check
from han2x.settings.rules import toml_text
from han2x.settings.schema import METERS, ROWS, Settings
from han2x.state import Snapshot
from han2x.web import CameIn, ConflictError, InvalidValuesError, MissingError, PageOptions, UnreadableError
from han2x.web.control import CaptureFile
from tests.browser.live_data import live, meter
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.web.fake_history import FakeHistory

Json = dict[str, Any]
CONFIRM_WITHIN_S: Final = 60

CONNECTION: Final = ModbusConnection(
    client="192.168.1.20:50112", framing="tcp", connected_s=3600.0, idle_s=0.8, requests=3600, exceptions={"2": 4},
    octets_in=43200, octets_out=392400, waiting_octets=0,
)  # fmt: skip
REQUEST: Final = ModbusRequest(
    time=1_763_682_300.0, client="192.168.1.20:50112", unit=1, function=3, address=0, count=50, written=None,
    exception=None, took_us=180.0,
)  # fmt: skip
SERVER: Final = ModbusServer(
    addresses=["0.0.0.0:502", "[::]:502"], open=1, requests=3600, reads=3600, writes=0, functions={"3": 3600},
    exceptions={"2": 4}, octets_in=43200, octets_out=392400, accepted=3, refused=1, replaced=0, timed_out=1,
    broken=0, connections=[CONNECTION], recent=[REQUEST, msgspec.structs.replace(REQUEST, exception=2)],
)  # fmt: skip


ADAPTER: Final = SerialPort(
    path="/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0", device="/dev/ttyUSB0",
    description="FT232R USB UART",
)  # fmt: skip

BUNDLED: Final = frozenset((
    "about.json", "changes.json", "log.json", "meter-1.capture", "network.json", "ports.json", "settings.json",
    "status.json",
))  # fmt: skip
"""What there is in a running gateway's bundle, with one meter; the page lists it."""

LOG: Final = [
    LogRecord(time="2025-11-19T12:00:00+00:00", level="error", message="a fault in this program", run="a"),
    LogRecord(time="2025-11-20T23:44:00+00:00", level="info", message="Modbus is served on 0.0.0.0:502", run="b"),
    LogRecord(time="2025-11-20T23:44:55+00:00", level="warning", message="the meter sent <b>nothing</b>", run="b"),
]

CHANGES: Final = [
    RecordedChange(
        time="2025-11-20T23:40:00+00:00", actor="session", name="1f2e3d4c", address="192.168.1.20", action="setting",
        what="meters.0.scaling_factor", before="1000", after="40000",
    ),
    RecordedChange(
        time="2025-11-20T23:30:00+00:00", actor="token", name="<b>balancer</b>", address="192.168.1.30",
        action="keys", what="meters.0.encryption_key", before="not set", after="set",
    ),
    RecordedChange(
        time="2025-11-20T23:20:00+00:00", actor="modbus", name="", address="192.168.1.40", action="factor",
        what="unit 1", before=2000, after=1000,
    ),
    RecordedChange(
        time="2025-11-20T23:10:00+00:00", actor="gateway", name="", address="", action="restart", what="", before=None,
        after=None,
    ),
]  # fmt: skip


NO_CAPTURE: Final = Capture(state="none", most=MOST_OCTETS)
BLOCKS: Final = {each.name: each for each in (HAN2X, EXTENDED, *sunspec.blocks(), *MAPS["em24"].blocks())}
OWN: Final = (HAN2X, EXTENDED, *sunspec.blocks())
"""Those that can be shown, by name."""


class FakeControl:
    """A `Control`. `data`, `failing` and the other attributes may be changed at any time."""

    def __init__(self, meters: int = 1) -> None:
        self.document: Json = {
            METERS: [{"unit": unit, "port": f"/dev/ttyUSB{unit - 1}"} for unit in range(1, meters + 1)]
        }
        self.data: Live = live(*(meter(unit=unit) for unit in range(1, meters + 1)))
        self.taken = 0
        self.failing: Exception | None = None
        self.keys: dict[int, MeterKeys] = {}
        self.serial_ports = [ADAPTER]
        self.page = PageOptions("0.1.0")
        self.hostname = "han2x"
        self.interface = InterfaceSettings(
            "eth0", Method.STATIC, IPv4Interface("192.168.1.232/24"), IPv4Address("192.168.1.1"),
            (IPv4Address("192.168.1.1"),),
        )  # fmt: skip
        self.network_fault: Fault | None = None
        self.pending: Pending | None = None
        self.outcome: Outcome | None = None
        self.server: Modbus = Modbus(**msgspec.structs.asdict(SERVER), tls=None)
        self.restarts = 0
        self.report: Report | None = None
        self.overridden: dict[str, str] = {}
        self.address_after_reset = ""
        self.trial: ReachPending | None = None
        self.last: ReachOutcome | None = None
        self.tried: Json = {}
        self.proven: Callable[[CameIn], bool] = lambda _came_in: True
        self._until = 0.0
        self.maps: list[ServedUnit] = []
        self.awaited: frozenset[int] = frozenset()
        self.lacking: frozenset[str] = frozenset()
        self.octets: list[bytes] = [kamstrup_list_1(power_import=1000 + number) for number in range(5)]
        self.captured = NO_CAPTURE
        self.history = FakeHistory(
            lambda unit: unit in {each.unit for each in self.data.meters},
            lambda: datetime.fromisoformat(self.data.time).timestamp(),
        )

    def options(self) -> PageOptions:
        section = self.document.get("web", {})
        known = {name: section[name] for name in ("live_open", "language") if name in section}
        known["name"] = self.document.get("device", {}).get("name", "") or self.page.name
        tried = tuple(self.trial.places) if self.trial else ()
        return replace(self.page, **known, tried=tried)

    def live(self) -> Live:
        """One second older each time."""
        if self.failing:
            raise self.failing
        self.taken += 1
        trial = self.trial and ReachTrial(
            settings=self.trial.settings,
            confirm_within_s=self.trial.confirm_within_s,
            remaining_s=self.trial.remaining_s,
        )
        return msgspec.structs.replace(self.data, uptime_s=self.data.uptime_s + self.taken - 1, trial=trial)

    def units(self) -> list[ServedUnit]:
        own = [
            ServedUnit(
                unit=shown.unit,
                on="",
                meter=shown.unit,
                maps=[shown.imitates] if shown.imitates else [],
                blocks=[
                    _served(each, own=True) for each in OWN[bool(shown.imitates) :] if each.name not in self.lacking
                ],
            )
            for shown in self.data.meters
        ]
        return [*own, *self.maps]

    def registers(self, unit: int, on: str = "", block: str = "") -> list[RegisterBlock]:
        found = next((each for each in self.units() if (each.unit, each.on) == (unit, on)), None)
        if found is None:
            raise MissingError(f"the unit id {unit} is not served")
        meter = next(shown for shown in self.data.meters if shown.unit == found.meter)
        sources = Sources(Snapshot(now=0.0, stale=False, meter_id="5706567274389702"))
        refusing = meter.when_stale is WhenStale.EXCEPTION
        shown = [BLOCKS[each.name] for each in found.blocks if block in ("", each.name)]
        return [
            _block(
                each,
                meter.registers if each is HAN2X else block_rows(each, sources),
                self.awaited,
                refusing=refusing,
            )
            for each in shown
        ]

    def tariff(self) -> Tariff:
        return answers.tariff(self._checked(self.document).tariff)

    def modbus(self) -> Modbus:
        return self.server

    async def metrics(self) -> bytes:
        """As the real one's, of a gateway without meters."""
        if self.failing:
            raise self.failing
        told = Exposition()
        add_gateway(told, GatewayFacts("0.1.0", "0123456789ab", 3600.0, 1.5, None, None), self.server, ())
        return told.text()

    def settings(self) -> api.Settings:
        settings = self._checked(self.document)
        form = settings_form.form(settings, self.overridden, self.report)
        return msgspec.structs.replace(form, pending=self.trial, last=self.last)

    async def log(self, most: int, *, earlier: bool) -> list[LogRecord]:
        return [record for record in LOG if earlier or record.run == "b"][-most:]

    async def audit(self, most: int) -> Audit:
        return Audit(entries=CHANGES[:most], damaged=0)

    async def telegrams(self, unit: int) -> list[RawTelegram]:
        """What the real one makes of these octets."""
        self._meter(unit)
        running = Meter(MeterConfig(serial_settings="2400 8N1"), time.time)
        for octets in self.octets:
            running.feed(octets)
            running.silence()
        return await telegram_answers.telegrams(running)

    def capture(self) -> Capture:
        return self.captured

    def begin_capture(self, unit: int, minutes: int) -> Capture:
        self._meter(unit)
        if self.captured.state == "running":
            raise ConflictError("a recording goes on; stop it first", code="capture-running")
        self.captured = Capture(
            state="running", unit=unit, begun=time.time(), lasted_s=2.0, within_s=60.0 * minutes, octets=228, size=474,
            most=MOST_OCTETS,
        )  # fmt: skip
        return self.captured

    def stop_capture(self) -> Capture:
        self.captured = msgspec.structs.replace(self.captured, state="ended", ending=recording.Ending.STOPPED)
        return self.captured

    def forget_capture(self) -> None:
        self.captured = NO_CAPTURE

    def capture_file(self) -> CaptureFile:
        return CaptureFile(1, date(2025, 11, 20), b"# unit id 1\n1763682300.000000 7ea0\n")

    async def confirm_settings(self, token: str, came_in: CameIn) -> None:
        if self.trial is None or token != self.trial.token:
            raise ConflictError("this change is not on trial any more", code="no-such-trial")
        if not self.proven(came_in):
            raise ConflictError("this is none of the new places", code="not-at-new-place")
        self.document, self.trial = self.tried, None

    async def roll_back_settings(self, token: str) -> None:
        if self.trial is None or token != self.trial.token:
            raise ConflictError("this change is not on trial any more", code="no-such-trial")
        self.trial = None

    async def change_settings(self, changes: Sequence[Change], within_s: int | None = None) -> SettingsChanged:
        document = deepcopy(self.document)
        for change in changes:
            _put(document, change)
        before = self._checked(self.document)
        after = self._checked(document)
        paths = reach.changed(before, after)
        if not paths:
            self.document = document
            return SettingsChanged(values=settings_form.values(after))
        if self.trial is not None:
            raise ConflictError("another change waits to be confirmed", code="trial-pending")
        self.tried = document
        places = [place.url() for place in page_places.proving(before.web, after.web)]
        within = within_s or reach.CONFIRM_WITHIN_S
        self.trial = ReachPending(
            token="r" * 32,
            settings=list(reach.dotted(paths)),
            places=places,
            confirm_within_s=within,
            remaining_s=within,
        )
        moved_to = places[0] if places else UNSET
        return SettingsChanged(values=settings_form.values(before), moved_to=moved_to, pending=self.trial)

    async def ports(self) -> list[SerialPort]:
        return list(self.serial_ports)

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        self._meter(unit)
        self.keys[unit] = keys

    async def reset_address(self) -> str:
        return self.address_after_reset

    async def network(self) -> Network:
        current = Interface(
            "eth0", InterfaceKind.WIRED, "b8:27:eb:00:00:01", link=True, settings=self.interface,
            addresses=(IPv4Interface("192.168.1.232/24"),), ipv6=(IPv6Interface("fe80::1/64"),),
            gateway=IPv4Address("192.168.1.1"), dns=("192.168.1.1",),
        )  # fmt: skip
        seen = NetworkOverview(self.hostname, (current,), self.network_fault, self.network_fault)
        pending = self.pending and replace(self.pending, remaining_s=self._until - time.time())
        return network_form.overview(seen, pending, self.outcome)

    async def apply_network(self, change: NetworkChange) -> NetworkApplied:
        if self.pending:
            raise ConflictError("another change waits to be confirmed", code="already-pending")
        settings = _network_settings(change)
        address = settings.address or IPv4Interface("192.168.1.77/24")
        self._until = time.time() + CONFIRM_WITHIN_S
        self.pending = Pending(
            "t" * 32, settings, ChangeState.IN_FORCE, (address,), CONFIRM_WITHIN_S, float(CONFIRM_WITHIN_S)
        )
        return NetworkApplied(pending=network_form.pending_change(self.pending))

    async def confirm_network(self, token: str) -> None:
        self.interface = self._take_pending(token).settings
        self.outcome = Outcome(token, self.interface, Ending.CONFIRMED)

    async def rollback_network(self, token: str) -> None:
        self.end_network(token, Ending.ROLLED_BACK)

    def end_network(self, token: str, ending: Ending) -> None:
        """As when the time is up, or the settings could not be put in force."""
        self.outcome = Outcome(token, self._take_pending(token).settings, ending)

    async def set_hostname(self, hostname: str) -> None:
        try:
            check_hostname(hostname)
        except InvalidSettingsError as error:
            raise InvalidValuesError.of(error.errors) from None
        self.hostname = hostname

    async def acknowledge_upgrade(self) -> None:
        self.data = msgspec.structs.replace(self.data, taken_back=None)

    async def backup(self, *, secrets: bool) -> str:
        lines = [f"# secrets = {toml_text(secrets)}", "[web]"]
        lines += [f"{key} = {toml_text(value)}" for key, value in self.document.get("web", {}).items()]
        return "\n".join(lines) + "\n"

    async def restore(self, toml: str, within_s: int | None = None) -> SettingsChanged:
        import tomllib

        try:
            document = tomllib.loads(toml)
        except tomllib.TOMLDecodeError as error:
            raise InvalidValuesError.of({"toml": SettingsFault("not-toml-somewhere", problem=error)}) from None
        settings = self._checked(document)
        self.document = document
        return SettingsChanged(values=settings_form.values(settings))

    async def diagnostics(self) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as bundle:
            bundle.writestr("versions.txt", "han2x 0.1.0\n")
        return file.getvalue()

    async def factory_reset(self) -> None:
        self.document = {}

    async def restart(self) -> None:
        self.restarts += 1

    def _meter(self, unit: int) -> None:
        if unit not in {each.unit for each in self.data.meters}:
            raise MissingError(f"there is no meter with unit id {unit}")

    def _take_pending(self, token: str) -> Pending:
        if self.pending is None or token != self.pending.token:
            raise MissingError("this change is no longer there", code="no-such-change")
        taken, self.pending = self.pending, None
        return taken

    def _checked(self, document: Json) -> Settings:
        settings, problems = check(document)
        if problems:
            raise settings_form.refusal(SettingsError(Path("settings.toml"), problems))
        return settings


class FakeDocument:
    """Password and tokens, or sessions, in memory. A `failing` one keeps nothing, a `damaged` one cannot be read."""

    def __init__(self) -> None:
        self.kept: Json | None = None
        self.failing = False
        self.damaged = False

    def load(self) -> Json | None:
        if self.damaged:
            raise UnreadableError("damaged: wrong checksum")
        return deepcopy(self.kept)

    def remove(self) -> None:
        if self.failing:
            raise OSError("Read-only file system")
        self.kept, self.damaged = None, False

    def save(self, data: Json) -> None:
        if self.failing:
            raise OSError("No space left on device")
        self.kept = deepcopy(data)


def _served(block: Block, *, own: bool) -> ServedBlock:
    return ServedBlock(name=block.name, first=block.first, end=block.end, own=own)


def _block(block: Block, rows: list[RegisterRow], awaited: frozenset[int], *, refusing: bool) -> RegisterBlock:
    """As clients read it: what is stale or awaited is refused where that is so set."""
    known = meanings(block, [row.value for row in rows])
    served = [
        ServedRegister(
            **msgspec.structs.asdict(row),
            quantity=quantity(row.value, meant) if row.known else None,
            quantity_unit=meant.unit if meant else "",
            decimals=decimals(register, meant),
            state=_state(row, awaited),
            refused=refusing and (row.stale or row.number in awaited),
        )
        for register, row, meant in zip(block.rows, rows, known, strict=True)
    ]
    refused = [row.number for row in served if row.refused]
    return RegisterBlock(name=block.name, first=block.first, end=block.end, rows=served, refused=refused)


def _state(row: RegisterRow, awaited: frozenset[int]) -> Literal["current", "stale", "awaited", "unknown"]:
    if not row.known:
        return "awaited" if row.number in awaited else "unknown"
    return "stale" if row.stale else "current"


def _network_settings(change: NetworkChange) -> InterfaceSettings:
    """As typed; also addresses of this computer itself, which the real gateway refuses and tests move to."""
    if change.method == Method.DHCP:
        return InterfaceSettings(change.interface, Method.DHCP)
    if change.method != Method.STATIC:
        raise _invalid("method", Fault("method"))
    typed = "" if change.address is UNSET else change.address
    try:
        address = IPv4Interface(f"{IPv4Address(typed)}/{change.prefix or 24}")
    except ValueError:
        raise _invalid("address", Fault("not-an-address", value=typed)) from None
    return InterfaceSettings(change.interface, Method.STATIC, address)


def _invalid(field: str, fault: Fault) -> InvalidValuesError:
    return InvalidValuesError({field: str(fault)}, codes={field: {"code": fault.code, "values": fault.values}})


def _put(document: Json, change: Change) -> None:
    keys = change.path
    if keys[0] == METERS and len(keys) == 2 and isinstance(keys[1], int) and change.value is None:
        if not keys[1] < len(document.get(METERS, [])) or len(document[METERS]) == 1:
            raise InvalidValuesError.of({"meters": SettingsFault("meter-not-removable", number=keys[1] + 1)})
        del document[METERS][keys[1]]
        return
    if keys[0] == METERS and len(keys) == 3 and isinstance(keys[1], int):
        listed = document.setdefault(METERS, [])
        if keys[1] > len(listed):
            fault = SettingsFault("no-such-meter", place=keys, present=len(listed))
            raise InvalidValuesError.of({".".join(map(str, keys)): fault})
        if keys[1] == len(listed):
            listed.append({})
        table = listed[keys[1]]
    elif len(keys) == 2 and keys[0] in ROWS and keys[0] != METERS:
        table = document.setdefault(str(keys[0]), {})
    else:
        raise InvalidValuesError.of({".".join(map(str, keys)): SettingsFault("no-setting-path", path=keys)})
    if change.value is None:
        table.pop(str(keys[-1]), None)
    else:
        table[str(keys[-1])] = change.value
