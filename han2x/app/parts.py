"""What the daemon has put together, for those who tell of it, and those who forget it."""

from __future__ import annotations

from dataclasses import dataclass

from han2x.app.audit import AuditTrail
from han2x.app.facts import Facts, SteadyClock
from han2x.app.history import History
from han2x.app.keeper import Keeper
from han2x.app.kept_log import KeptLog
from han2x.app.meters import Meters
from han2x.app.modbus import Modbus
from han2x.app.outputs import Outputs
from han2x.app.people import People
from han2x.app.reach import Reach
from han2x.app.settings_file import SettingsFile
from han2x.app.telegrams import Telegrams
from han2x.app.upgrade import Upgrade
from han2x.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts that there is one of."""

    clock: SteadyClock
    store: Store
    facts: Facts
    meters: Meters
    modbus: Modbus
    people: People
    outputs: Outputs
    telegrams: Telegrams
    keeper: Keeper
    audit: AuditTrail
    file: SettingsFile
    reach: Reach
    history: History
    kept_log: KeptLog
    upgrade: Upgrade
