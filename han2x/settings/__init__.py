"""Settings: one table, read from a TOML file that we can change without losing comments.

schema      the table: a row is a setting
rules       what a value may be
broker      where an MQTT broker is, and what a topic may begin with
maps        which maps of other makers' meters a meter shows, and which do not go together
tariff      prices, and the steps of a capacity charge
time_zone   what the name of a time zone may be, and the zone of that name
bounds      how large a file may be, before it is parsed
load        file → `Settings`
listening   whether what listens has a place of its own
boot        what to do when the file is no good, at boot or when it is to be read again
lines       on which line of the file a mistake is
known       the file as it was last written or taken, by which damage is told from edits
salvage     what can be used of a file with mistakes
edit        changes → file, with its comments kept
backup      the file to keep elsewhere, and the way back
faults      what can be wrong, by code
difference  what differs between two settings
errors      what is wrong, told so that it can be mended
text        the table for docs/settings.md, and an example file
"""

from han2x.settings.backup import backup, forget, preview_restore, restore
from han2x.settings.boot import (
    MENDED,
    Outcome,
    Report,
    known_settings,
    load_on_request,
    load_or_set_aside,
    mend,
    remember,
)
from han2x.settings.difference import Difference, differences
from han2x.settings.edit import edited_text, preview_values, preview_without_meter, remove_meter, set_value, set_values
from han2x.settings.errors import DamagedFileError, SettingsError, SettingsProblem
from han2x.settings.known import KnownFile
from han2x.settings.load import find_settings_file, last_good_path, load, parse_document, read_document
from han2x.settings.rules import parse_listen
from han2x.settings.schema import (
    DeviceSettings,
    MeterSettings,
    ModbusSettings,
    MqttSettings,
    PanelSettings,
    Settings,
    TariffSettings,
    WebSettings,
)
from han2x.settings.text import example_toml, settings_table

__all__ = [
    "MENDED",
    "DamagedFileError",
    "DeviceSettings",
    "Difference",
    "KnownFile",
    "MeterSettings",
    "ModbusSettings",
    "MqttSettings",
    "Outcome",
    "PanelSettings",
    "Report",
    "Settings",
    "SettingsError",
    "SettingsProblem",
    "TariffSettings",
    "WebSettings",
    "backup",
    "differences",
    "edited_text",
    "example_toml",
    "find_settings_file",
    "forget",
    "known_settings",
    "last_good_path",
    "load",
    "load_on_request",
    "load_or_set_aside",
    "mend",
    "parse_document",
    "parse_listen",
    "preview_restore",
    "preview_values",
    "preview_without_meter",
    "read_document",
    "remember",
    "remove_meter",
    "restore",
    "set_value",
    "set_values",
    "settings_table",
]
