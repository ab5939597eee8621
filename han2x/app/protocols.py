"""What the page and the front panel may see of the running gateway, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from han2x.app.audit import AuditTrail
from han2x.app.history import History
from han2x.app.kept_log import KeptLog
from han2x.app.options import Effective
from han2x.app.reach import Reach
from han2x.app.upgrade import Upgrade
from han2x.gateway.meter import Meter
from han2x.settings import Report, Settings
from han2x.store import Store

if TYPE_CHECKING:
    from han2x.api import modbus as api_modbus
    from han2x.api.live import Live
    from han2x.api.status import Status
    from han2x.app.modbus import Modbus
    from han2x.app.page import Page


class ForPanel(Protocol):
    """What the lights show and the button does."""

    @property
    def meters(self) -> Sequence[Meter]: ...
    @property
    def clock(self) -> Callable[[], float]: ...
    @property
    def state_dir(self) -> Path: ...
    @property
    def audit(self) -> AuditTrail: ...

    async def forget_everything(self) -> None:
        """Factory reset: no keys, no energies, no password, and of the settings only which lights and button there are.

        Raises:
            OSError: the settings cannot be removed, and everything goes on then; or the password cannot.
        """

    async def open_claim(self) -> None:
        """Let whoever is near choose the first password, for a while; where there is one nothing happens."""

    def restart(self) -> None:
        """End, and be started again at once."""


class ForPage(ForPanel, Protocol):
    """What a person at the page can see and change. `file_settings` are those of the settings file."""

    @property
    def file_settings(self) -> Settings: ...
    @property
    def settings_report(self) -> Report | None:
        """What there is to tell of the settings file."""

    @property
    def effective(self) -> Effective: ...
    @property
    def settings_file(self) -> Path: ...

    @property
    def kept_log(self) -> KeptLog: ...
    @property
    def reach(self) -> Reach: ...
    @property
    def upgrade(self) -> Upgrade: ...
    @property
    def store(self) -> Store: ...
    @property
    def history(self) -> History: ...
    @property
    def modbus(self) -> Modbus: ...
    @property
    def page(self) -> Page | None: ...

    def with_command_line(self, settings: Settings) -> Settings:
        """What these settings of the file would be with the command line over them."""

    def editing(self) -> AbstractAsyncContextManager[None]:
        """Held while the settings file is changed; what clients wrote is in the file then."""

    async def change(self, settings: Settings, *, insist: bool = True) -> None:
        """Bring other settings of the file into force; raises CannotListenError, and then nothing has changed.

        Without `insist`, as when a change is taken back, a Modbus address that cannot be had is done without.
        """

    async def wrote_settings(self, settings: Settings) -> None:
        """The file has these settings now by our own hand: that is known of it from now on, and recorded."""

    def live(self) -> Live: ...
    def status(self) -> Status: ...
    def modbus_snapshot(self) -> api_modbus.Modbus: ...
    async def metrics(self) -> bytes:
        """All of it in Prometheus's text format."""
