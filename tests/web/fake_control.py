"""A whole gateway behind the page that is only made up: what the page may see and change, kept in memory."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from math import sin
from pathlib import Path
from typing import Any

from han2x.app import settings_form
from han2x.keys import MeterKeys
from han2x.network import Fault, InvalidSettingsError, check_hostname
from han2x.settings import SettingsError
from han2x.settings.faults import SettingsFault
from han2x.settings.load import check
from han2x.settings.rules import Choice, WholeNumber, parse_listen, toml_text
from han2x.settings.schema import METERS, ROWS, Row, Settings
from han2x.web import Change, ConflictError, InvalidValuesError, MissingError, PageOptions
from tests.browser.live_data import live, meter

Json = dict[str, Any]
CONFIRM_WITHIN_S = 60


class FakeControl:
    """A `Control`. `data`, `failing` and the other attributes may be changed at any time."""

    def __init__(self, meters: int = 1) -> None:
        self.document: Json = {
            METERS: [{"unit": unit, "port": f"/dev/ttyUSB{unit - 1}"} for unit in range(1, meters + 1)]
        }
        self.data: Json = live(*(meter(unit=unit) for unit in range(1, meters + 1)))
        self.taken = 0
        self.failing: Exception | None = None
        self.keys: dict[int, MeterKeys] = {}
        self.page = PageOptions("0.1.0")
        self.hostname = "han2x"
        self.interface: Json = {"interface": "eth0", "method": "static", "address": "192.168.1.232", "prefix": "24",
                                "gateway": "192.168.1.1", "dns": ["192.168.1.1"]}  # fmt: skip
        self.pending: Json | None = None
        self.restarts = 0

    def options(self) -> PageOptions:
        section = self.document.get("web", {})
        known = {name: section[name] for name in ("live_open", "language") if name in section}
        return replace(self.page, **known)

    def live(self) -> Json:
        if self.failing:
            raise self.failing
        self.taken += 1
        return {**self.data, "taken": self.taken}

    def history(self, unit: int, hours: int) -> Json:
        self._meter(unit)
        now = int(time.time()) // 60 * 60
        points = []
        for at in range(now - hours * 3600, now, 60):
            watts = 1500 + 1200 * sin(at / 3000)
            points.append([at, None if at % 86400 < 1200 else max(0, round(watts)), max(0, round(-watts))])
        return {"unit": unit, "step_s": 60, "points": points}

    def modbus(self) -> Json:
        now = time.time()
        request = {"time": now - 1, "client": "192.168.1.20:50112", "unit": 1, "function": 3, "address": 0, "count": 50,
                   "exception": 0, "took_us": 180}  # fmt: skip
        client = {"client": "192.168.1.20:50112", "framing": "mbap", "since_s": 3600.0, "idle_s": 0.8, "requests": 3600}
        return {"addresses": ["0.0.0.0:502", "[::]:502"], "open": 1, "requests": 3600, "exceptions": {"2": 4},
                "octets_in": 43200, "octets_out": 392400, "accepted": 3, "refused": 1, "replaced": 0, "timed_out": 1,
                "broken": 0, "connections": [client], "recent": [request, {**request, "exception": 2}]}  # fmt: skip

    def settings(self) -> Json:
        table = [_told(row) for rows in ROWS.values() for row in rows.values()]
        return {"table": table, "values": _values(self._checked(self.document))}

    def log(self) -> list[Json]:
        return [{"time": time.time() - 60, "level": "info", "message": "Modbus is served on 0.0.0.0:502"},
                {"time": time.time() - 5, "level": "warning", "message": "the meter sent <b>nothing</b>"}]  # fmt: skip

    def telegrams(self, unit: int) -> list[Json]:
        self._meter(unit)
        return [{"time": time.time() - 10 * back, "hex": "7ea0e22b2113239ae6e7" * 8, "outcome": "reading"}
                for back in range(5, 0, -1)]  # fmt: skip

    async def change_settings(self, changes: Sequence[Change]) -> Json:
        document = deepcopy(self.document)
        for change in changes:
            _put(document, change)
        before = self._checked(self.document)
        after = self._checked(document)
        self.document = document
        answer: Json = {"values": _values(after)}
        if after.web.listen != before.web.listen:
            host, port = parse_listen(after.web.listen)
            answer["moved_to"] = f"http://{host or '192.168.1.232'}:{port}/"
        return answer

    async def ports(self) -> list[Json]:
        path = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
        return [{"path": path, "device": "/dev/ttyUSB0", "description": "FT232R USB UART"}]

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        self._meter(unit)
        self.keys[unit] = keys

    async def network(self) -> Json:
        current = {"name": "eth0", "kind": "wired", "mac": "b8:27:eb:00:00:01", "link": True,
                   "addresses": ["192.168.1.232/24"], "ipv6": ["fe80::1/64"], "gateway": "192.168.1.1",
                   "dns": ["192.168.1.1"], "settings": self.interface, "fault": None}  # fmt: skip
        pending = self.pending and {**self.pending, "remaining_s": self.pending["until"] - time.time()}
        return {"available": True, "reason": "", "fault": None, "hostname": self.hostname, "interfaces": [current],
                "pending": pending, "last": None}  # fmt: skip

    async def apply_network(self, form: Mapping[str, Any]) -> Json:
        if self.pending:
            raise ConflictError("another change waits to be confirmed", code="already-pending")
        if form["method"] == "static" and form.get("address", "").count(".") != 3:
            raise InvalidValuesError.of({"address": Fault("not-an-address", value=form.get("address", ""))})
        address = f"{form.get('address') or '192.168.1.77'}/24"
        self.pending = {"token": "t" * 32, "state": "in-force", "settings": dict(form), "addresses": [address],
                        "confirm_within_s": CONFIRM_WITHIN_S, "until": time.time() + CONFIRM_WITHIN_S}  # fmt: skip
        return {"pending": self.pending}

    async def confirm_network(self, token: str) -> None:
        self.interface = self._take_pending(token)["settings"]

    async def rollback_network(self, token: str) -> None:
        self._take_pending(token)

    async def set_hostname(self, hostname: str) -> None:
        try:
            check_hostname(hostname)
        except InvalidSettingsError as error:
            raise InvalidValuesError.of(error.errors) from None
        self.hostname = hostname

    async def backup(self, *, secrets: bool) -> str:
        lines = [f"# secrets = {toml_text(secrets)}", "[web]"]
        lines += [f"{key} = {toml_text(value)}" for key, value in self.document.get("web", {}).items()]
        return "\n".join(lines) + "\n"

    async def restore(self, toml: str) -> Json:
        import tomllib

        try:
            document = tomllib.loads(toml)
        except tomllib.TOMLDecodeError as error:
            raise InvalidValuesError.of({"toml": SettingsFault("not-toml-somewhere", problem=error)}) from None
        settings = self._checked(document)
        self.document = document
        return {"values": _values(settings)}

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
        if unit not in {each["unit"] for each in self.data["meters"]}:
            raise MissingError(f"there is no meter with unit id {unit}")

    def _take_pending(self, token: str) -> Json:
        if self.pending is None or token != self.pending["token"]:
            raise MissingError("this change is no longer there", code="no-such-change")
        taken, self.pending = self.pending, None
        return taken

    def _checked(self, document: Json) -> Settings:
        settings, problems = check(document)
        if problems:
            raise settings_form.refusal(SettingsError(Path("settings.toml"), problems))
        return settings


class FakeCredentials:
    """Credentials in memory. `saves` counts; a `failing` store keeps nothing."""

    def __init__(self) -> None:
        self.kept: Json | None = None
        self.failing = False

    def load(self) -> Json | None:
        return deepcopy(self.kept)

    def save(self, data: Json) -> None:
        if self.failing:
            raise OSError("No space left on device")
        self.kept = deepcopy(data)


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


def _told(row: Row) -> Json:
    told: Json = {
        "section": row.section, "key": row.key, "type": row.rule.kind, "default": _plain(row.default),
        "allowed": row.rule.allowed, "meaning": row.meaning, "secret": row.secret,
    }  # fmt: skip
    if isinstance(row.rule, Choice):
        told["choices"] = list(row.rule.values)
    if isinstance(row.rule, WholeNumber):
        told |= {"minimum": row.rule.lowest, "maximum": row.rule.highest}
    return told


def _values(settings: Settings) -> Json:
    values: Json = {section: _section(getattr(settings, section), section) for section in ROWS if section != METERS}
    return {**values, METERS: [_section(each, METERS) for each in settings.meters]}


def _section(section: object, name: str) -> Json:
    return {
        row.key: bool(getattr(section, row.key)) if row.secret else _plain(getattr(section, row.key))
        for row in ROWS[name].values()
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, bool | int | float | str) else str(value)
