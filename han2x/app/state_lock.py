"""One gateway at a time for each state directory: two would write over each other's settings and energies.

The lock is on a file of its own, as the directory's own lock is taken with each write; it ends with its holder, however
that ends. The file says who has it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

log = logging.getLogger("han2x")

NAME: Final = "lock"
_LONGEST: Final = 1024


class InUseError(Exception):
    """Another program has the state directory; the text says which."""


@contextmanager
def state_lock(state_dir: Path, program: str) -> Iterator[None]:
    """Have the state directory for oneself. `program` is what others are told.

    Where there can be no lock, as on a medium that is read-only, it goes on without: nothing can be written there.

    Raises:
        InUseError: another program has it.
    """
    path = state_dir / NAME
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        log.warning("%s: no lock can be had, so another gateway would not be noticed: %s", path, error.strerror)
        yield
        return
    try:
        _take(handle, path)
        with suppress(OSError):  # a full disk
            _give_to_owner_of(state_dir, handle)
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "program": program}).encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(state_dir: Path) -> str | None:
    """Who has the state directory now, in words; None when nobody has.

    Raises:
        PermissionError: one may not look.
    """
    path = state_dir / NAME
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except PermissionError:
        raise
    except OSError:
        return None
    try:
        _take(handle, path)
    except InUseError:
        return _told(handle)
    finally:
        os.close(handle)
    return None


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUseError(f"{path.parent} is in use by {_told(handle)}; two gateways cannot share it") from None
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        log.warning("%s: this file system knows no locks, so another gateway would not be noticed", path)


def _told(handle: int) -> str:
    try:
        kept = json.loads(os.pread(handle, _LONGEST, 0))
        return f"{str(kept['program'])[:200]!r} (process {int(kept['pid'])})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another program"


def _give_to_owner_of(state_dir: Path, handle: int) -> None:
    owner = state_dir.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.fchown(handle, owner.st_uid, owner.st_gid)
