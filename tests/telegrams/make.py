"""Makes the telegrams of this folder again, and the table in its README: `python -m tests.telegrams.make`.

Real ones are made anonymous again only where the larger set is there, which they come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import larger_set
from tests.telegrams.anonymise import FOLDER, anonymise, write
from tests.telegrams.checks import Line, frames_in
from tests.telegrams.made import aidon, damaged, europe, kaifa, kamstrup, line, p1, vectors
from tests.telegrams.made.document import Document, octets_of

VECTORS = FOLDER / "encrypted" / "vectors.json"
README = FOLDER / "README.md"
TABLE = "| file | maker | list | line | source | licence | changed |"

REAL = {  # of the larger set, and what it is called here
    "aid-6525-list1": "aidon-list-1",
    "aid-6525-list2-it": "aidon-list-2-three-wires",
    "aid-6525-list3-it": "aidon-list-3-three-wires",
    "aid-list1-7d-amshan": "aidon-list-1-escape-octet-inside",
    "aid-6525-stream-lossy-a": "aidon-stream-lost-octets",
    "europe/at-est5-encrypted": "sagemcom-enc-p1-austria",
    "europe/at-ma309-salzburg": "kaifa-enc-mbus-austria",
    "europe/cz-xt211-a": "sagemcom-xt211",
    "hdlc-segmented-iskra": "hdlc-segmented-iskraemeco",
    "kam-list1-old-09-header": "kamstrup-list-1-old-date-time",
    "kam-list2-old-09-header": "kamstrup-list-2-old-date-time",
    "kfa-list1-7e-amshan": "kaifa-list-1-flag-octet-inside",
    "kfa-list3-it-elwiz": "kaifa-list-3-three-wires",
    "kfa-ma304t4-list2": "kaifa-list-2",
    "p1-ell5-e": "p1-sagemcom",
    "p1-lgf5-e360-export": "p1-landis-gyr",
}


def made() -> dict[str, Document]:
    """The telegrams made by our own encoders, by name."""
    whole = {each["name"]: each for maker in (kamstrup, aidon, kaifa, europe, p1) for each in maker.telegrams()}
    others = [*line.telegrams(whole), *damaged.telegrams(whole)]
    return whole | {each["name"]: each for each in others}


def made_vectors() -> dict[str, Any]:
    """The encrypted vectors made by our own encoders, as their file has them."""
    return {"vectors": list(vectors.vectors(made()))}


def table(folder: Path = FOLDER) -> Iterator[str]:
    """The lines of the README's table."""
    yield TABLE
    yield "|---|---|---|---|---|---|---|"
    for path in sorted(folder.glob("*.json")):
        telegram = json.loads(path.read_text(encoding="utf-8"))
        fields = (telegram["meter"], telegram["kind"], line_of(octets_of(telegram)).value)
        about = (telegram["source"], telegram["licence"], telegram["changed"])
        yield f"| `{path.stem}` | {' | '.join(fields + about)} |"


def line_of(octets: bytes) -> Line:
    """What frames the telegrams in these octets; of damaged ones, what would."""
    frames = frames_in(octets)
    if frames:
        return frames[0].line
    return Line.P1 if octets.startswith(b"/") else Line.HDLC


def main() -> None:
    for document in made().values():
        write(document)
    VECTORS.parent.mkdir(exist_ok=True)
    VECTORS.write_text(json.dumps(made_vectors(), indent=1) + "\n", encoding="utf-8")
    for original, name in REAL.items():
        path = larger_set.TELEGRAMS / f"{original}.json"
        if path.is_file():
            write(anonymise(json.loads(path.read_text(encoding="utf-8")), name))
    text = README.read_text(encoding="utf-8")
    before, _ = text.split(TABLE)
    README.write_text(before + "\n".join(table()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
