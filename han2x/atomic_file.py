"""Files that are either the old or the new whole, never a part, whenever the power goes.

A file is written beside its place, forced to the disk, and renamed over it. Programs that write in the same directory
take turns by a lock on the directory, which ends with its holder.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_LONGEST_WAIT_S: Final = 5.0


def write_whole(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; says whether it had to, for equal content is not written again.

    A symbolic link stays and its target is written. A file that exists keeps its mode and owner; a new one is for its
    owner alone, who is the directory's when root writes. Missing directories are made.

    Raises:
        OSError: the file could not be written, and is as before.
    """
    target = follow(path)
    with locked(target.parent):
        return replace_whole(target, content)


def replace_whole(target: Path, content: bytes) -> bool:
    """Do what `write_whole` does, for a caller that holds the directory's lock; `target` must not be a symlink."""
    if _content(target) == content:
        return False
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        _write_durably(fresh, content, like=target)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    sync_directory(target.parent)
    return True


def set_aside(path: Path, keep: int, *, leave_original: bool = False) -> Path:
    """Rename a damaged file to `<name>.damaged-<UTC>`, of which only the `keep` last remain. Returns the new name.

    With `leave_original` the file has both names, so that it can be replaced without a moment in which there is none
    (where the file system knows no hard links, it is renamed all the same).

    Raises:
        OSError: it could not be renamed.
    """
    with locked(path.parent):
        aside = _free_name(path)
        if leave_original:
            try:
                aside.hardlink_to(path)
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
                    raise
                path.rename(aside)
        else:
            path.rename(aside)
        sync_directory(path.parent)
        others = sorted(other for other in path.parent.glob(f"{path.name}.damaged-*") if other != aside)
        for oldest in others[: max(0, len(others) + 1 - keep)]:
            oldest.unlink(missing_ok=True)
    return aside


def remove_durably(*paths: Path) -> None:
    """Remove files of one directory, so that a power cut does not bring them back. What is not there is passed over.

    A directory in a file's place goes too, with all that is in it.

    Raises:
        OSError: one of them cannot be removed.
    """
    if not paths[0].parent.exists():
        return
    with locked(paths[0].parent):
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                import shutil  # here, as it brings every kind of archive along, and hardly anybody has such a directory

                shutil.rmtree(path)
            path.unlink(missing_ok=True)
        sync_directory(paths[0].parent)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock, made if it is missing.

    Raises:
        OSError: the directory cannot be opened, or another program has held the lock for seconds.
    """
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _take_lock(handle)
        yield
    finally:
        os.close(handle)


def follow(path: Path) -> Path:
    """The file that a symbolic link leads to, whether or not it exists; any other path as it is, absolute."""
    return Path(os.path.realpath(path))


def _take_lock(handle: int) -> None:
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EBUSY, "another program is writing in this directory") from None
            time.sleep(0.01)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write_durably(path: Path, content: bytes, like: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        _take_after(handle, like)
        file.write(content)
        file.flush()
        os.fsync(handle)


def _take_after(handle: int, like: Path) -> None:
    try:
        model = like.stat()
        mode = stat.S_IMODE(model.st_mode)
    except FileNotFoundError:
        model, mode = like.parent.stat(), 0o600
    with contextlib.suppress(PermissionError):  # giving a file away is for root
        os.fchown(handle, model.st_uid, model.st_gid)
    os.fchmod(handle, mode)


def sync_directory(directory: Path) -> None:
    """Force a directory's names to the disk. Raises OSError when that cannot be done."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free_name(path: Path) -> Path:
    # A board without a clock of its own can give two files the same second.
    stem = f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(stem if not count else f"{stem}-{count}") for count in range(1000))
    return next(name for name in names if not name.exists())
