"""What survives a restart: small JSON documents in the state directory, each the old or the new whole, never a part.

Nothing here stops the program. What went wrong is collected once in plain words (`take_messages`), and the caller goes
on: with nothing remembered when it could not be read, with the last file on the disk when it could not be written.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from han2x.atomic_file import remove_durably, set_aside, write_whole
from han2x.gateway.keeping import Saved

__all__ = ["DamagedStateError", "Saved", "Store"]

FORMAT: Final = 1
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LARGEST_FILE: Final = 1024 * 1024
_DAMAGED_KEPT: Final = 3
_MESSAGES_KEPT: Final = 100


class DamagedStateError(Exception):
    """A document is there but cannot be used; the text says why."""


class Store:
    """Named JSON documents in one directory, which is made with the first save.

    A name has lower-case letters, digits and hyphens, up to 64 of them; another name is a ValueError. A file is
    `<name>.json` with the format's version and a checksum, so that damage to the medium is noticed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._messages: deque[str] = deque(maxlen=_MESSAGES_KEPT)
        self._failing: dict[str, str] = {}

    def load(self, name: str) -> dict[str, Any] | None:
        """The document last saved under this name; None when there is none that can be used.

        A file that is damaged, or of a newer program, is set aside as `<name>.json.damaged-<UTC>`.
        """
        path = self._path(name)
        try:
            raw = _read(path)
        except OSError as error:
            self._messages.append(f"{path}: cannot be read: {error.strerror}")
            return None
        if raw is None:
            return None
        try:
            return _unpack(raw)
        except ValueError as error:
            self._set_aside(path, str(error))
            return None

    def load_strictly(self, name: str) -> dict[str, Any] | None:
        """The document last saved under this name; None only when there has never been one, or it was removed.

        Nothing is set aside, so that the next start finds the same.

        Raises:
            DamagedStateError: it cannot be read, or used; or one that was damaged has been set aside for it.
        """
        path = self._path(name)
        try:
            raw = _read(path)
            if raw is not None:
                return _unpack(raw)
            aside = sorted(path.parent.glob(f"{path.name}.damaged-*"))
        except OSError as error:
            raise DamagedStateError(f"{path}: cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise DamagedStateError(f"{path}: {error}") from None
        if aside:
            raise DamagedStateError(f"{path}: was damaged and is now {aside[-1].name}")
        return None

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        """Keep a document (JSON's types, string keys, finite numbers). Writes nothing when the disk has the same.

        Waits for the disk, which can take seconds on an SD card.
        """
        path = self._path(name)
        try:
            written = write_whole(path, _pack(data))
        except OSError as error:
            return self._failed(name, f"{self._directory}: state cannot be saved: {error.strerror}")
        except (TypeError, ValueError, RecursionError) as error:
            return self._failed(name, f"{path}: state cannot be saved: not JSON: {error}")
        if self._failing.pop(name, None) and not self._failing:
            self._messages.append(f"{self._directory}: state is saved again")
        return Saved.WRITTEN if written else Saved.UNCHANGED

    def forget(self, name: str) -> None:
        """Remove a document; a disk that does not let it is reported like a save that fails."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            self._messages.append(f"{self._directory}: state cannot be removed: {error.strerror}")

    def remove(self, name: str) -> None:
        """Remove a document and every copy of it that was set aside, for good: a power cut does not bring it back.

        Raises:
            OSError: one of them cannot be removed.
        """
        path = self._path(name)
        remove_durably(path, *path.parent.glob(f"{path.name}.damaged-*"))
        self._failing.pop(name, None)

    @property
    def failures(self) -> list[str]:
        """Why what was last to be kept is not on the disk; empty while all of it is."""
        return sorted(set(self._failing.values()))

    def take_messages(self) -> list[str]:
        """What went wrong since the last call. A disk that stays full is reported once, and again on recovery."""
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"store name {name!r}: allowed: a to z, 0 to 9 and -, up to 64, not starting with -")
        return self._directory / f"{name}.json"

    def _failed(self, name: str, reason: str) -> Saved:
        if reason not in self._failing.values():
            self._messages.append(reason)
        self._failing[name] = reason
        return Saved.FAILED

    def _set_aside(self, path: Path, reason: str) -> None:
        try:
            outcome = f"set aside as {set_aside(path, keep=_DAMAGED_KEPT)}"
        except OSError as error:
            outcome = f"could not be set aside: {error.strerror}"
        self._messages.append(f"{path}: {reason}; {outcome}")


def _read(path: Path) -> bytes | None:
    """The file's octets, a few more than it may have at most; None where there is no such file."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        return None


def _pack(data: Mapping[str, Any]) -> bytes:
    body = _canonical(data)
    return f'{{"format": {FORMAT}, "crc32": "{_checksum(body)}", "data": {body}}}\n'.encode()


def _unpack(raw: bytes) -> dict[str, Any]:
    if len(raw) > _LARGEST_FILE:
        raise ValueError(f"damaged: larger than {_LARGEST_FILE // 1024} KiB")
    try:
        document = json.loads(raw)
        body = _canonical(document["data"])
    except (ValueError, RecursionError):
        raise ValueError("damaged: not whole JSON") from None
    except (TypeError, KeyError):
        raise ValueError("damaged: not a state document") from None
    if document.get("format") != FORMAT:
        raise ValueError(f"format {str(document.get('format'))[:20]} is not known to this version ({FORMAT} is)")
    if document.get("crc32") != _checksum(body):
        raise ValueError("damaged: wrong checksum")
    data: dict[str, Any] = document["data"]
    return data


def _canonical(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
