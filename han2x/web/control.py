"""What the web edge asks of the rest of the program. The composition root fulfils it; nothing here knows how.

Everything that goes out is of the contract's types (`han2x.api`). What is refused is raised as one of the errors below,
whose texts reach the person at the page: they must hold no key and no password.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, Self

from han2x.api.audit import Audit
from han2x.api.care import Capture, LogRecord, RawTelegram, SerialPort
from han2x.api.listeners import HttpsPlace
from han2x.api.live import Live
from han2x.api.modbus import Modbus
from han2x.api.network import Network, NetworkApplied, NetworkChange
from han2x.api.registers import RegisterBlock, ServedUnit
from han2x.api.settings import Change, Settings, SettingsChanged
from han2x.api.tariff import Tariff
from han2x.faults import Fault
from han2x.keys import MeterKeys
from han2x.web.history_control import HistoryControl

Json = dict[str, Any]


class RefusalError(Exception):
    """The request cannot be done. The text is for people, and `code` for programs: one of `han2x.web.errors.CODES` or
    that of a fault, whose `values` are then in `more`, which has further fields of `Error`.
    """

    status = 409
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, **more: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(message)
        self.code = code or type(self).code
        self.more = more


class InvalidValuesError(RefusalError):
    """Values that are not allowed; `fields` says at which field, by its name in the request, and what is wrong.

    `codes` may give a field's fault once more for programs that translate: `{"code": "…", "values": {…}}`.
    """

    status = 422

    def __init__(
        self,
        fields: Mapping[str, str],
        message: str = "some values are not allowed",
        codes: Mapping[str, Json] | None = None,
        *,
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code, fields=dict(fields))
        if codes:
            self.more["codes"] = dict(codes)

    @classmethod
    def of(cls, faults: Mapping[str, Fault], texts: Mapping[str, str] | None = None) -> Self:
        """What is wrong at each field; `texts` are those that say more than the fault's own."""
        told = {field: str(fault) for field, fault in faults.items()} | dict(texts or {})
        return cls(told, codes={field: {"code": fault.code, "values": fault.values} for field, fault in faults.items()})


class MissingError(RefusalError):
    """What the request names is not there, as a meter with this unit id."""

    status = 404
    code = "not-found"


class ConflictError(RefusalError):
    """It cannot be done now, or not on this computer."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What is in force for the page. `name` is what the gateway is called. `host_names` are further names under which
    browsers may reach it, `own_names` what this computer is called, besides what the system says; `reset_button` is
    whether there is one.

    `https` is where it is encrypted; with `only_encrypted` browsers are told never to come otherwise. `tried` are the
    places, as URLs, where it has to be reached for a change to be kept; one without a host is on every host of ours.
    """

    version: str
    name: str = ""
    live_open: bool = True
    language: str = "auto"
    host_names: tuple[str, ...] = ()
    own_names: tuple[str, ...] = ()
    reset_button: bool = False
    https: HttpsPlace | None = None
    only_encrypted: bool = False
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CameIn:
    """Where a request came in: our own address and port, and whether it was encrypted; and the address of `client`."""

    address: str
    port: int
    encrypted: bool
    client: str = ""


@dataclass(frozen=True, slots=True)
class CaptureFile:
    """A recording as a file: of which unit id's meter, and from which day."""

    unit: int
    begun: date
    content: bytes


class Control(Protocol):
    """The program behind the page. Methods that are not coroutines are cheap and never wait.

    Any of them may raise a `RefusalError`: `MissingError` for a unit id that no meter has, `InvalidValuesError` for
    values.
    """

    @property
    def history(self) -> HistoryControl: ...
    def options(self) -> PageOptions: ...
    def live(self) -> Live: ...
    def units(self) -> list[ServedUnit]: ...
    def registers(self, unit: int, on: str = "", block: str = "") -> list[RegisterBlock]:
        """What a unit id serves, "" where Modbus is served, or at the place of a map; all blocks, or that one."""

    def tariff(self) -> Tariff: ...
    def modbus(self) -> Modbus: ...
    async def metrics(self) -> bytes:
        """What there is to see, in Prometheus's text format."""

    def settings(self) -> Settings: ...
    async def log(self, most: int, *, earlier: bool) -> list[LogRecord]:
        """The last events, the newest last; also those of earlier runs of the program, if asked for."""

    async def audit(self, most: int) -> Audit:
        """Who changed what."""

    async def telegrams(self, unit: int) -> list[RawTelegram]:
        """The last raw telegrams, the newest last, decoded."""

    def capture(self) -> Capture: ...
    def begin_capture(self, unit: int, minutes: int) -> Capture:
        """Record a meter's line; the recording before it is forgotten. Raises ConflictError while one goes on."""

    def stop_capture(self) -> Capture:
        """End the recording. Raises MissingError where there is none."""

    def forget_capture(self) -> None:
        """End the recording, and have nothing of it any more."""

    def capture_file(self) -> CaptureFile:
        """What is recorded so far. Raises MissingError where there is none."""

    async def change_settings(self, changes: Sequence[Change], within_s: int | None = None) -> SettingsChanged:
        """Make all changes or none. Fields at fault are paths joined by dots.

        Changes of where, or by whom, it is reached are on trial for `within_s`.
        """

    async def confirm_settings(self, token: str, came_in: CameIn) -> None:
        """Keep what is on trial."""

    async def roll_back_settings(self, token: str) -> None:
        """Take back what is on trial."""

    async def ports(self) -> list[SerialPort]: ...

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        """Keep a meter's keys and use them from now on."""

    async def reset_address(self) -> str:
        """The address that the gateway has after its button was held; "" where that does not change the network."""

    async def network(self) -> Network: ...

    async def apply_network(self, change: NetworkChange) -> NetworkApplied:
        """Put an interface's settings in force until they are confirmed."""

    async def confirm_network(self, token: str) -> None: ...
    async def rollback_network(self, token: str) -> None: ...
    async def set_hostname(self, hostname: str) -> None: ...

    async def acknowledge_upgrade(self) -> None:
        """Tell no more of an upgrade that was taken back; nothing where there is none."""

    async def backup(self, *, secrets: bool) -> str:
        """The settings as TOML."""

    async def restore(self, toml: str, within_s: int | None = None) -> SettingsChanged:
        """Take all settings from TOML, or none; answers as `change_settings`."""

    async def diagnostics(self) -> bytes:
        """A zip file without secrets."""

    async def factory_reset(self) -> None:
        """Forget all settings and states, password and tokens."""

    async def restart(self) -> None:
        """Have the program restart soon, after the answer has left."""


class UnreadableError(Exception):
    """Something was kept, and cannot be read or used; the text says why."""


class Document(Protocol):
    """Where something small is kept that has to survive a restart, as JSON. All methods may wait for the disk."""

    def load(self) -> Json | None:
        """What was saved last; None only when that is nothing.

        Raises:
            UnreadableError: something was saved, and cannot be read or used.
        """

    def remove(self) -> None:
        """Have nothing kept.

        Raises:
            OSError: it cannot be removed; the text says why.
        """

    def save(self, data: Json) -> None:
        """Keep the document whole.

        Raises:
            OSError: it is not kept; the text says why.
        """
