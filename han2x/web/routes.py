"""The one table of what the API answers: routing, checks and the OpenAPI document all go by it."""

from __future__ import annotations

from typing import Final

from han2x.api.access import (
    FirstPassword,
    LoginState,
    NewToken,
    OpenSession,
    Password,
    PasswordChange,
    Token,
    TokenRequest,
)
from han2x.api.audit import Audit, AuditQuery
from han2x.api.care import FactoryReset, LogQuery, LogRecord, RawTelegram, SerialPort, UnitQuery
from han2x.api.keys import LARGEST_KEM, Keys, KeysSet
from han2x.api.live import History, HistoryQuery, Live, RegisterBlock
from han2x.api.modbus import Modbus
from han2x.api.network import Hostname, Network, NetworkApplied, NetworkChange, PendingToken
from han2x.api.settings import BackupQuery, Restore, Settings, SettingsChange, SettingsChanged
from han2x.web import changes, login, readings
from han2x.web.call import Need, Route

PREFIX: Final = "/api/v1"

ROUTES: Final = (
    Route("GET", "/session", login.session, "Whether a password is set and who is logged in.", Need.NOTHING,
          gives=LoginState),
    Route("POST", "/setup", login.set_first_password, "First visit: set the password and log in.", Need.NOTHING,
          takes=FirstPassword, status=204, refusals=(409, 429)),
    Route("POST", "/login", login.log_in, "Log in with the password.", Need.NOTHING,
          takes=Password, status=204, refusals=(401, 409, 429)),
    Route("POST", "/logout", login.log_out, "End this session.", Need.PERSON, status=204),
    Route("POST", "/password", login.change_password, "Change the password; other sessions end, tokens too.",
          Need.PERSON, takes=PasswordChange, status=204, refusals=(409, 429)),
    Route("GET", "/sessions", login.sessions, "Who is logged in, the last used first.", Need.PERSON,
          gives=list[OpenSession]),
    Route("POST", "/sessions/end-others", login.end_others, "Log everyone out but this session.", Need.PERSON,
          status=204),
    Route("GET", "/tokens", login.tokens, "The API tokens.", Need.PERSON, gives=list[Token]),
    Route("POST", "/tokens", login.add_token, "A new API token; its text is shown only here.", Need.PERSON,
          takes=TokenRequest, gives=NewToken, status=201, refusals=(409, 429)),
    Route("DELETE", "/tokens/{id}", login.remove_token, "Remove an API token.", Need.PERSON, status=204,
          refusals=(404, 429)),
    Route("GET", "/live", readings.live, "What the meters say now.", Need.LIVE, gives=Live),
    Route("GET", "/registers", readings.registers, "All registers of a meter, as Modbus clients read them now.",
          Need.LIVE, takes=UnitQuery, gives=list[RegisterBlock], refusals=(404,)),
    Route("GET", "/history", readings.history, "Power over the last hours; null where it is unknown.", Need.LIVE,
          takes=HistoryQuery, gives=History, refusals=(404,)),
    Route("GET", "/modbus", readings.modbus, "Modbus clients, last requests and counters.", gives=Modbus),
    Route("GET", "/settings", readings.settings, "The table of settings, and what is set; no secrets.",
          gives=Settings),
    Route("PATCH", "/settings", changes.change_settings, "Change settings, all or none.",
          takes=SettingsChange, gives=SettingsChanged, refusals=(409,), scope="write"),
    Route("POST", "/settings/confirm", changes.confirm_settings, "Keep the settings that are on trial.", Need.NOTHING,
          takes=PendingToken, status=204, refusals=(409,)),
    Route("POST", "/settings/rollback", changes.roll_back_settings, "Take back what is on trial now.", Need.NOTHING,
          takes=PendingToken, status=204, refusals=(409,)),
    Route("GET", "/ports", readings.ports, "Serial ports found.", gives=list[SerialPort]),
    Route("POST", "/keys", changes.enter_keys, "Set a meter's keys, typed or from a KEM file.",
          takes=Keys, gives=KeysSet, refusals=(404, 409), largest_body=LARGEST_KEM + 4096),
    Route("GET", "/network", readings.network, "Network interfaces, and a change that waits to be confirmed.",
          gives=Network),
    Route("POST", "/network", changes.apply_network, "Put an interface's settings in force, to be confirmed.",
          takes=NetworkChange, gives=NetworkApplied, status=202, refusals=(409,)),
    Route("POST", "/network/confirm", changes.confirm_network, "Keep the pending settings.", Need.NOTHING,
          takes=PendingToken, status=204, refusals=(404, 409)),
    Route("POST", "/network/rollback", changes.rollback_network, "Take the old settings back now.", Need.NOTHING,
          takes=PendingToken, status=204, refusals=(404, 409)),
    Route("POST", "/hostname", changes.set_hostname, "Name the computer.", takes=Hostname, status=204,
          refusals=(409,)),
    Route("GET", "/log", readings.log, "The last events, the newest last.", takes=LogQuery, gives=list[LogRecord]),
    Route("GET", "/log/download", readings.log_download, "All events there are, as text.", gives="text/plain"),
    Route("GET", "/audit", readings.audit, "Who changed what, the newest first.", takes=AuditQuery, gives=Audit),
    Route("GET", "/telegrams", readings.telegrams, "The last raw telegrams of a meter.",
          takes=UnitQuery, gives=list[RawTelegram], refusals=(404,)),
    Route("GET", "/backup", readings.backup, "The settings as a file, with or without secrets.",
          takes=BackupQuery, gives="application/toml", refusals=(403,)),
    Route("POST", "/restore", changes.restore, "Take the settings from a backup, all or none.",
          takes=Restore, gives=SettingsChanged, refusals=(409,), largest_body=512 * 1024),
    Route("POST", "/factory-reset", changes.factory_reset, "Forget settings, password and tokens.", Need.PERSON,
          takes=FactoryReset, status=204, refusals=(409, 429)),
    Route("POST", "/restart", changes.restart, "Restart the program.", status=204, refusals=(409,)),
    Route("GET", "/diagnostics", readings.diagnostics, "A bundle for whoever looks for a fault; no secrets.",
          gives="application/zip"),
)  # fmt: skip
"""Besides these there are `/events`, a stream, and `/openapi.json`, which describes them all."""

METRICS: Final = Route(
    "GET", "/metrics", readings.metrics, "What there is to see, in Prometheus's text format.", Need.LIVE,
    gives="text/plain",
)  # fmt: skip
"""It is not below `PREFIX` but where Prometheus looks by itself."""
