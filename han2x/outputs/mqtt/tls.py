"""What a connection with TLS needs, from the files that the owner named. Waits for the disk."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final, NoReturn

from han2x.faults import because
from han2x.outputs.mqtt.faults import BrokerError
from han2x.outputs.mqtt.options import Tls
from han2x.regular_file import in_memory, read_beginning

LARGEST_FILE: Final = 256 * 1024


def client_context(tls: Tls) -> ssl.SSLContext:
    """For a broker whose certificate is in order and has the name that it is reached by.

    Raises:
        BrokerError: a file cannot be read or used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _Socket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.authority is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(cadata=_read(tls.authority).decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise BrokerError.of("mqtt-no-authority", file=tls.authority) from error
    if tls.certificate is not None and tls.key is not None:
        _use_own(context, tls.certificate, tls.key)
    return context


class _Socket(ssl.SSLSocket):
    """One that is closed when no TLS comes about: the library lets it lie."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _use_own(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    chain, private = _read(certificate), _read(key)
    try:
        with in_memory(chain, certificate) as chain_file, in_memory(private, key) as key_file:
            context.load_cert_chain(chain_file, key_file, password=_refuse)
    except _PasswordWantedError as error:
        raise BrokerError.of("mqtt-key-password", key=key) from error
    except (OSError, ValueError) as error:
        raise BrokerError.of("mqtt-no-certificate", certificate=certificate, key=key) from error


class _PasswordWantedError(Exception):
    pass


def _refuse() -> NoReturn:
    """Where this is not given, OpenSSL asks for the key's password on the terminal, and waits for it."""
    raise _PasswordWantedError


def _read(path: Path) -> bytes:
    try:
        octets = read_beginning(path, LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise BrokerError.of("mqtt-file", file=path, **because(error)) from error
    if len(octets) > LARGEST_FILE:
        raise BrokerError.of("mqtt-file-too-large", file=path, most=LARGEST_FILE // 1024)
    return octets
