"""Why a line could not be opened or was lost, in plain words that say what to do."""

from __future__ import annotations

import errno
import getpass
import grp
import os
import socket
import termios
from pathlib import Path

from han2x.serial_port.ports import find_ports, holders

BUSY = (errno.EBUSY, errno.EAGAIN)
DENIED = (errno.EACCES, errno.EPERM)
GONE = (errno.ENODEV, errno.ENXIO, errno.EIO)
UNABLE = (errno.EINVAL, errno.ENOTTY)


def why_not_opened(error: Exception, port: str, settings: str) -> str:
    """What an attempt to open `port` with the line `settings` (such as "2400 8N1") failed of.

    Looks at the machine to say who holds a busy port and which ports there are; it may take some milliseconds.
    """
    if port.startswith("socket://"):
        return _why_not_connected(error, port)
    code = _code(error)
    if code == errno.ENOENT:
        return f"{port} does not exist: is the adapter plugged in? {_ports_there_are()}"
    if code in DENIED:
        return f"no permission to open {port}: {_how_to_be_permitted(port)}"
    if code in BUSY:
        return f"{port} is in use by {_who(port)}: end that program, or give it another port"
    if code in GONE:
        return f"{port} does not answer: pull the adapter out and plug it in again"
    if code == errno.ENOTTY:
        return f"{port} is not a serial port. {_ports_there_are()}"
    if code == errno.EINVAL or isinstance(error, termios.error):
        return f"{port} cannot be set to {settings}: the adapter does not know these settings"
    return f"{port} cannot be opened: {error}"


def why_lost(error: Exception | None, port: str) -> str:
    """Why an open line ended; `error` is what the transport said, None when the other side closed it."""
    if port.startswith("socket://"):
        return f"{port} closed the connection" + (f": {error}" if error else "")
    if not Path(port).exists():
        return f"{port} was unplugged"
    if others := [holder for holder in holders(port) if not holder.endswith(f"(process {os.getpid()})")]:
        return f"{port} was lost: {' and '.join(others)} reads it too; end that program, or give it another port"
    return f"{port} was lost" + (f": {error}" if error else "")


def _why_not_connected(error: Exception, port: str) -> str:
    if isinstance(error, TimeoutError):
        return f"{port} does not answer: is the serial server switched on and in the same network?"
    if isinstance(error, ConnectionRefusedError):
        return f"{port} refuses the connection: does the serial server listen on this TCP port?"
    if isinstance(error, socket.gaierror):
        return f"{port}: no address is known for this host name ({error.strerror})"
    return f"{port} cannot be reached: {error}"


def _code(error: Exception) -> int | None:
    """The error number; pyserial hides some of them in the error before."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    root = error if isinstance(error, termios.error) else error.__context__
    if isinstance(root, termios.error) and root.args and isinstance(root.args[0], int):
        return root.args[0]
    return root.errno if isinstance(root, OSError) else None


def _ports_there_are() -> str:
    ports = [port.path for port in find_ports()]
    return f"Ports of this machine: {', '.join(ports)}" if ports else "This machine has no serial port now"


def _how_to_be_permitted(port: str) -> str:
    try:
        group = grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "dialout"
    return f"the user {_user()} must be in the group {group} (sudo usermod -aG {group} {_user()}, then start again)"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _who(port: str) -> str:
    return " and ".join(holders(port)) or "another program"
