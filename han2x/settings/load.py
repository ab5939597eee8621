"""From a TOML file to `Settings`: reading and checking."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from han2x.atomic_file import follow
from han2x.faults import because
from han2x.settings.bounds import LARGEST_FILE, excess
from han2x.settings.errors import (
    DamagedFileError,
    KeyPath,
    SettingsError,
    SettingsProblem,
    place,
    refused,
    unknown,
)
from han2x.settings.lines import located
from han2x.settings.listening import outputs_apart
from han2x.settings.maps import map_faults
from han2x.settings.rules import collide, parse_listen, shown
from han2x.settings.schema import METERS, MOST_METERS, ROWS, SECTIONS, MeterSettings, Settings

Section = TypeVar("Section")

_AT_END: Final = "at end of document"
_POSITION: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")


def find_settings_file(argument: str | Path | None, environ: Mapping[str, str], state_dir: Path) -> Path:
    """Which file the settings are in: `--settings`, else `$HAN2X_SETTINGS`, else `settings.toml` in `state_dir`."""
    named = argument or environ.get("HAN2X_SETTINGS")
    return Path(named) if named else state_dir / "settings.toml"


def load(path: Path) -> Settings:
    """Read the settings; a missing file is one with every key at its default.

    Raises:
        DamagedFileError: the file is not TOML; the message has line and column.
        SettingsError: the file cannot be read, or something in it is not allowed; the message has every problem.
    """
    text = read_text(path)
    settings, problems = check(parse_document(text, path))
    if problems:
        raise SettingsError(path, located(text, problems))
    return settings


def last_good_path(path: Path) -> Path:
    """Where the last good copy is kept beside the file; it holds keys, so a factory reset removes it too."""
    target = follow(path)
    return target.with_name(f"{target.name}.last-good")


def read_document(path: Path) -> dict[str, Any]:
    """Read a TOML file without judging its content; a missing file is an empty document.

    Raises:
        DamagedFileError: the file is not TOML.
        SettingsError: the file cannot be read.
    """
    return parse_document(read_text(path), path)


def read_text(path: Path) -> str:
    """The file's text, "" when there is no file. Raises as `read_document` does."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingsError(path, [SettingsProblem.at((), "", "settings-unreadable", **because(error))]) from error
    if len(raw) > LARGEST_FILE:
        raise _damaged(path, "settings-too-large", most=LARGEST_FILE // 1024)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise _damaged(path, "not-utf8", line=line, column=column) from None


def parse_document(text: str, path: Path) -> dict[str, Any]:
    """Parse TOML text that came from `path`. Raises DamagedFileError, naming line and column."""
    too_much = excess(text)
    if too_much is not None:
        raise DamagedFileError(path, [SettingsProblem((), too_much, str(too_much))])
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise _not_toml(path, str(error), text) from None


def _not_toml(path: Path, message: str, text: str) -> DamagedFileError:
    """Where the parser's own message says that the text is wrong; the parser has no other way to say so."""
    if _AT_END in message:
        lines = text.split("\n")
        message = message.replace(_AT_END, f"at line {len(lines)}, column {len(lines[-1]) + 1}")
    position = _POSITION.search(message)
    if position is None:
        return _damaged(path, "not-toml-somewhere", problem=message)
    problem = message[: position.start()]
    return _damaged(path, "not-toml", line=int(position[1]), column=int(position[2]), problem=problem)


def _damaged(path: Path, code: str, **values: object) -> DamagedFileError:
    return DamagedFileError(path, [SettingsProblem.at((), "", code, **values)])


def check(document: Mapping[str, Any]) -> tuple[Settings, tuple[SettingsProblem, ...]]:
    """Judge a whole document. Returns the settings, with defaults for what was refused, and every problem found."""
    problems = [unknown((name,)) for name in document if name not in SECTIONS]
    found = {
        section: _read_table(kind, (section,), document.get(section, {}), problems)
        for section, kind in SECTIONS.items()
        if section != METERS
    }
    meters = _read_meters(document.get(METERS, []), problems)
    settings = Settings(**found, meters=meters or (MeterSettings(),))  # type: ignore[arg-type]  # SECTIONS pairs them
    problems += conflicts(settings, {problem.keys for problem in problems})
    return settings, tuple(problems)


def _read_meters(value: object, problems: list[SettingsProblem]) -> tuple[MeterSettings, ...]:
    if not isinstance(value, list):
        problems.append(SettingsProblem.at((METERS,), f"{METERS} is {shown(value)}: ", "not-a-list"))
        return ()
    if len(value) > MOST_METERS:
        problems.append(SettingsProblem.at((METERS,), "", "too-many-meters", count=len(value), most=MOST_METERS))
    return tuple(
        _read_table(MeterSettings, (METERS, index), table, problems) for index, table in enumerate(value[:MOST_METERS])
    )


def _read_table(kind: type[Section], keys: KeyPath, table: object, problems: list[SettingsProblem]) -> Section:
    if not isinstance(table, dict):
        problems.append(SettingsProblem.at(keys, f"{place(keys)} is {shown(table)}: ", "not-a-table"))
        return kind()
    values = {}
    for key, value in table.items():
        row = ROWS[str(keys[0])].get(key)
        if row is None:
            problems.append(unknown((*keys, key)))
            continue
        try:
            values[key] = row.rule.parse(value)
        except ValueError as error:
            problems.append(refused((*keys, key), row, value, error))
    return kind(**values)


def conflicts(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    """What of the settings does not go together; keys that were refused are not judged."""
    yield from _meters_alike(settings, refused_keys)
    for index, meter in enumerate(settings.meters):
        keys = (METERS, index, "authentication_key")
        without = not meter.encryption_key and (METERS, index, "encryption_key") not in refused_keys
        if meter.authentication_key and without:
            yield SettingsProblem.at(keys, f"{place(keys)} ", "authentication-key-alone")
    yield from _certificates_apart(settings)
    yield from _hours_apart(settings, refused_keys)
    judged = not refused_keys & {("modbus", "listen"), ("web", "listen")}
    if judged and settings.web.enabled and collide(settings.modbus.listen, settings.web.listen):
        where = f"[web] listen = {shown(settings.web.listen)}: "
        yield SettingsProblem.at(("web", "listen"), where, "same-tcp-port")
    yield from _tls_apart(settings, refused_keys)
    yield from _https_apart(settings, refused_keys)
    yield from _maps_apart(settings, refused_keys)
    yield from outputs_apart(settings, refused_keys)


def _https_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    web = settings.web
    # The default is nobody's mistake: where Modbus has that port, the page is without HTTPS.
    own = web.https_listen and web.https_listen != ROWS["web"]["https_listen"].default and not web.https
    judged = not refused_keys & {("modbus", "listen"), ("web", "https_listen")}
    if own and judged and web.enabled and collide(settings.modbus.listen, web.https_listen):
        where = f"[web] https_listen = {shown(web.https_listen)}: "
        yield SettingsProblem.at(("web", "https_listen"), where, "same-tcp-port")


def _meters_alike(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    for key, code in (("unit", "same-unit"), ("port", "same-port")):
        users = defaultdict(list)
        for index, meter in enumerate(settings.meters):
            if (METERS, index, key) not in refused_keys and getattr(meter, key) != "":
                users[getattr(meter, key)].append(index)
        for value, (first, *others) in users.items():
            for index in others:
                keys = (METERS, index, key)
                yield SettingsProblem.at(keys, f"{place(keys)} {key} = {shown(value)}: ", code, number=first + 1)


def _hours_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    tariff = settings.tariff
    if not refused_keys & {("tariff", "day_begins"), ("tariff", "day_ends")} and tariff.day_ends <= tariff.day_begins:
        where = f"[tariff] day_ends = {tariff.day_ends}: "
        yield SettingsProblem.at(("tariff", "day_ends"), where, "tariff-hours", begins=tariff.day_begins)


def _certificates_apart(settings: Settings) -> Iterator[SettingsProblem]:
    modbus, web = settings.modbus, settings.web
    if modbus.tls_listen and not (modbus.tls_certificate and modbus.tls_key and modbus.tls_client_authority):
        yield SettingsProblem.at(("modbus", "tls_listen"), "[modbus] ", "tls-incomplete")
    if bool(web.certificate) != bool(web.key):
        yield SettingsProblem.at(("web", "certificate"), "[web] ", "certificate-incomplete")
    if bool(settings.mqtt.tls_certificate) != bool(settings.mqtt.tls_key):
        yield SettingsProblem.at(("mqtt", "tls_certificate"), "[mqtt] ", "certificate-incomplete")


def _tls_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    """Modbus with TLS needs a port of its own."""
    own = settings.modbus.tls_listen
    others = {("modbus", "listen"): settings.modbus.listen, ("web", "listen"): settings.web.listen}
    if not settings.web.enabled:
        del others["web", "listen"]
    for (section, key), other in others.items():
        if own and not refused_keys & {("modbus", "tls_listen"), (section, key)} and collide(own, other):
            where = f"[modbus] tls_listen = {shown(own)}: "
            yield SettingsProblem.at(("modbus", "tls_listen"), where, "same-tcp-port-as", other=f"[{section}] {key}")


def _maps_apart(settings: Settings, refused_keys: set[KeyPath]) -> Iterator[SettingsProblem]:
    """Maps that share a unit id have different registers, and a port of their own is nobody else's.

    Not the page's either on another address: what stands in for an address that is missing needs the port on all.
    """
    modbus, web = settings.modbus, settings.web
    taken = {("modbus", "listen"): modbus.listen, ("modbus", "tls_listen"): modbus.tls_listen}
    if web.enabled:
        taken["web", "listen"] = _on_all_addresses(web.listen)
    # The default is nobody's mistake: where a map has that port, the page is without HTTPS.
    if web.enabled and (web.https_only or web.https_listen != ROWS["web"]["https_listen"].default):
        taken["web", "https_listen"] = web.https_listen and _on_all_addresses(web.https_listen)
    places = {f"[{section}] {key}": at for (section, key), at in taken.items() if (section, key) not in refused_keys}
    judged = [None if (METERS, index, "unit") in refused_keys else meter for index, meter in enumerate(settings.meters)]
    for index, wanted, fault in map_faults(judged, places):
        keys = (METERS, index, "maps")
        yield SettingsProblem(keys, fault, f"{place(keys)} maps = {shown(str(wanted))}: {fault}")


def _on_all_addresses(listen: str) -> str:
    return f"*:{parse_listen(listen)[1]}"
