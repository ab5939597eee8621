"""What can be wrong between the gateway and a broker: by a code that a page translates, and in plain English."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Final

from han2x import faults
from han2x.faults import because

FAULTS: Final[Mapping[str, str]] = {
    "mqtt-unresolved": "the name {host} is not found: {reason}",
    "mqtt-unreachable": "the broker {place} cannot be reached: {reason}",
    "mqtt-silent": "{place} does not answer as an MQTT broker does within {seconds} s",
    "mqtt-closed": "{place} has ended the connection without a word; it may want TLS, or another certificate",
    "mqtt-password": "the broker {place} does not let this user with this password in",
    "mqtt-refused": "the broker {place} refuses the connection: {reason}",
    "mqtt-not-subscribed": "the broker {place} does not let the gateway read {topic}",
    "mqtt-lost": "the connection with the broker {place} is lost",
    "mqtt-slow": "the broker {place} has taken no message for {seconds} s",
    "mqtt-untrusted": "the certificate of the broker {place} is not trusted: {reason}",
    "mqtt-tls": "there is no TLS connection with {place}: {reason}",
    "mqtt-file": "{file} cannot be read: {reason}",
    "mqtt-file-too-large": "{file} has more than {most} KiB, which no certificate has",
    "mqtt-no-authority": "{file} is no authority's certificate as a PEM file",
    "mqtt-no-certificate": "{certificate} and {key} are not a certificate and its key as PEM files",
    "mqtt-key-password": "the key {key} has a password; please store it without",
}


class MqttFault(faults.Fault):
    """Why the broker does not get the values; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class BrokerError(Exception):
    """There is no connection with the broker, or no longer; `fault` says why."""

    def __init__(self, fault: MqttFault) -> None:
        self.fault = fault
        super().__init__(str(fault))

    @classmethod
    def of(cls, code: str, **values: object) -> BrokerError:
        """One with a fault of this code."""
        return cls(MqttFault(code, **values))


PASSWORD_CODES: Final = frozenset((0x86, 0x87))
"""MQTT 5.0, 3.2.2.2: bad user name or password, not authorized; brokers say either."""


def connecting_error(error: Exception, host: str, place: str) -> BrokerError:
    """What kept a connection from being made."""
    if isinstance(error, BrokerError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerError.of("mqtt-untrusted", place=place, reason=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return BrokerError.of("mqtt-tls", place=place, reason=error.reason or error)
    if isinstance(error, socket.gaierror | UnicodeError):  # the latter is what a name no resolver takes gives
        reason = error.strerror if isinstance(error, OSError) else error
        return BrokerError.of("mqtt-unresolved", host=host, reason=reason)
    return BrokerError.of("mqtt-unreachable", place=place, **because(error, _told(error)))


def _told(error: Exception) -> str:
    return "timed out" if isinstance(error, TimeoutError) and not error.errno else ""
