"""What apt knows of han2x on this computer, from the lists that it has."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from han2x.faults import reason

PACKAGE: Final = "han2x"
ASKED_FOR: Final = Path("/var/lib/apt/lists/partial")
"""What apt touches whenever it asks for lists."""
_ASK_S: Final = 60.0
_REFRESH_S: Final = 600.0
_VERSION: Final = re.compile(r"^ (?:\*\*\*|   ) (\S+) -?\d+$")
_SOURCE: Final = re.compile(r"^ {8,}-?\d+ (.+)$")


class AptError(Exception):
    """apt cannot be asked, or does not do what it is to; the text says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which version is installed, and which one apt would install; "" for none.

    `offered` is the version that repositories have, the candidate if it is one of theirs, else their newest, and
    `source` is where it comes from; "" while no repository that apt knows has the package.
    """

    installed: str
    candidate: str
    offered: str
    source: str


def policy() -> Policy:
    """What apt has of the package.

    Raises:
        AptError: it cannot be asked.
    """
    return parsed(_asked("/usr/bin/apt-cache", "policy", PACKAGE))


def parsed(text: str) -> Policy:
    """The same from what `apt-cache policy` printed."""
    named = dict(re.findall(r"^  (Installed|Candidate): (\S+)$", text, re.MULTILINE))
    sources: dict[str, list[str]] = {}
    version = ""
    for line in text.splitlines():
        if found := _VERSION.match(line):
            version = found[1]
        elif (found := _SOURCE.match(line)) and not found[1].startswith("/"):  # dpkg's own status
            sources.setdefault(version, []).append(found[1])
    candidate = _known(named.get("Candidate", ""))
    offered = candidate if candidate in sources else next(iter(sources), "")  # apt has the newest first
    return Policy(_known(named.get("Installed", "")), candidate, offered, next(iter(sources.get(offered, ())), ""))


def is_newer(version: str, than: str) -> bool:
    """Whether a version is newer than another, as Debian orders them.

    Raises:
        AptError: that cannot be told.
    """
    try:
        done = subprocess.run(  # noqa: S603 - versions, as apt printed them
            ["/usr/bin/dpkg", "--compare-versions", version, "gt", than], check=False, timeout=_ASK_S
        )
    except subprocess.TimeoutExpired:
        raise AptError(f"dpkg did not end within {_ASK_S:.0f} s") from None
    except OSError as error:
        raise AptError(f"dpkg cannot be run: {reason(error)}") from None
    return done.returncode == 0


def refresh() -> None:
    """Have apt ask for its lists again, all of them; root may.

    Raises:
        AptError: not all of them came.
    """
    _asked("/usr/bin/apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update", seconds=_REFRESH_S)


def asked_for() -> float | None:
    """When apt last asked for its lists, in seconds since 1970; None when that is not known."""
    try:
        return ASKED_FOR.stat().st_mtime
    except OSError:
        return None


def _known(version: str) -> str:
    return "" if version == "(none)" else version


def _asked(*command: str, seconds: float = _ASK_S) -> str:
    name = Path(command[0]).name
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False,
            timeout=seconds, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise AptError(f"{name} did not end within {seconds:.0f} s") from None
    except OSError as error:
        raise AptError(f"{name} cannot be run: {reason(error)}") from None
    if done.returncode != 0:
        raise AptError(f"{name}: {_reason(done.stderr) or f'exit status {done.returncode}'}")
    return done.stdout


def _reason(text: str) -> str:
    """The first thing that apt calls an error."""
    lines = [line.removeprefix("E: ") for line in text.splitlines() if line.startswith("E: ")]
    return next(iter(lines), "")
