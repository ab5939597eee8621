"""The user that the service runs as, and what it may read."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from typing import Final

NAME: Final = "han2x"
HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108 - nothing is made there
"""What the service's sandbox hides from it (ProtectHome, PrivateTmp)."""


def service_user() -> pwd.struct_passwd | None:
    """The service's user; None where the service is not installed."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def is_hidden(path: Path) -> bool:
    """Whether the service does not see it, whatever its mode is."""
    return any(path.is_relative_to(hidden) for hidden in HIDDEN)


def first_barred(path: Path, user: pwd.struct_passwd) -> Path | None:
    """The file itself, or the directory on the way to it, that keeps this user from reading it; None for nothing.

    Raises:
        OSError: one of them is not there, or cannot be looked at.
    """
    return next((each for each in (*reversed(path.parents), path) if not _may_read(each, user)), None)


def _may_read(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether this user may read a file, or go through a directory, as far as its owner, group and mode say."""
    found = path.stat()
    need: int = stat.S_IXOTH if stat.S_ISDIR(found.st_mode) else stat.S_IROTH
    if found.st_uid == user.pw_uid:
        need <<= 6
    elif found.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        need <<= 3
    return bool(found.st_mode & need)
