"""Settings: one table, read from a TOML file that we can change without losing comments.

schema     the table: a row is a setting
rules      what a value may be
time_zone  what the name of a time zone may be, and the zone of that name
load       file → `Settings`, and what to do at boot when the file is no good
edit       changes → file, with its comments kept
backup     the file to keep elsewhere, and the way back
faults     what can be wrong, by code
errors     what is wrong, told so that it can be mended
text       the table for the README, and an example file
"""

from han2x.settings.backup import backup, forget, preview_restore, restore
from han2x.settings.edit import preview_values, preview_without_meter, remove_meter, set_value, set_values
from han2x.settings.errors import DamagedFileError, SettingsError, SettingsProblem
from han2x.settings.load import find_settings_file, last_good_path, load, load_or_set_aside
from han2x.settings.rules import parse_listen
from han2x.settings.schema import DeviceSettings, MeterSettings, ModbusSettings, PanelSettings, Settings, WebSettings
from han2x.settings.text import example_toml, settings_table

__all__ = [
    "DamagedFileError",
    "DeviceSettings",
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
