"""The texts in the Debian package, made from those that there are: manual page, changes, licences."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from email.utils import format_datetime
from pathlib import Path


def manual(source: Path, version: str, epoch: int) -> str:
    """The manual page of all commands, from the same texts as `--help`."""
    date = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d")
    command = [sys.executable, str(Path(__file__).with_name("manual.py")), version, date]
    environment = os.environ | {
        "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "78", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, encoding="utf-8").stdout


def changelog(source: Path, version: str, epoch: int, maintainer: str) -> str:
    """The newest section of CHANGELOG.md, as Debian writes changes."""
    text = (source / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.split(r"^## ", text, flags=re.MULTILINE)[1].partition("\n")[2]
    points = (re.sub(r"\s+", " ", point) for point in re.findall(r"^- (.*(?:\n  .*)*)", newest, flags=re.MULTILINE))
    listed = "\n".join(textwrap.fill(point, 78, initial_indent="  * ", subsequent_indent="    ") for point in points)
    when = format_datetime(datetime.fromtimestamp(epoch, UTC))
    return f"han2x ({version}) stable; urgency=medium\n\n{listed}\n\n -- {maintainer}  {when}\n"


def licences(source: Path, program: Path, place: str) -> Iterator[str]:
    """Under which licences the package's parts are; `place` is where the folder `program` is going to be."""
    yield "han2x is a Modbus TCP gateway for the HAN port of an electricity meter.\n\n"
    yield (source / "LICENSE").read_text(encoding="utf-8")
    yield "\nThese works of others are inside. The folder named after each has its licence, or else the files\n"
    yield "themselves name it. The texts of Apache-2.0 and LGPL-2.1 are in /usr/share/common-licenses too.\n\n"
    for about in sorted(program.glob("*.dist-info/METADATA")):
        fields = HeaderParser().parsestr(about.read_text(encoding="utf-8"))
        if fields["Name"] != "han2x":
            yield f"{fields['Name']} {fields['Version']}: {_licence(fields)}\n    {place}/{about.parent.name}\n"
    yield "What shtab puts into every completion for bash, zsh and fish: MPL-2.0\n"
    yield "    /usr/share/common-licenses/MPL-2.0\n"
    yield f"uPlot: MIT\n    {place}/han2x/_vendor\n"


def _licence(fields: Message) -> str:
    """A package's licence as its metadata name it, by the newest of three ways."""
    classified = [
        value.rpartition(" :: ")[2]
        for value in fields.get_all("Classifier", [])
        if value.startswith("License ::") and value != "License :: OSI Approved"
    ]
    named = (fields["License-Expression"], " and ".join(classified), (fields["License"] or "").partition("\n")[0])
    return str(next(filter(None, named)))
