"""What is in force: the settings file, with the command line over it. Nothing from the command line is written back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from han2x.app.time_zone import zone_of
from han2x.gateway.config import MeterConfig
from han2x.meters import Scales
from han2x.registers.bank import Beyond, Rules, WhenStale, WhenUnknown
from han2x.settings import MeterSettings, ModbusSettings, Settings

DEMO_MODBUS = "127.0.0.1:5020"
DEMO_WEB = "127.0.0.1:8080"
DEMO_HTTPS = "127.0.0.1:8443"


@dataclass(frozen=True, slots=True)
class Options:
    """The command line of `han2x run`. None leaves a matter to the settings.

    Where `web` says where browsers connect, they do so with HTTPS only where `https` says. `simulate` names the kind of
    a simulated meter to add. `demo` is for trying the program out: local addresses, and a simulated meter when no
    serial port is configured.
    """

    settings_file: Path
    state_dir: Path
    modbus: str | None = None
    web: str | None = None
    https: str | None = None
    port: str | None = None
    simulate: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Effective:
    """What the daemon runs with.

    `simulated` maps the place of a meter in `settings.meters` to the kind that is simulated there; `in_file` is how
    many of the meters the settings file has, or would have if it were written. `overridden` are the settings that the
    command line decides, by their dotted path, with what it says.
    """

    settings: Settings
    simulated: dict[int, str]
    in_file: int
    overridden: dict[str, str] = field(default_factory=dict)

    def meter(self, place: int) -> MeterConfig:
        """What one meter runs with."""
        config = meter_config(self.settings.meters[place], self.settings.modbus, simulated=place in self.simulated)
        return replace(config, zone=zone_of(self.settings.device.time_zone))


def effective(settings: Settings, options: Options) -> Effective:
    """Put the command line over the settings."""
    overridden = _overridden(options)
    meters = list(settings.meters)
    if options.port is not None:
        meters[0] = replace(meters[0], port=options.port)
    simulated = {}
    if options.simulate is not None or (options.demo and not any(meter.port for meter in meters)):
        place = _place_for_simulated(meters)
        simulated[place] = options.simulate or "kamstrup"
    changed = replace(
        settings,
        modbus=replace(settings.modbus, listen=overridden.get("modbus.listen", settings.modbus.listen)),
        web=replace(
            settings.web,
            listen=overridden.get("web.listen", settings.web.listen),
            https_listen=overridden.get("web.https_listen", settings.web.https_listen),
        ),
        meters=tuple(meters),
    )
    return Effective(changed, simulated, len(settings.meters), overridden)


def meter_config(meter: MeterSettings, modbus: ModbusSettings, *, simulated: bool = False) -> MeterConfig:
    """One meter's settings as the gateway wants them."""
    current, voltage = meter.kamstrup_current_a, meter.kamstrup_voltage_v
    return MeterConfig(
        unit=meter.unit,
        name=meter.name,
        port=meter.port,
        serial_settings=meter.serial_settings,
        scaling_factor=meter.scaling_factor,
        main_fuse_a=meter.main_fuse_a or None,
        scales=Scales(
            kamstrup_energy_mwh=meter.kamstrup_energy_wh * 1000,
            kamstrup_current_ma=None if current == "auto" else round(current * 1000),
            kamstrup_voltage_mv=None if voltage == "auto" else round(voltage * 1000),
        ),
        encryption_key=_key(meter.encryption_key),
        authentication_key=_key(meter.authentication_key),
        p1_checksums=meter.p1_checksum == "required",
        rules=Rules(WhenStale(modbus.when_stale), WhenUnknown(modbus.when_unknown), Beyond(modbus.beyond)),
        stale_after_s=modbus.stale_after_s,
        simulated=simulated,
    )


def _overridden(options: Options) -> dict[str, str]:
    found = {
        "modbus.listen": options.modbus or (DEMO_MODBUS if options.demo else None),
        "web.listen": options.web or (DEMO_WEB if options.demo else None),
        "web.https_listen": _https(options),
        "meters.0.port": options.port,
    }
    return {path: value for path, value in found.items() if value is not None}


def _https(options: Options) -> str | None:
    if options.https is None and options.web is not None:
        return ""
    return DEMO_HTTPS if options.https is None and options.demo else options.https


def _key(digits: str) -> bytes | None:
    return bytes.fromhex(digits) if digits else None


def _place_for_simulated(meters: list[MeterSettings]) -> int:
    """The first meter that has no port yet, else a new one under the lowest unit id that is free."""
    for place, meter in enumerate(meters):
        if not meter.port:
            return place
    used = {meter.unit for meter in meters} | {each.unit for meter in meters for each in meter.maps if not each.on}
    unit = next(unit for unit in range(1, 248) if unit not in used)
    meters.append(MeterSettings(name="Simulated meter", unit=unit))
    return len(meters) - 1
