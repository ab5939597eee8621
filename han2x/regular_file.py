"""Reading what somebody named as a file, and nothing else: a pipe would wait, and some devices begin when opened or
never end.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotRegularError(OSError):
    """It is a device, a pipe or a directory."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is no regular file")


def read_beginning(path: Path, most: int) -> bytes:
    """The first octets of a regular file, `most` of them at the most; does not wait for a writer.

    Raises:
        NotRegularError: it is something else, which is not opened.
        OSError: it cannot be read.
        ValueError: no path is like this.
    """
    _must_be_regular(path.stat())
    with open(path, "rb", buffering=0, opener=_without_waiting) as file:
        _must_be_regular(os.fstat(file.fileno()))  # it may have been put in between
        return _read(file.fileno(), most)


@contextmanager
def in_memory(octets: bytes, path: Path) -> Iterator[str]:
    """A path that leads to these octets, which were read from `path`: OpenSSL takes a certificate and its key from
    paths only, and what was read is not to be another thing by then. Where a sandbox does not allow that, it is `path`.
    """
    try:
        descriptor = os.memfd_create("file")
    except OSError:
        yield str(path)
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


def _read(handle: int, most: int) -> bytes:
    pieces, left = [], most
    while left and (piece := os.read(handle, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _must_be_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotRegularError


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
