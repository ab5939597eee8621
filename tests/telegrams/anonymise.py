"""Makes a recorded telegram anonymous: `python -m tests.telegrams.anonymise FILE --name NAME [--meter KIND]`.

The file is JSON as in this folder; the anonymous one is written beside this module. Numbers that name a meter or a
house are replaced wherever they stand, in damaged frames and behind an encryption too, which is then made again with
the keys of the tests. Check sequences that were right are made again, wrong ones stay wrong. Only a file that names an
open licence is taken, and only if nothing of it stays unread.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.codecs import sealing
from tests.frames import crc
from tests.telegrams.checks import Frame, frames_in, renew
from tests.telegrams.identities import SERIAL_NUMBER, TITLE_OCTETS, Inventor, title

FOLDER = Path(__file__).parent
OPEN_LICENCE = re.compile(r"(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0|CC-BY-4\.0)\b(?!-)")
TAG_OCTETS = 12
_CIPHERED = re.compile(rb"[\xdb\xdc]\x08[A-Z]{3}")

Document = dict[str, Any]


class NotAnonymousError(ValueError):
    """The telegram cannot be made anonymous, or may not be published at all."""


def anonymise(document: Mapping[str, Any], name: str, meter: str | None = None) -> Document:
    """The same telegram under another name, without what names the meter.

    Raises:
        NotAnonymousError: the licence is not open, or the telegram is encrypted and its key is not in the document.
    """
    if not OPEN_LICENCE.match(document["licence"]):
        raise NotAnonymousError(f"{document['licence']!r} is no licence that opens the telegram to everybody")
    before = bytes.fromhex(document["hex"]) if "hex" in document else document["ascii"].encode("ascii")
    telegram = _Telegram(before, document.get("keys"))
    after = telegram.anonymous()
    result: Document = json.loads(json.dumps(document))
    _replace_checks(result, after)
    result = {key: _renamed(value, telegram.renamed()) for key, value in result.items()}
    result |= {"name": name, "meter": meter or result["meter"]}
    result |= {"ascii": after.decode("ascii")} if "ascii" in document else {"hex": after.hex()}
    if telegram.plaintext is not None:
        result["plaintext_hex"] = telegram.plaintext.hex()
        result["keys"] = {"encryption_key": sealing.KEY.hex(), "authentication_key": sealing.AUTHENTICATION_KEY.hex()}
        result["capture"] = f"{document['capture'].split(',')[0]}, encrypted here with the keys of the tests"
    result["changed"] = document.get("changed") or _changes(before, after, telegram)
    return result


class _Telegram:
    """The octets of a document, on their way to be anonymous."""

    def __init__(self, octets: bytes, keys: Mapping[str, str] | None) -> None:
        self._before = octets
        self._octets = bytearray(octets)
        self._keys = keys
        self._inventor = Inventor()
        self.plaintext: bytes | None = None
        self.titles: dict[bytes, bytes] = {}

    def anonymous(self) -> bytes:
        """The octets without what names the meter, as many as before."""
        frames = frames_in(self._before)
        self._replace_contents(frames)
        self._replace_damaged(frames)
        for frame in frames:
            renew(self._octets, frame)
        if len(self._octets) != len(self._before) or frames_in(bytes(self._octets)) != frames:
            raise NotAnonymousError("other frames are whole in the anonymous telegram than in the real one")
        return bytes(self._octets)

    def renamed(self) -> dict[re.Pattern[str], str]:
        """What stands in documents for what was replaced, and what it has given way to."""
        renamed = {}
        for real, invented in self._inventor.invented.items():
            renamed[re.compile(rf"(?<![0-9]){real}(?![0-9])")] = invented
            renamed[re.compile(real.encode().hex())] = invented.encode().hex()
        for octets, others in self.titles.items():
            renamed[re.compile(octets.hex(), re.IGNORECASE)] = others.hex()
        return renamed

    def _replace_contents(self, frames: list[Frame]) -> None:
        """Replace in the contents of the whole frames as in one text, since a number may lie across two of them."""
        places = [place for frame in frames for place in range(frame.first, frame.last)]
        content = bytes(self._octets[place] for place in places)
        ciphered = _CIPHERED.findall(self._before)
        if ciphered and not (len(ciphered) == 1 and _CIPHERED.match(content)):
            raise NotAnonymousError("what is encrypted in it cannot be read, or there is more than one such telegram")
        content = self._reciphered(content) if ciphered else self._replaced(content)
        for place, octet in zip(places, content, strict=True):
            self._octets[place] = octet

    def _replace_damaged(self, frames: list[Frame]) -> None:
        begin = 0
        for first, last in [*((frame.begin, frame.end) for frame in frames), (len(self._octets),) * 2]:
            self._octets[begin:first] = self._replaced(bytes(self._octets[begin:first]))
            begin = last

    def _replaced(self, content: bytes) -> bytes:
        if content.lstrip().startswith(b"/"):
            return self._inventor.lines(content.decode("ascii")).encode("ascii")
        return self._inventor.octets(content)

    def _reciphered(self, apdu: bytes) -> bytes:
        """A general-glo-ciphering APDU with what is in it replaced, under the keys of the tests."""
        if self._keys is None:
            raise NotAnonymousError("the telegram is encrypted, and its key is not in the document")
        real = apdu[2 : 2 + TITLE_OCTETS]
        head = apdu.index(b"\x82", 2 + TITLE_OCTETS) + 3
        control, counter = apdu[head], apdu[head + 1 : head + 5]
        text = apdu[head + 5 : -TAG_OCTETS if control & 0x10 else None]
        key = bytes.fromhex(self._keys["encryption_key"])
        plain = AESGCM(key).encrypt(real + counter, text, None)[: len(text)]  # the cipher adds a stream: twice is once
        if not plain.startswith((b"\x0f", b"/")):
            raise NotAnonymousError("the key in the document does not open the telegram")
        self.plaintext = self._replaced_plaintext(plain)
        self.titles[real] = title(real)
        sealed = sealing.seal(self.plaintext, int.from_bytes(counter, "big"), control=control, title=self.titles[real])
        return apdu[:1] + sealed[1:]

    def _replaced_plaintext(self, plain: bytes) -> bytes:
        changed = bytearray(self._replaced(plain))
        for frame in frames_in(plain) if plain.startswith(b"/") else ():
            renew(changed, frame)
        return bytes(changed)


def _replace_checks(document: Document, octets: bytes) -> None:
    """The checksum that a document with a P1 telegram tells of it."""
    telegram = document.get("telegram", {})
    if telegram.get("crc_ok"):
        calculated = f"{crc(octets[: octets.rindex(b'!') + 1], 0xA001):04X}"
        telegram |= {"crc_given": calculated, "crc_calculated": calculated}


def _renamed(value: object, renamed: Mapping[re.Pattern[str], str], key: str = "") -> object:
    """A part of a document in which the real numbers have given way to the invented ones."""
    if isinstance(value, dict):
        if ":0.0.1." in key:
            return value | {part: SERIAL_NUMBER for part in ("raw", "value") if part in value}
        return {name: _renamed(part, renamed, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_renamed(part, renamed) for part in value]
    if isinstance(value, str):
        for real, invented in renamed.items():
            value = real.sub(invented, value)
    return value


def _changes(before: bytes, after: bytes, telegram: _Telegram) -> str:
    """What was changed, for the reader."""
    if telegram.plaintext is not None:
        return "system title, keys and meter number replaced, encryption and checksums made again"
    return "meter number replaced, checksums made again" if before != after else "nothing: it names no meter"


def write(document: Document, folder: Path = FOLDER) -> Path:
    """Write a telegram under its name."""
    path = folder / f"{document['name']}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the recorded telegram")
    parser.add_argument("--name", required=True, help="what it is called here")
    parser.add_argument("--meter", help="the kind of meter, if it is to be called otherwise than in the file")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write it (default: beside this module)")
    arguments = parser.parse_args()
    try:
        print(
            write(anonymise(json.loads(arguments.file.read_text()), arguments.name, arguments.meter), arguments.folder)
        )
    except NotAnonymousError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
