"""What is in force: the settings file, with the command line over it. Nothing from the command line is written back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from han2x.settings import MeterSettings, Settings

DEMO_MODBUS = "127.0.0.1:5020"
DEMO_WEB = "127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Options:
    """The command line of `han2x run`. None leaves a matter to the settings.

    `simulate` names the kind of a simulated meter to add. `demo` is for trying the program out: local addresses, and a
    simulated meter when no serial port is configured.
    """

    settings_file: Path
    state_dir: Path
    modbus: str | None = None
    web: str | None = None
    port: str | None = None
    simulate: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Effective:
    """What the daemon runs with.

    `simulated` maps the place of a meter in `settings.meters` to the kind that is simulated there; `in_file` is how
    many of the meters the settings file has, or would have if it were written.
    """

    settings: Settings
    simulated: dict[int, str]
    in_file: int


def effective(settings: Settings, options: Options) -> Effective:
    """Put the command line over the settings."""
    modbus = options.modbus or (DEMO_MODBUS if options.demo else settings.modbus.listen)
    web = options.web or (DEMO_WEB if options.demo else settings.web.listen)
    meters = list(settings.meters)
    if options.port is not None:
        meters[0] = replace(meters[0], port=options.port)
    simulated = {}
    if options.simulate is not None or (options.demo and not any(meter.port for meter in meters)):
        place = _place_for_simulated(meters)
        simulated[place] = options.simulate or "kamstrup"
    changed = replace(
        settings,
        modbus=replace(settings.modbus, listen=modbus),
        web=replace(settings.web, listen=web),
        meters=tuple(meters),
    )
    return Effective(changed, simulated, len(settings.meters))


def _place_for_simulated(meters: list[MeterSettings]) -> int:
    """The first meter that has no port yet, else a new one under the lowest unit id that is free."""
    for place, meter in enumerate(meters):
        if not meter.port:
            return place
    used = {meter.unit for meter in meters}
    unit = next(unit for unit in range(1, 248) if unit not in used)
    meters.append(MeterSettings(name="Simulated meter", unit=unit))
    return len(meters) - 1
