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
from han2x.api.care import (
    Capture,
    CaptureRequest,
    FactoryReset,
    LogQuery,
    LogRecord,
    RawTelegram,
    SerialPort,
    UnitQuery,
)
from han2x.api.history import (
    LARGEST_BACKUP,
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    History,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    VoltageQuery,
    VoltageWeek,
)
from han2x.api.keys import LARGEST_KEM, Keys, KeysSet
from han2x.api.live import Live
from han2x.api.modbus import Modbus
from han2x.api.network import Hostname, Network, NetworkApplied, NetworkChange, PendingToken
from han2x.api.registers import RegisterBlock, RegistersQuery, ServedUnit
from han2x.api.settings import BackupQuery, Restore, Settings, SettingsChange, SettingsChanged
from han2x.api.tariff import Tariff
from han2x.web import changes, history, login, readings
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
    Route("GET", "/units", readings.units, "What each unit id serves, and where.", Need.LIVE, gives=list[ServedUnit]),
    Route("GET", "/registers", readings.registers, "All registers of a unit id, as Modbus clients read them now.",
          Need.LIVE, takes=RegistersQuery, gives=list[RegisterBlock], refusals=(404,)),
    Route("GET", "/history", history.points, "What is remembered of a meter, step by step.", Need.LIVE,
          takes=HistoryQuery, gives=History, refusals=(404,)),
    Route("GET", "/history/capacity", history.capacity, "Each month's highest hours, for the capacity charge.",
          Need.LIVE, takes=CapacityQuery, gives=list[CapacityMonth], refusals=(404,)),
    Route("GET", "/history/voltage", history.voltage, "Each week's voltages.", Need.LIVE,
          takes=VoltageQuery, gives=list[VoltageWeek], refusals=(404,)),
    Route("GET", "/history/export", history.export, "What is remembered of a meter, as a file.", Need.LIVE,
          takes=ExportQuery, gives="text/csv, application/x-ndjson", refusals=(404,)),
    Route("GET", "/history/state", history.state, "How much is remembered, and whether it is on the disk.",
          gives=HistoryState),
    Route("POST", "/history/delete", history.delete, "Forget what is remembered of a meter.",
          takes=HistoryDeletion, status=204, refusals=(404, 409)),
    Route("GET", "/history/backup", history.backup, "All that is remembered, as one packed file.",
          gives="application/gzip", refusals=(409,)),
    Route("POST", "/history/restore", history.restore, "Take from such a file what is not there already.",
          uploads="application/gzip", gives=HistoryRestored, refusals=(408, 409, 415, 422),
          largest_body=LARGEST_BACKUP),
    Route("GET", "/tariff", readings.tariff, "Prices as their owner typed them.", Need.LIVE, gives=Tariff),
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
    Route("POST", "/upgrade/acknowledge", changes.acknowledge_upgrade,
          "Tell no more of an upgrade that was taken back.", status=204),
    Route("GET", "/log", readings.log, "The last events, the newest last.", takes=LogQuery, gives=list[LogRecord]),
    Route("GET", "/log/download", readings.log_download, "All events there are, as text.", gives="text/plain"),
    Route("GET", "/audit", readings.audit, "Who changed what, the newest first.", takes=AuditQuery, gives=Audit),
    Route("GET", "/telegrams", readings.telegrams, "The last raw telegrams of a meter, decoded.",
          takes=UnitQuery, gives=list[RawTelegram], refusals=(404,)),
    Route("GET", "/capture", readings.capture, "How the recording of a meter's line stands.", gives=Capture),
    Route("POST", "/capture", changes.begin_capture, "Record a meter's line, in memory and within bounds.",
          takes=CaptureRequest, gives=Capture, status=201, refusals=(404, 409)),
    Route("POST", "/capture/stop", changes.stop_capture, "Record no more; what was recorded stays.", gives=Capture,
          refusals=(404,)),
    Route("DELETE", "/capture", changes.forget_capture, "Have nothing of the recording any more.", status=204),
    Route("GET", "/capture/file", readings.capture_file, "What is recorded so far, as `han2x replay` reads it.",
          gives="text/plain", refusals=(404,)),
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
