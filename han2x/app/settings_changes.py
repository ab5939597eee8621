"""Changes of the settings that a person makes: in force and in the file, or neither; those of reach on trial first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import UNSET

from han2x import settings
from han2x.api.settings import Change, SettingsChanged
from han2x.app import reach, settings_form
from han2x.app.protocols import ForPage
from han2x.app.trial import Asked, Trials
from han2x.modbus_server import CannotListenError
from han2x.settings import Settings, SettingsError
from han2x.settings.faults import SettingsFault
from han2x.web.control import InvalidValuesError
from han2x.web.errors import WebFault

Rest: TypeAlias = tuple[Mapping[reach.Path, Any], Callable[[], Settings]]
OnTrial: TypeAlias = Callable[[Sequence[reach.Path]], Rest]
"""What goes on trial of the settings of reach that would be others, by path; and the way to write all the rest."""


class SettingsChanges:
    """Makes changes of the settings file, and brings them into force."""

    def __init__(self, gateway: ForPage, trials: Trials) -> None:
        self._gateway = gateway
        self._trials = trials

    @property
    def _file(self) -> Path:
        return self._gateway.settings_file

    async def make(self, changes: Sequence[Change], within_s: int | None = None) -> SettingsChanged:
        """Bring the changes into force and write them, or neither; those of reach are written when confirmed."""
        removed = [change for change in changes if len(change.path) == 2 and change.path[0] == "meters"]
        if removed:
            return await self._remove_meter(removed[0], len(changes))
        wanted = {change.path: change.value for change in changes}

        def on_trial(paths: Sequence[reach.Path]) -> Rest:
            tried = {path: wanted[path] for path in paths if path in wanted}
            rest = {path: value for path, value in wanted.items() if path not in tried}
            return tried, partial(settings.set_values, self._file, rest)

        return await self._change(
            partial(settings.preview_values, self._file, wanted),
            partial(settings.set_values, self._file, wanted),
            on_trial=on_trial,
            within_s=within_s,
        )

    async def restore(self, toml: str, within_s: int | None = None) -> SettingsChanged:
        def on_trial(paths: Sequence[reach.Path]) -> Rest:
            new, old = settings.parse_document(toml, self._file), settings.read_document(self._file)
            tried, kept = ({path: each.get(str(path[0]), {}).get(path[1]) for path in paths} for each in (new, old))
            rest = settings.edited_text(toml, self._file, kept)
            return tried, partial(settings.restore, self._file, rest)

        return await self._change(
            partial(settings.preview_restore, self._file, toml),
            partial(settings.restore, self._file, toml),
            on_trial=on_trial,
            within_s=within_s,
            whole="toml",
        )

    async def _remove_meter(self, change: Change, changes: int) -> SettingsChanged:
        index = change.path[1]
        if changes != 1:
            raise InvalidValuesError.of({"meters": WebFault("meter-removed-alone")})
        if change.value is not None or not isinstance(index, int):
            raise InvalidValuesError.of({"meters": SettingsFault("no-setting-path", path=change.path)})
        return await self._change(
            partial(settings.preview_without_meter, self._file, index),
            partial(settings.remove_meter, self._file, index),
            only="meters",
        )

    async def _change(
        self,
        preview: Callable[[], Settings],
        write: Callable[[], Settings],
        *,
        on_trial: OnTrial | None = None,
        within_s: int | None = None,
        whole: str = "",
        only: str | None = None,
    ) -> SettingsChanged:
        """Bring what `preview` gives into force and then `write` it, or neither; see `settings_form.refusal`.

        What `on_trial` makes of the changes of reach is put on trial, and the rest written.
        """
        gateway, new = self._gateway, None
        async with gateway.editing():
            try:
                new = await asyncio.to_thread(preview)
                tried, rest = await self._parted(on_trial, new, write)
                if tried:
                    await self._trials.begin(Asked(new, tried, rest, within_s or reach.CONFIRM_WITHIN_S))
                else:
                    await self._change_for_good(new, write)
            except SettingsError as error:
                raise settings_form.refusal(error, whole=whole, only=only) from None
            except CannotListenError as error:
                listen = new.modbus.listen if new is not None else ""
                raise settings_form.cannot_listen("modbus.listen", listen, error) from None
        pending = settings_form.pending(gateway.reach) if tried else None
        return SettingsChanged(
            values=settings_form.values(gateway.file_settings),
            moved_to=pending.places[0] if pending and pending.places else UNSET,
            pending=pending or UNSET,
        )

    async def _change_for_good(self, new: Settings, write: Callable[[], Settings]) -> None:
        await self._gateway.change(new)
        try:
            written = await asyncio.to_thread(write)
        except SettingsError:
            await self._gateway.change(self._gateway.file_settings, insist=False)
            raise
        await self._gateway.wrote_settings(written)

    async def _parted(self, on_trial: OnTrial | None, new: Settings, write: Callable[[], Settings]) -> Rest:
        """What goes on trial, and the way to write the rest."""
        if on_trial is None:
            return {}, write
        return await asyncio.to_thread(on_trial, self._of_reach(new))

    def _of_reach(self, new: Settings) -> Sequence[reach.Path]:
        """Which settings of reach would be others, as far as the command line leaves them to the file."""
        gateway = self._gateway
        return reach.changed(gateway.with_command_line(gateway.file_settings), gateway.with_command_line(new))
