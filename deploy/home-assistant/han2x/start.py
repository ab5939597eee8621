"""Starts the gateway with what the add-on's options say: they go into its settings, and what they leave open stays.

What is set on the gateway's page stays as well, unless an option says otherwise: an option that is filled in wins at
each start.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from han2x.cli.common import complain
from han2x.settings import SettingsError, set_values

DATA: Final = Path(os.environ.get("HAN2X_ADD_ON_DATA", "/data"))
PLACES: Final = {
    "port": ("meters", 0, "port"),
    "serial_server": ("meters", 0, "port"),
    "scaling_factor": ("meters", 0, "scaling_factor"),
    "encryption_key": ("meters", 0, "encryption_key"),
    "authentication_key": ("meters", 0, "authentication_key"),
    "mqtt_broker": ("mqtt", "broker"),
    "mqtt_user": ("mqtt", "user"),
    "mqtt_password": ("mqtt", "password"),
}
"""Which setting each option is. A serial server wins over a port: Home Assistant may have chosen one by itself."""


def options() -> dict[str, Any]:
    """What was filled in; nothing where the file cannot be used, which is told."""
    try:
        told = json.loads((DATA / "options.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        complain(f"the add-on's options cannot be read: {error}")
        return {}
    return {name: told[name] for name in PLACES if isinstance(told, dict) and told.get(name) not in (None, "")}


def main() -> None:
    """Put the options into the settings, and become the gateway; one that is not allowed is told and left out."""
    settings = DATA / "settings.toml"
    for name, value in options().items():
        try:
            set_values(settings, {PLACES[name]: value})
        except SettingsError as error:
            complain(f"option {name}: {error}")
    # Of the container's network only Home Assistant and its host are near; who may come from further is a setting.
    command = [
        sys.executable,
        "-m",
        "han2x",
        "run",
        "--settings",
        str(settings),
        "--state-dir",
        str(DATA),
        *sys.argv[1:],
    ]
    os.execv(sys.executable, command)  # noqa: S606 - so that signals reach it


if __name__ == "__main__":
    main()
