"""The bundle that a person sends along with a report: everything that helps, and no secret."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Final

from han2x.api.base import plain
from han2x.gateway.capture import Chunk, write_chunk
from han2x.gateway.meter import Meter

Captures = Mapping[int, Sequence[Chunk]]

LONGEST_S: Final = 5.0
"""What takes longer to find out is left out."""
LARGEST_FILE: Final = 4 * 1024 * 1024
"""In characters, before it is packed; what is larger is left out."""
LARGEST_CAPTURES: Final = 8 * 1024 * 1024
"""In characters, of all meters' telegrams together; the first meters come first."""


def captures(meters: Iterable[Meter]) -> Captures:
    """The last telegrams of each meter by its unit id, as they are now."""
    return {
        meter.config.unit: [Chunk(telegram.at, telegram.octets) for telegram in meter.line.telegrams]
        for meter in meters
    }


async def gathered(waited_for: Mapping[str, Awaitable[object]]) -> dict[str, object]:
    """What each of them returns by its name; what fails, or takes too long, is replaced by why."""
    found = await asyncio.gather(*map(_soon, waited_for.values()))
    return dict(zip(waited_for, found, strict=True))


def bundle(documents: Mapping[str, object], telegrams: Captures) -> bytes:
    """A zip file: each document as `<name>.json`, and the last telegrams as captures. What is too large is named in
    `left-out.txt`.

    It takes a while, and only what does not change any more: call it in a thread.
    """
    buffer, left_out, room = io.BytesIO(), [], LARGEST_CAPTURES
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in documents.items():
            text = json.dumps(plain(document), ensure_ascii=False, indent=2)
            if len(text) > LARGEST_FILE:
                left_out.append(f"{name}.json: {len(text)} characters")
            else:
                archive.writestr(f"{name}.json", text)
        for unit, chunks in telegrams.items():
            text = "".join(map(write_chunk, chunks))
            room -= len(text)
            if room < 0:
                left_out.append(f"meter-{unit}.capture: {len(text)} characters")
            else:
                archive.writestr(f"meter-{unit}.capture", text)
        if left_out:
            archive.writestr("left-out.txt", "".join(f"{line}\n" for line in left_out))
    return buffer.getvalue()


async def _soon(asked: Awaitable[object]) -> object:
    try:
        return await asyncio.wait_for(asked, LONGEST_S)
    except TimeoutError:
        return {"fault": f"not found out within {LONGEST_S:.0f} s"}
    except Exception as error:  # noqa: BLE001 - the rest of the bundle is needed most when something is broken
        return {"fault": f"{type(error).__name__}: {error}"}
