"""Settings: one table (`schema`), read from a TOML file (`load`) that we can change without losing comments (`edit`).

rules    what a value may be           faults   what can be wrong, by code
schema   the table                     errors   how a mistake is told
load     file → Settings               edit     changes → file
backup   a copy, and the way back      text     the table for the README, and an example file
"""

from han2x.settings.backup import backup, forget, preview_restore, restore
from han2x.settings.edit import preview_values, preview_without_meter, remove_meter, set_value, set_values
from han2x.settings.errors import DamagedFileError, SettingsError, SettingsProblem
from han2x.settings.load import find_settings_file, last_good_path, load, load_or_set_aside
from han2x.settings.rules import IpNetwork, parse_listen
from han2x.settings.schema import DeviceSettings, MeterSettings, ModbusSettings, PanelSettings, Settings, WebSettings
from han2x.settings.text import example_toml, settings_table

__all__ = [
    "DamagedFileError",
    "DeviceSettings",
    "IpNetwork",
    "MeterSettings",
    "ModbusSettings",
    "PanelSettings",
    "Settings",
    "SettingsError",
    "SettingsProblem",
    "WebSettings",
    "backup",
    "example_toml",
    "find_settings_file",
    "forget",
    "last_good_path",
    "load",
    "load_or_set_aside",
    "parse_listen",
    "preview_restore",
    "preview_values",
    "preview_without_meter",
    "remove_meter",
    "restore",
    "set_value",
    "set_values",
    "settings_table",
]
