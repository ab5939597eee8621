"""The bundle that a person sends along with a report: everything that helps, and no secret."""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from han2x.api.audit import RecordedChange
from han2x.api.base import plain
from han2x.api.care import LogRecord
from han2x.api.settings import Values
from han2x.api.status import Status
from han2x.gateway.capture import Chunk, write_chunk
from han2x.gateway.meter import Meter

Captures = Mapping[int, Sequence[Chunk]]


def captures(meters: Iterable[Meter]) -> Captures:
    """The last telegrams of each meter by its unit id, as they are now."""
    return {
        meter.config.unit: [Chunk(telegram.at, telegram.octets) for telegram in meter.line.telegrams]
        for meter in meters
    }


def bundle(
    status: Status, settings: Values, log: Sequence[LogRecord], changes: Sequence[RecordedChange], telegrams: Captures
) -> bytes:
    """A zip file: how the gateway stands, its settings without secrets, its log, who changed what, and the last
    telegrams as captures.

    It takes a while, and only what does not change any more: call it in a thread.
    """
    about = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(),
             "system": platform.platform(), "machine": platform.machine()}  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.json", _text(about))
        archive.writestr("status.json", _text(status))
        archive.writestr("settings.json", _text(settings))
        archive.writestr("log.json", _text(log))
        archive.writestr("changes.json", _text(changes))
        for unit, chunks in telegrams.items():
            archive.writestr(f"meter-{unit}.capture", "".join(map(write_chunk, chunks)))
    return buffer.getvalue()


def _text(document: object) -> str:
    return json.dumps(plain(document), ensure_ascii=False, indent=2)
