"""A certificate and its key for TLS, from octets that were read before: OpenSSL itself takes them from paths only."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn


class PasswordWantedError(Exception):
    """The key has a password."""


def load_chain(context: ssl.SSLContext, certificate: bytes, key: bytes, paths: tuple[Path, Path]) -> None:
    """Use this certificate and this key, which were read from `paths`.

    Raises:
        PasswordWantedError: the key has a password.
        OSError, ValueError: they are not PEM, or do not belong together; `ssl.SSLError` is an OSError.
    """
    with _in_memory(certificate, paths[0]) as chain, _in_memory(key, paths[1]) as private:
        context.load_cert_chain(chain, private, password=_refuse)


def _refuse() -> NoReturn:
    """Where this is not given, OpenSSL asks for the key's password on the terminal, and waits for it."""
    raise PasswordWantedError


@contextmanager
def _in_memory(octets: bytes, path: Path) -> Iterator[str]:
    """A path that leads to these octets: what was read is not to be another thing by then. A sandbox may not allow
    that.
    """
    try:
        descriptor = os.memfd_create("tls")
    except OSError:
        yield str(path)
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"
