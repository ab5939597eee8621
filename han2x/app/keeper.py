"""What must survive a restart, and when it is written: seldom enough for an SD card, and always at the end.

Writing waits for the disk, which can take seconds, and therefore happens in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

from han2x import settings
from han2x.gateway.meter import Meter
from han2x.store import Saved, Store

log = logging.getLogger("han2x.keeper")

STATE_EVERY_S: Final = 60.0
LOOK_EVERY_S: Final = 2.0
FACTOR_EVERY_S: Final = 10.0
FACTOR_RETRY_S: Final = 600.0


class Keeper:
    """Keeps what every meter has to keep in the state directory, and the scaling factors in the settings file.

    A factor is written at once, and after that not again for `FACTOR_EVERY_S`, however often a client changes it.
    """

    def __init__(self, store: Store, settings_file: Path) -> None:
        self._store = store
        self._settings_file = settings_file
        self._factors: dict[int, int] = {}
        self._factor_waits = asyncio.Event()
        self._saved_revisions: dict[int, int] = {}
        self._given_up = False
        self._factor_failure: str | None = None

    @property
    def failures(self) -> list[str]:
        """Why a restart would lose something; empty while it would not."""
        return [*self._store.failures, *filter(None, [self._factor_failure])]

    def kept(self, unit: int) -> dict[str, Any]:
        """What was kept of the meter with this unit id; empty when there is nothing."""
        kept = self._store.load(kept_name(unit))
        self._tell_messages()
        return kept or {}

    def keep_factor(self, place: int, value: int) -> None:
        """Write a meter's scaling factor into the settings file, soon; `place` is its place in the list of meters."""
        self._factors[place] = value
        self._factor_waits.set()

    async def run_states(self, meters: Sequence[Meter]) -> None:
        """Write the meters' states now and then, until cancelled."""
        due_at = monotonic() + STATE_EVERY_S
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            all_due = monotonic() >= due_at
            due_at = monotonic() + STATE_EVERY_S if all_due else due_at
            for meter in meters:
                revision = meter.state.revision
                if self._saved_revisions.get(meter.settings.unit) == revision:
                    continue
                if self._given_up or not (all_due or meter.must_be_kept_soon):
                    continue
                saved = await asyncio.to_thread(self._store.save, kept_name(meter.settings.unit), meter.keep())
                if saved is not Saved.FAILED:
                    self._saved_revisions[meter.settings.unit] = revision
            self._tell_messages()

    async def run_factors(self) -> None:
        """Write scaling factors whenever there are new ones, until cancelled; what cannot be written is tried again."""
        while True:
            await self._factor_waits.wait()
            self._factor_waits.clear()
            written = await asyncio.to_thread(self._write_factors)
            await asyncio.sleep(FACTOR_EVERY_S if written else FACTOR_RETRY_S)
            if not written:
                self._factor_waits.set()

    def give_up(self) -> None:
        """Write nothing any more: what there is to keep is being forgotten."""
        self._given_up = True

    def finish(self, meters: Sequence[Meter]) -> None:
        """Write everything that is not yet written."""
        if self._given_up:
            return
        self._write_factors()
        for meter in meters:
            if meter.state.readings:
                self._store.save(kept_name(meter.settings.unit), meter.keep())
        self._tell_messages()

    def _write_factors(self) -> bool:
        factors, self._factors = self._factors, {}
        if not factors:
            return True
        changes: dict[tuple[str | int, ...], int] = {
            ("meters", place, "scaling_factor"): value for place, value in factors.items()
        }
        try:
            # A file that somebody left with mistakes may count its meters otherwise than we do.
            settings.load(self._settings_file)
            settings.set_values(self._settings_file, changes)
        except settings.SettingsError as error:
            failure = f"the scaling factor is in force, but would not survive a restart: {error}"
            log.log(logging.DEBUG if failure == self._factor_failure else logging.ERROR, "%s", failure)
            self._factor_failure = failure
            self._factors = factors | self._factors
            return False
        if self._factor_failure:
            log.info("the scaling factor is kept again")
        self._factor_failure = None
        return True

    def _tell_messages(self) -> None:
        for message in self._store.take_messages():
            log.warning("%s", message)


def kept_name(unit: int) -> str:
    """The name under which a meter is kept."""
    return f"meter-{unit}"
