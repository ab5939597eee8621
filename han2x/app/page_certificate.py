"""The certificate that the page has in force: the owner's, else one that the gateway makes and keeps for itself."""

from __future__ import annotations

import logging
import socket
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from han2x.faults import Fault, told
from han2x.settings import WebSettings
from han2x.web.certificate import fingerprint, make_certificate, must_be_renewed, must_not_be_expired, tls_context
from han2x.web.errors import WebError

log = logging.getLogger("han2x")

CERTIFICATE: Final = "page.pem"
KEY: Final = "page.key"


@dataclass(frozen=True, slots=True)
class InForce:
    """What new connections get. `own` is whether it is the owner's; `fault` why it is not the one of the settings."""

    context: ssl.SSLContext
    fingerprint: str
    own: bool
    fault: Fault | None = None


class PageCertificate:
    """Loads certificates. What the owner's settings name and cannot be used is no reason to have no page: then the last
    good one goes on, and without any a self-made one is served.
    """

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._good: InForce | None = None
        self._last: tuple[tuple[object, ...], InForce] | None = None
        self._told: object = None

    def load(self, settings: WebSettings) -> InForce:
        """What these settings want, as far as it can be had; read again when a file has changed, and every day.

        Waits for the disk.

        Raises:
            WebError, OSError: there is nothing at all that could be served.
        """
        state = (
            settings.certificate,
            settings.key,
            settings.host_names,
            *_own_names(),
            *seen(settings),
            datetime.now(UTC).date(),
        )
        if self._last is None or self._last[0] != state:
            self._last = (state, self._loaded(settings))
        return self._last[1]

    def _loaded(self, settings: WebSettings) -> InForce:
        try:
            found = self.wanted(settings)
        except WebError as error:
            if error.fault is not None and error.fault.code == "https-expired":
                self._good = None  # it may be this very one
            instead = self._good or self._self_made(settings)
            found = InForce(instead.context, instead.fingerprint, instead.own, error.fault)
            self._tell(error.fault, logging.ERROR, f"{error}; {'the last good' if self._good else 'a self-made'} "
                       "certificate is served instead")  # fmt: skip
            return found
        if found.own:
            self._good = found
        self._tell(
            found.fingerprint,
            logging.INFO,
            f"the page's certificate ({'yours' if found.own else 'self-made'}) has the SHA-256 {found.fingerprint}",
        )
        return found

    def wanted(self, settings: WebSettings) -> InForce:
        """Exactly what these settings want.

        Raises:
            WebError: it cannot be had.
        """
        if not (settings.certificate and settings.key):
            return self._self_made(settings)
        context = tls_context(settings.certificate, settings.key)
        must_not_be_expired(settings.certificate, settings.key)
        return InForce(context, fingerprint(settings.certificate.read_bytes()), own=True)

    def _self_made(self, settings: WebSettings) -> InForce:
        certificate, key = self._state_dir / CERTIFICATE, self._state_dir / KEY
        names = [*_own_names(), *settings.host_names]
        try:
            usable = key.exists() and not must_be_renewed(certificate.read_bytes(), names)
            if usable:
                return InForce(tls_context(certificate, key), fingerprint(certificate.read_bytes()), own=False)
        except (OSError, WebError):
            usable = False
        return _kept(make_certificate(names), certificate, key)

    def _tell(self, what: object, level: int, text: str) -> None:
        """Say it once, until there is something else to say."""
        if what != self._told:
            self._told = what
            log.log(level, "%s", text)


def _kept(made: tuple[bytes, bytes], certificate: Path, key: Path) -> InForce:
    """Keep what was made; where the disk takes nothing it lasts until the next start."""
    from han2x.atomic_file import write_whole

    try:
        write_whole(key, made[1])
        write_whole(certificate, made[0])
        return InForce(tls_context(certificate, key), fingerprint(made[0]), own=False)
    except OSError as error:
        log.warning("the page's certificate cannot be kept, so that the next start makes another: %s", told(error))
    with tempfile.TemporaryDirectory(prefix="han2x-") as folder:
        files = Path(folder) / CERTIFICATE, Path(folder) / KEY
        for file, content in zip(files, made, strict=True):
            file.touch(0o600)
            file.write_bytes(content)
        return InForce(tls_context(*files), fingerprint(made[0]), own=False)


def _own_names() -> list[str]:
    """What this computer is called; nothing where that is no name for a certificate."""
    host = socket.gethostname()
    return [host, f"{host}.local"] if host.isascii() else []


def seen(settings: WebSettings) -> tuple[object, ...]:
    """What tells one state of the owner's files from another; waits for the disk."""
    states: list[object] = []
    for file in (settings.certificate, settings.key):
        try:
            found = file.stat() if file else None
        except OSError as error:
            states.append(error.errno)
        else:
            states.append(found and (found.st_mtime_ns, found.st_size, found.st_ino))
    return tuple(states)
