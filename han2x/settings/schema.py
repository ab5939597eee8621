"""The one table of settings: a row is a field, its default, its rule and what it is for.

The classes below are the table. Reading, checking, editing, docs/settings.md, the example file and the page's forms are
made from it: a new setting is a new row here, its words in `webui/words/`, and whoever uses it. A secret is a field
that `repr` leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from han2x.addresses import LOCAL_NETWORKS, LOOPBACK, IpNetwork
from han2x.languages import LANGUAGES
from han2x.registers import scaling_factor as factor
from han2x.settings.broker import Broker, TopicPrefix
from han2x.settings.maps import Maps, ShownMap
from han2x.settings.rules import (
    AbsolutePath,
    Choice,
    Flag,
    HexKey,
    HostNames,
    LineSettings,
    Listen,
    Networks,
    PanelPart,
    Rule,
    SerialPort,
    Text,
    WholeNumber,
)
from han2x.settings.tariff import Price, TariffStep, TariffSteps
from han2x.settings.time_zone import AUTO, TimeZone

MOST_METERS: Final = 247

WhenStale = Literal["exception", "hold", "zero"]
WhenUnknown = Literal["zero", "exception"]
Beyond = Literal["exception", "zero"]
Writers = Literal["anyone", "allow-list", "tls-operators", "nobody"]
LogLevel = Literal["debug", "info", "warning", "error"]
P1Checksum = Literal["required", "ignored"]
MqttValues = Literal["all", "few"]


def _row(rule: Rule, meaning: str, *, rare: bool = False) -> Mapping[str, Any]:
    return {"rule": rule, "meaning": meaning, "rare": rare}


@dataclass(frozen=True, slots=True)
class ModbusSettings:
    """How Modbus clients are served."""

    listen: str = field(
        default="*:502",
        metadata=_row(Listen(), "Where Modbus clients connect."),
    )
    when_stale: WhenStale = field(
        default="exception",
        metadata=_row(
            Choice(("exception", "hold", "zero")),
            "What a read of values that are not current returns: exception code 0x0B, the last values (0x0B where there"
            " is none yet), or 0.",
        ),
    )
    when_unknown: WhenUnknown = field(
        default="zero",
        metadata=_row(
            Choice(("zero", "exception")),
            "What 40021 to 40036 return before the meter's first total: 0, as the HAN2X box does, or exception code"
            " 0x0B.",
            rare=True,
        ),
    )
    beyond: Beyond = field(
        default="exception",
        metadata=_row(
            Choice(("exception", "zero")),
            "What a read that goes on beyond the registers returns: exception code 02, or 0 from there on, for clients"
            " that read in fixed blocks.",
            rare=True,
        ),
    )
    stale_after_s: int = field(
        default=60,
        metadata=_row(
            WholeNumber(5, 3600),
            "Seconds after its last telegram when a value is no longer current. One that the meter sends more seldom is"
            " current for three of its intervals, but no longer than five minutes; an hourly total for two hours and a"
            " half.",
            rare=True,
        ),
    )
    max_connections: int = field(
        default=64,
        metadata=_row(WholeNumber(1, 1000), "Modbus clients that may be connected at once.", rare=True),
    )
    idle_timeout_s: int = field(
        default=600,
        metadata=_row(
            WholeNumber(10, 86400), "Seconds without a request after which a client is disconnected.", rare=True
        ),
    )
    allow: tuple[IpNetwork, ...] = field(
        default=LOCAL_NETWORKS,
        metadata=_row(
            Networks(),
            "Networks whose Modbus clients, and those of the meters' other outputs, are served.",
            rare=True,
        ),
    )
    write: Writers = field(
        default="anyone",
        metadata=_row(
            Choice(("anyone", "allow-list", "tls-operators", "nobody")),
            "Which of them may write the scaling factor: all, those in `writers`, operators with TLS, or none. "
            "With TLS only operators may in any case.",
            rare=True,
        ),
    )
    writers: tuple[IpNetwork, ...] = field(
        default=LOOPBACK,
        metadata=_row(Networks(), 'Networks whose Modbus clients may write, with `write = "allow-list"`.', rare=True),
    )
    read_only: bool = field(
        default=False,
        metadata=_row(Flag(), 'An older name: true is `write = "nobody"`, whatever `write` says.', rare=True),
    )
    writes_per_minute: int = field(
        default=30,
        metadata=_row(
            WholeNumber(1, 6000),
            "Writes by all clients together that are accepted in a minute. "
            "A host that has not had its share is served even when others have used up everything.",
            rare=True,
        ),
    )
    tls_listen: str = field(
        default="",
        metadata=_row(
            Listen(optional=True), "Where clients connect with TLS (Modbus/TCP Security), usually *:802.", rare=True
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=_row(AbsolutePath(optional=True), "The gateway's certificate for TLS, a PEM file.", rare=True),
    )
    tls_key: Path | None = field(
        default=None,
        metadata=_row(AbsolutePath(optional=True), "The key of that certificate, a PEM file.", rare=True),
    )
    tls_client_authority: Path | None = field(
        default=None,
        metadata=_row(
            AbsolutePath(optional=True), "The authority that signed the clients' certificates, a PEM file.", rare=True
        ),
    )

    def __post_init__(self) -> None:
        if self.read_only:
            object.__setattr__(self, "write", "nobody")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web page."""

    listen: str = field(default="*:80", metadata=_row(Listen(), "Where browsers connect."))
    enabled: bool = field(default=True, metadata=_row(Flag(), "Serve the web page at all.", rare=True))
    live_open: bool = field(
        default=True,
        metadata=_row(Flag(), "Show anyone the live values, the meter's number and the history, without the password."),
    )
    language: str = field(
        default="auto",
        metadata=_row(Choice(("auto", *LANGUAGES)), "The page's language; auto is the browser's."),
    )
    allow: tuple[IpNetwork, ...] = field(
        default=LOCAL_NETWORKS,
        metadata=_row(Networks(), "Networks whose browsers are served; this computer itself always is.", rare=True),
    )
    host_names: tuple[str, ...] = field(
        default=(),
        metadata=_row(
            HostNames(), "Further names that browsers may reach the page by, as your router gives them.", rare=True
        ),
    )
    https: bool = field(
        default=False,
        metadata=_row(
            Flag(),
            "Speak HTTPS where listen says, and nothing else anywhere; https_listen is not used then.",
            rare=True,
        ),
    )
    https_listen: str = field(
        default="*:443",
        metadata=_row(Listen(optional=True), "Where browsers connect with HTTPS, beside listen.", rare=True),
    )
    https_only: bool = field(
        default=False,
        metadata=_row(
            Flag(), "Send browsers from listen on to https_listen, and serve nothing unencrypted.", rare=True
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=_row(
            AbsolutePath(optional=True),
            "Your own certificate for HTTPS, a PEM file; without one the gateway makes one itself.",
            rare=True,
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=_row(AbsolutePath(optional=True), "The key of that certificate, a PEM file.", rare=True),
    )


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """The gateway itself, and the computer that it runs on."""

    name: str = field(
        default="",
        metadata=_row(
            Text(64), "What this gateway is called, on its page and in the names of files; empty for its host name."
        ),
    )
    temperature_path: Path = field(
        default=Path("/sys/class/thermal/thermal_zone0/temp"),
        metadata=_row(AbsolutePath(), "File with the board temperature in thousandths of a degree Celsius.", rare=True),
    )
    log_level: LogLevel = field(
        default="info",
        metadata=_row(Choice(("debug", "info", "warning", "error")), "How much is logged.", rare=True),
    )
    time_zone: str = field(
        default=AUTO,
        metadata=_row(
            TimeZone(),
            "Where the meters stand, for clocks that do not say; auto is the computer's zone.",
            rare=True,
        ),
    )
    announce: bool = field(
        default=True,
        metadata=_row(Flag(), "Announce page and Modbus on the local network (mDNS), where Avahi runs.", rare=True),
    )


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What is remembered of the meters."""

    enabled: bool = field(
        default=True,
        metadata=_row(
            Flag(), "Remember powers, energies and voltages in the state directory; hours and longer ones for ever."
        ),
    )


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Lights and a button on the case."""

    power_light: str = field(
        default="", metadata=_row(PanelPart(led=True), "Light that is lit while the gateway runs.", rare=True)
    )
    han_light: str = field(
        default="",
        metadata=_row(
            PanelPart(led=True),
            "Light that is lit for 60 s after a good telegram, and blinks during a reset.",
            rare=True,
        ),
    )
    reset_button: str = field(
        default="",
        metadata=_row(
            PanelPart(),
            "Button to ground: held for 5 s for a factory reset, pressed for 1 s to choose a first password, "
            "or held while power comes on for DHCP.",
            rare=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """The broker that the gateway publishes to, and what it publishes there."""

    broker: str = field(
        default="",
        metadata=_row(
            Broker(), "The MQTT broker to publish to; the port is 1883, or 8883 with TLS, unless it is given."
        ),
    )
    user: str = field(default="", metadata=_row(Text(128), "User name at the broker; empty for none."))
    password: str = field(default="", repr=False, metadata=_row(Text(200), "Password of that user."))
    discovery: bool = field(
        default=True, metadata=_row(Flag(), "Announce the meters to Home Assistant, which then adds them by itself.")
    )
    discovery_prefix: str = field(
        default="homeassistant",
        metadata=_row(TopicPrefix(), "Where Home Assistant looks for announcements.", rare=True),
    )
    prefix: str = field(default="han2x", metadata=_row(TopicPrefix(), "What all other topics begin with.", rare=True))
    interval_s: int = field(
        default=10,
        metadata=_row(
            WholeNumber(1, 3600), "Seconds between two messages about a meter, if it sends more often.", rare=True
        ),
    )
    values: MqttValues = field(
        default="all",
        metadata=_row(
            Choice(("all", "few")), "What is published: all values, or only active power and energies.", rare=True
        ),
    )
    qos: int = field(
        default=0,
        metadata=_row(
            Choice((0, 1, 2)), "Quality of service of the messages: at most, at least, or exactly once.", rare=True
        ),
    )
    retain: bool = field(
        default=False,
        metadata=_row(
            Flag(),
            "Have the broker keep the last values too, for those who subscribe later; energies, status and what meter"
            " it is are always kept.",
            rare=True,
        ),
    )
    tls: bool = field(default=False, metadata=_row(Flag(), "Encrypt the connection with the broker.", rare=True))
    tls_authority: Path | None = field(
        default=None,
        metadata=_row(
            AbsolutePath(optional=True),
            "The authority that signed the broker's certificate, a PEM file; without one those of the system.",
            rare=True,
        ),
    )
    tls_certificate: Path | None = field(
        default=None,
        metadata=_row(
            AbsolutePath(optional=True),
            "The gateway's own certificate, a PEM file, if the broker asks for one.",
            rare=True,
        ),
    )
    tls_key: Path | None = field(
        default=None, metadata=_row(AbsolutePath(optional=True), "The key of that certificate, a PEM file.", rare=True)
    )


@dataclass(frozen=True, slots=True)
class TariffSettings:
    """What the grid company and the supplier take, for the page's sums. Without prices the page speaks of no money."""

    currency: str = field(default="kr", metadata=_row(Text(8), "The currency that the prices below are in.", rare=True))
    steps: tuple[TariffStep, ...] = field(
        default=(),
        metadata=_row(
            TariffSteps(),
            "Steps of the capacity charge: a month costs PRICE while the mean of its three highest hours, on different"
            " days, is below KW; each step begins where the one before it ends.",
        ),
    )
    day_price: Decimal | None = field(default=None, metadata=_row(Price(), "Price of a kWh by day."))
    night_price: Decimal | None = field(
        default=None,
        metadata=_row(Price(), "Price of a kWh by night; where only one of the two is there, it is both.", rare=True),
    )
    day_begins: int = field(
        default=6, metadata=_row(WholeNumber(0, 23), "Hour of the day when the day's price begins.", rare=True)
    )
    day_ends: int = field(
        default=22, metadata=_row(WholeNumber(1, 24), "Hour of the day when the day's price ends.", rare=True)
    )
    weekend_night: bool = field(
        default=True, metadata=_row(Flag(), "Saturdays and Sundays have the night's price all day long.", rare=True)
    )


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """One meter: its line, its Modbus unit id, its scales and its keys.

    `kamstrup_current_a` and `kamstrup_voltage_v` are decimal fractions; `round(1000 * value)` is exact.
    """

    name: str = field(default="", metadata=_row(Text(64), "A name to show, for you to choose."))
    unit: int = field(
        default=1,
        metadata=_row(WholeNumber(1, 247), "Modbus unit id of this meter's registers; each meter needs its own."),
    )
    port: str = field(default="", metadata=_row(SerialPort(), "The serial line to the meter's HAN port."))
    serial_settings: str = field(
        default="auto",
        metadata=_row(
            LineSettings(), "Baud rate, data bits, parity and stop bits of the line; auto finds them out.", rare=True
        ),
    )
    scaling_factor: int = field(
        default=factor.DEFAULT,
        metadata=_row(
            WholeNumber(factor.LOWEST, factor.HIGHEST),
            "Factor for power, current and energy in thousandths, for a meter behind transformers; 1000 is ×1.000.",
        ),
    )
    main_fuse_a: int = field(
        default=0,
        metadata=_row(
            WholeNumber(0, 10_000),
            "Rated current of the main fuses in A, to show how much of it each phase carries; 0 for not set.",
        ),
    )
    maps: tuple[ShownMap, ...] = field(
        default=(),
        metadata=_row(
            Maps(),
            "Other makers' meters that this one imitates, for clients that know those: NAME, with `unit N` behind it "
            "for another than the usual unit id, with `on ADDRESS:PORT` for a port of its own. With the meter's own "
            "unit id a map takes the place of the registers that have the same addresses.",
            rare=True,
        ),
    )
    kamstrup_energy_wh: int = field(
        default=10,
        metadata=_row(Choice((1, 10, 100, 1000)), "Wh or varh in one step of a Kamstrup meter's energies.", rare=True),
    )
    kamstrup_current_a: float | Literal["auto"] = field(
        default="auto",
        metadata=_row(
            Choice(("auto", 0.001, 0.01, 0.1)),
            "A in one step of a Kamstrup meter's currents; auto finds it from the power.",
            rare=True,
        ),
    )
    kamstrup_voltage_v: float | Literal["auto"] = field(
        default="auto",
        metadata=_row(
            Choice(("auto", 0.01, 0.1, 1.0)),
            "V in one step of a Kamstrup meter's voltages; auto finds it from the value.",
            rare=True,
        ),
    )
    p1_checksum: P1Checksum = field(
        default="required",
        metadata=_row(
            Choice(("required", "ignored")),
            "Whether P1 telegrams need a right checksum; ignored is for the few meters that send wrong ones, whose"
            " values count from the second telegram that agrees on.",
            rare=True,
        ),
    )
    encryption_key: str = field(
        default="",
        repr=False,
        metadata=_row(HexKey(), "Encryption key (GUEK) from the grid company, for a meter that encrypts."),
    )
    authentication_key: str = field(
        default="",
        repr=False,
        metadata=_row(HexKey(), "Authentication key (GAK) from the grid company, to verify the telegrams."),
    )
    p1_listen: str = field(
        default="",
        metadata=_row(
            Listen(optional=True),
            "Where clients get the readings as P1 telegrams (DSMR 5, Swedish 5S) over TCP.",
            rare=True,
        ),
    )
    shelly_listen: str = field(
        default="",
        metadata=_row(
            Listen(optional=True),
            "Where the meter answers as a Shelly Pro 3EM does (an imitation), UDP; usually *:1010.",
            rare=True,
        ),
    )
    homewizard_listen: str = field(
        default="",
        metadata=_row(
            Listen(optional=True),
            "Where the meter answers as the local API of a HomeWizard P1 meter does (an imitation), HTTP; "
            "many clients know port 80 only.",
            rare=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. With no meter written down there is one, with every key at its default and no port."""

    modbus: ModbusSettings = field(default_factory=ModbusSettings)
    web: WebSettings = field(default_factory=WebSettings)
    device: DeviceSettings = field(default_factory=DeviceSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    panel: PanelSettings = field(default_factory=PanelSettings)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    tariff: TariffSettings = field(default_factory=TariffSettings)
    meters: tuple[MeterSettings, ...] = (MeterSettings(),)


SectionClass = (
    type[ModbusSettings]
    | type[WebSettings]
    | type[DeviceSettings]
    | type[HistorySettings]
    | type[PanelSettings]
    | type[MqttSettings]
    | type[TariffSettings]
    | type[MeterSettings]
)

METERS: Final = "meters"
SECTIONS: Final[Mapping[str, SectionClass]] = {
    "modbus": ModbusSettings,
    "web": WebSettings,
    "device": DeviceSettings,
    "history": HistorySettings,
    "panel": PanelSettings,
    "mqtt": MqttSettings,
    "tariff": TariffSettings,
    METERS: MeterSettings,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of settings. Few people ever need one that is `rare`."""

    section: str
    key: str
    default: object
    rule: Rule
    meaning: str
    secret: bool
    rare: bool = False


def rows_of(section: str) -> Iterator[Row]:
    """The rows of one section, in the order in which they are shown."""
    for each in fields(SECTIONS[section]):
        rule, meaning, rare = (each.metadata[name] for name in ("rule", "meaning", "rare"))
        yield Row(section, each.name, each.default, rule, meaning, secret=not each.repr, rare=rare)


ROWS: Final[Mapping[str, Mapping[str, Row]]] = {
    section: {row.key: row for row in rows_of(section)} for section in SECTIONS
}


def header(section: str) -> str:
    """A section's name as TOML writes it: `[modbus]`, `[[meters]]`."""
    return f"[[{section}]]" if section == METERS else f"[{section}]"
