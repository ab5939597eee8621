"""The edge to this computer's own network settings: see them, and change them without locking anyone out.

service     `Network`, which the rest of the program uses
model       interfaces, settings, and a change that waits to be confirmed
faults      what can be wrong, by a code and in plain words
validation  what a person typed → settings, or a fault at each field; pure
kernel      what is in force, asked of the kernel itself, with or without NetworkManager
others      which program keeps the network where NetworkManager does not
bus         the system's message bus; alone talks through the D-Bus library
manager     NetworkManager over D-Bus
profile     NetworkManager's stored profiles: their IPv4 part in and out
trial       the one change that may wait to be confirmed, from its beginning to its end
steps       the steps of a change: begun under a checkpoint, put in force, kept or undone
note        the change that is not yet confirmed, as it survives a restart of this program

`manager` and what builds on it are imported when someone first asks: a gateway whose network nobody looks at pays for
neither the D-Bus library nor a connection.
"""

from han2x.network.faults import (
    FAULTS,
    Fault,
    InvalidSettingsError,
    NetworkError,
    RefusedChangeError,
    UnavailableError,
)
from han2x.network.model import (
    FACTORY_ADDRESS,
    ChangeState,
    Ending,
    Interface,
    InterfaceKind,
    InterfaceSettings,
    Method,
    NetworkOverview,
    Outcome,
    Pending,
    factory_settings,
)
from han2x.network.note import Notes
from han2x.network.service import Network
from han2x.network.validation import check_hostname, check_settings

__all__ = [
    "FACTORY_ADDRESS",
    "FAULTS",
    "ChangeState",
    "Ending",
    "Fault",
    "Interface",
    "InterfaceKind",
    "InterfaceSettings",
    "InvalidSettingsError",
    "Method",
    "Network",
    "NetworkError",
    "NetworkOverview",
    "Notes",
    "Outcome",
    "Pending",
    "RefusedChangeError",
    "UnavailableError",
    "check_hostname",
    "check_settings",
    "factory_settings",
]
