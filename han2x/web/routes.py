"""The one table of what the API answers: routing, checks and the OpenAPI document all go by it."""

from __future__ import annotations

from typing import Final

from han2x.keys import MAX_TEXT
from han2x.web import changes, login, readings
from han2x.web.call import Need, Route
from han2x.web.passwords import LONGEST
from han2x.web.shapes import OBJECT, OBJECTS, TRUTH, listed, record, text, whole

PREFIX: Final = "/api/v1"
LARGEST_KEM: Final = 1_500_000
"""Characters of a KEM file of one mebibyte as base64."""

_ANY_PASSWORD: Final = text(1, 2 * LONGEST, format="password")
_UNIT: Final = whole(1, 247)
_UNIT_QUERY: Final = whole(1, 247, default=1)
_PATH: Final = listed({"anyOf": [text(1, 64), whole(0, 100)]}, 2, 3)
_VALUE: Final = {
    "type": ["string", "number", "boolean", "array", "null"],
    "maxLength": 1000,
    "maxItems": 200,
    "items": {"type": "string", "maxLength": 200},
}
_CHANGED: Final = {"type": "object", "properties": {"values": OBJECT, "moved_to": text()}, "required": ["values"]}
_TYPED: Final = record(unit=_UNIT, text=text(1, MAX_TEXT))
_FILE: Final = record(
    {"serial": text(0, 100)}, unit=_UNIT, kem=text(1, LARGEST_KEM), password=text(0, 100, format="password")
)
_TOKEN: Final = record(id=text(), name=text(), read_only=TRUTH, created={"type": "integer"})
_NEW_TOKEN: Final = record(**_TOKEN["properties"], token=text())
_PENDING: Final = record(token=text(1, 200))
_INTERFACE: Final = record(
    {
        "address": text(0, 64),
        "prefix": {"anyOf": [text(0, 64), whole(0, 128)]},
        "gateway": text(0, 64),
        "dns": {"anyOf": [text(0, 500), listed(text(0, 64), 0, 8)]},
        "confirm_within_s": whole(1, 3600),
    },
    interface=text(1, 64),
    method=text(1, 20),
)
_SESSION: Final = record(
    password_set=TRUTH,
    logged_in=TRUTH,
    csrf={"type": ["string", "null"]},
    live_open=TRUTH,
    version=text(),
    languages={"type": "array", "items": text()},
    language=text(),
)
_POINT: Final = {"type": "array", "items": {"type": ["number", "null"]}, "minItems": 3, "maxItems": 3}
_HISTORY: Final = record(unit=_UNIT, step_s=whole(1, 86400), points={"type": "array", "items": _POINT})

ROUTES: Final = (
    Route("GET", "/session", login.session, "Whether a password is set and who is logged in.", Need.NOTHING,
          answer=_SESSION),
    Route("POST", "/setup", login.set_first_password, "First visit: set the password and log in.", Need.NOTHING,
          body=record(password=_ANY_PASSWORD), status=204, refusals=(409, 429)),
    Route("POST", "/login", login.log_in, "Log in with the password.", Need.NOTHING,
          body=record(password=_ANY_PASSWORD), status=204, refusals=(401, 409, 429)),
    Route("POST", "/logout", login.log_out, "End this session.", Need.PERSON, status=204),
    Route("POST", "/password", login.change_password, "Change the password; other sessions end.", Need.PERSON,
          body=record(old=_ANY_PASSWORD, new=_ANY_PASSWORD), status=204, refusals=(409, 429)),
    Route("GET", "/tokens", login.tokens, "The API tokens.", Need.PERSON, answer={"type": "array", "items": _TOKEN}),
    Route("POST", "/tokens", login.add_token, "A new API token; its text is shown only here.", Need.PERSON,
          body=record({"read_only": TRUTH}, name=text(1, 64, pattern=r"^[^\x00-\x1f\x7f]+$")), answer=_NEW_TOKEN,
          status=201, refusals=(409, 429)),
    Route("DELETE", "/tokens/{id}", login.remove_token, "Remove an API token.", Need.PERSON, status=204,
          refusals=(404, 429)),
    Route("GET", "/live", readings.live, "What the meters say now.", Need.LIVE),
    Route("GET", "/history", readings.history, "Power over the last hours; null where it is unknown.", Need.LIVE,
          query={"unit": _UNIT_QUERY, "hours": whole(1, 168, default=24)}, answer=_HISTORY, refusals=(404,)),
    Route("GET", "/modbus", readings.modbus, "Modbus clients, last requests and counters."),
    Route("GET", "/settings", readings.settings, "The table of settings, and what is set; no secrets."),
    Route("PATCH", "/settings", changes.change_settings, "Change settings, all or none.",
          body=record(changes=listed(record(path=_PATH, value=_VALUE), 1, 200)), answer=_CHANGED, refusals=(409,)),
    Route("GET", "/ports", readings.ports, "Serial ports found.", answer=OBJECTS),
    Route("POST", "/keys", changes.enter_keys, "Set a meter's keys, typed or from a KEM file.",
          body={"anyOf": [_TYPED, _FILE]}, refusals=(404, 409), largest_body=LARGEST_KEM + 4096),
    Route("GET", "/network", readings.network, "Network interfaces, and a change that waits to be confirmed."),
    Route("POST", "/network", changes.apply_network, "Put an interface's settings in force, to be confirmed.",
          body=_INTERFACE, status=202, refusals=(409,)),
    Route("POST", "/network/confirm", changes.confirm_network, "Keep the pending settings.", Need.NOTHING,
          body=_PENDING, status=204, refusals=(404, 409)),
    Route("POST", "/network/rollback", changes.rollback_network, "Take the old settings back now.", Need.NOTHING,
          body=_PENDING, status=204, refusals=(404, 409)),
    Route("POST", "/hostname", changes.set_hostname, "Name the computer.", body=record(hostname=text(1, 253)),
          status=204, refusals=(409,)),
    Route("GET", "/log", readings.log, "The last events.", answer=OBJECTS),
    Route("GET", "/telegrams", readings.telegrams, "The last raw telegrams of a meter.",
          query={"unit": _UNIT_QUERY}, answer=OBJECTS, refusals=(404,)),
    Route("GET", "/backup", readings.backup, "The settings as a file, with or without secrets.",
          query={"secrets": whole(0, 1, default=0)}, answer="application/toml", refusals=(403,)),
    Route("POST", "/restore", changes.restore, "Take the settings from a backup, all or none.",
          body=record(toml=text(0, 250_000)), answer=_CHANGED, refusals=(409,), largest_body=512 * 1024),
    Route("POST", "/factory-reset", changes.factory_reset, "Forget settings, password and tokens.", Need.PERSON,
          body=record(confirm={"type": "string", "enum": ["factory-reset"]}), status=204, refusals=(409, 429)),
    Route("POST", "/restart", changes.restart, "Restart the program.", status=204, refusals=(409,)),
    Route("GET", "/diagnostics", readings.diagnostics, "A bundle for whoever looks for a fault; no secrets.",
          answer="application/zip"),
)  # fmt: skip
"""Besides these there are `/events`, a stream, and `/openapi.json`, which describes them all."""
