"""Why a line could not be opened or was lost: by a code, and in plain English that says what to do."""

from __future__ import annotations

import errno
import getpass
import grp
import os
import socket
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from han2x import faults
from han2x.faults import because
from han2x.port_name import is_server
from han2x.processes import Holder
from han2x.serial_port.ports import find_ports, holders, is_pseudo_terminal

BUSY = (errno.EBUSY, errno.EAGAIN)
DENIED = (errno.EACCES, errno.EPERM)
GONE = (errno.ENODEV, errno.ENXIO, errno.EIO)

REASONS: Final[Mapping[str, str]] = {
    "port-missing": "{port} does not exist: is the adapter plugged in? Ports of this machine: {ports}",
    "port-missing-no-ports": "{port} does not exist: is the adapter plugged in? This machine has no serial port now",
    "port-not-permitted": "no permission to open {port}: the user {user} must be in the group {group} "
    "(sudo usermod -aG {group} {user}, then start again)",
    "port-busy": "{port} is in use by {program} (process {process}): end that program, or give it another port",
    "port-busy-unseen": "{port} is in use by another program: end that program, or give it another port",
    "port-dead": "{port} does not answer: pull the adapter out and plug it in again",
    "port-not-serial": "{port} is not a serial port. Ports of this machine: {ports}",
    "port-not-serial-no-ports": "{port} is not a serial port. This machine has no serial port now",
    "port-line-settings": "{port} cannot be set to {settings}: the adapter does not know these settings",
    "port-not-opened": "{port} cannot be opened: {reason}",
    "port-unplugged": "{port} was unplugged",
    "port-shared": "{port} was lost: {program} (process {process}) reads it too; "
    "end that program, or give it another port",
    "port-read-too": "{port} is read by {program} (process {process}) too, so that both get pieces of telegrams; "
    "end that program, or give it another port",
    "port-lost": "{port} was lost",
    "port-lost-because": "{port} was lost: {reason}",
    # a serial server on the network
    "server-silent": "{port} does not answer: is the serial server switched on and in the same network?",
    "server-refuses": "{port} refuses the connection: does the serial server listen on this TCP port?",
    "server-unknown": "{port}: no address is known for this host name ({reason})",
    "server-unreachable": "{port} cannot be reached: {reason}",
    "server-closed": "{port} closed the connection",
    "server-closed-because": "{port} closed the connection: {reason}",
}


class PortFault(faults.Fault):
    """Why a line is not open; `code` is one of `REASONS`."""

    __slots__ = ()
    TEXTS = REASONS


def why_not_opened(error: Exception, port: str, settings: str) -> PortFault:
    """What an attempt to open `port` with the line `settings` (such as "2400 8N1") failed of.

    Looks at the machine to say who holds a busy port and which ports there are; it may take some milliseconds.
    """
    if is_server(port):
        return _why_not_connected(error, port)
    code = _code(error)
    if code == errno.ENOENT:
        return _with_ports("port-missing", port)
    if code in DENIED:
        return _not_permitted(port)
    if code in BUSY:
        found = holders(port)
        return _held("port-busy", port, found) if found else PortFault("port-busy-unseen", port=port)
    if code in GONE:
        return PortFault("port-dead", port=port)
    if code == errno.ENOTTY:
        return _with_ports("port-not-serial", port)
    if code == errno.EINVAL or isinstance(error, termios.error):
        return PortFault("port-line-settings", port=port, settings=settings)
    return PortFault("port-not-opened", port=port, **because(error))


def why_lost(error: Exception | None, port: str) -> PortFault:
    """Why an open line ended; `error` is what the transport said, None when the other side closed it."""
    reason = because(error) if error else None
    if is_server(port):
        if reason is None:
            return PortFault("server-closed", port=port)
        return PortFault("server-closed-because", port=port, **reason)
    if not Path(port).exists():
        return PortFault("port-unplugged", port=port)
    if others := [holder for holder in holders(port) if holder.process != os.getpid()]:
        return _held("port-shared", port, others)
    return PortFault("port-lost", port=port) if reason is None else PortFault("port-lost-because", port=port, **reason)


def why_torn(port: str) -> PortFault | None:
    """Why telegrams may come in pieces on a line that is open: another program reads it too; None where none is seen.

    One that took no lock before we did does not keep us from opening it. A pseudo-terminal is held by whoever speaks
    on it.
    """
    if is_server(port) or is_pseudo_terminal(port):
        return None
    others = [holder for holder in holders(port) if holder.process != os.getpid()]
    return _held("port-read-too", port, others) if others else None


def _why_not_connected(error: Exception, port: str) -> PortFault:
    if isinstance(error, TimeoutError):
        return PortFault("server-silent", port=port)
    if isinstance(error, ConnectionRefusedError):
        return PortFault("server-refuses", port=port)
    if isinstance(error, socket.gaierror):
        return PortFault("server-unknown", port=port, reason=error.strerror)
    return PortFault("server-unreachable", port=port, **because(error))


def _code(error: Exception) -> int | None:
    """The error number; pyserial hides some of them in the error before."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    root = error if isinstance(error, termios.error) else error.__context__
    if isinstance(root, termios.error) and root.args and isinstance(root.args[0], int):
        return root.args[0]
    return root.errno if isinstance(root, OSError) else None


def _with_ports(code: str, port: str) -> PortFault:
    ports = [each.path for each in find_ports()]
    return PortFault(code, port=port, ports=", ".join(ports)) if ports else PortFault(f"{code}-no-ports", port=port)


def _held(code: str, port: str, found: Sequence[Holder]) -> PortFault:
    programs = ", ".join(holder.program for holder in found)
    return PortFault(code, port=port, program=programs, process=", ".join(str(holder.process) for holder in found))


def _not_permitted(port: str) -> PortFault:
    try:
        group = grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "dialout"
    return PortFault("port-not-permitted", port=port, user=_user(), group=group)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
