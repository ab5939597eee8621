"""Whether the files and places that the settings name can be used, for `han2x check`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.service_user import first_barred, is_hidden, service_user
from han2x.sockets import listen, why_not

if TYPE_CHECKING:
    from han2x.settings import Settings

_PRIVILEGED: Final = 1024
_TLS_FILES: Final = ("tls_certificate", "tls_key", "tls_client_authority")
_BROKER_FILES: Final = ("tls_authority", "tls_certificate", "tls_key")
_PAGE_FILES: Final = ("certificate", "key")


def file_faults(settings: Settings) -> Iterator[str]:
    """What is wrong with the certificates and keys that are named, each with its section."""
    for section, check in (("modbus", _modbus_tls), ("web", _https), ("mqtt", _broker_tls)):
        for fault in check(settings):
            yield f"[{section}] {fault}"
    for section, key, path in _named(settings):
        fault = _of_the_service(path)
        if fault:
            yield f"[{section}] {key}: {fault}"


def place_faults(settings: Settings) -> Iterator[str]:
    """Which of the places to listen at cannot be had now: other programs come and go, and so do addresses."""
    wanted = {"modbus": (settings.modbus.listen, settings.modbus.tls_listen)}
    if settings.web.enabled:
        wanted["web"] = (settings.web.listen, settings.web.https_listen)
    for section, places in wanted.items():
        for place in filter(None, places):
            fault = asyncio.run(_place(place))
            if fault:
                yield f"[{section}] {fault}"


def _named(settings: Settings) -> Iterator[tuple[str, str, Path]]:
    for section, keys in (("modbus", _TLS_FILES), ("web", _PAGE_FILES), ("mqtt", _BROKER_FILES)):
        for key in keys:
            path = getattr(getattr(settings, section), key)
            if isinstance(path, Path):
                yield section, key, path


def _of_the_service(path: Path) -> str:
    """What keeps the installed service from reading the file; "" for nothing, and where that is told already."""
    user = service_user()
    if user is None:
        return ""
    if is_hidden(path):
        return f"the service does not see {path}; keep it in /etc/han2x or /var/lib/han2x"
    try:
        barred = first_barred(path, user)
    except OSError:
        return ""
    return f"the service's user {user.pw_name} cannot read {barred}" if barred else ""


def _modbus_tls(settings: Settings) -> Iterator[str]:
    wanted = settings.modbus
    certificate, key, authority = wanted.tls_certificate, wanted.tls_key, wanted.tls_client_authority
    if not wanted.tls_listen or certificate is None or key is None or authority is None:
        return
    from han2x.modbus_server.faults import TlsError
    from han2x.modbus_server.tls import Tls

    try:
        loaded = Tls(certificate, key, authority).load(datetime.now(UTC))
    except TlsError as error:
        yield str(error)
    else:
        if loaded.fault is not None:
            yield str(loaded.fault)


def _https(settings: Settings) -> Iterator[str]:
    if settings.web.certificate is None or settings.web.key is None:
        return
    from han2x.web.certificate import tls_context
    from han2x.web.errors import WebError

    try:
        tls_context(settings.web.certificate, settings.web.key)
    except WebError as error:
        yield str(error)


def _broker_tls(settings: Settings) -> Iterator[str]:
    wanted = settings.mqtt
    if not wanted.broker or not wanted.tls:
        return
    from han2x.outputs.mqtt.faults import BrokerError
    from han2x.outputs.mqtt.options import Tls
    from han2x.outputs.mqtt.tls import client_context

    try:
        client_context(Tls(wanted.tls_authority, wanted.tls_certificate, wanted.tls_key))
    except BrokerError as error:
        yield str(error)


async def _place(text: str) -> str:
    """Why nobody can listen there now; "" where one can, and where only a privilege is missing that the service has."""
    from han2x.settings import parse_listen

    host, port = parse_listen(text)
    try:
        listeners = await listen(host, port)
    except PermissionError:
        return "" if port < _PRIVILEGED else f"cannot listen on {text}: not allowed"
    except OSError as error:
        return str(await why_not(error, text, host, port))
    for listener in listeners:
        listener.close()
    return ""
