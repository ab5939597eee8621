"""What is wrong in the settings, told so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from han2x.faults import Fault
from han2x.settings.faults import RuleError, SettingsFault
from han2x.settings.rules import shown
from han2x.settings.schema import METERS, ROWS, SECTIONS, Row, header

KeyPath = tuple[str | int, ...]
_MOST_TOLD: Final = 50


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One mistake: where (`("meters", 0, "unit")`; empty where no key is to blame), and what, with what is allowed.

    `fault` says for programs what is wrong; `text` says it all, with the place, in plain English. `line` is where in
    the file it is, None where that is not known.
    """

    keys: KeyPath
    fault: Fault
    text: str
    line: int | None = None

    @classmethod
    def at(cls, keys: KeyPath, where: str, code: str, **values: object) -> Self:
        """The problem whose text is the fault's, after `where`."""
        fault = SettingsFault(code, **values)
        return cls(keys, fault, f"{where}{fault}")

    def __str__(self) -> str:
        return self.text if self.line is None else f"line {self.line}: {self.text}"


class SettingsError(Exception):
    """Settings that cannot be used. `problems` has every mistake found; the text has one line for each."""

    def __init__(self, path: Path, problems: Iterable[SettingsProblem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        lines = [f"{path}: {problem}" for problem in self.problems[:_MOST_TOLD]]
        if len(self.problems) > _MOST_TOLD:
            lines.append(f"{path}: and {len(self.problems) - _MOST_TOLD} more problems")
        super().__init__("\n".join(lines))


class DamagedFileError(SettingsError):
    """The file is not TOML at all, so nothing in it can be trusted."""


def refused(keys: KeyPath, row: Row, value: object, error: ValueError) -> SettingsProblem:
    """A key has a value that its rule did not allow, with this error. A secret's value is not told."""
    written = f"{place(keys)} {row.key}"
    fault = error.fault if isinstance(error, RuleError) and not row.secret else row.rule.fault
    if not row.secret:
        written += f" = {shown(value)}"
    reason = f"{error}; allowed" if str(error) and not row.secret else "allowed"
    return SettingsProblem(keys, fault, f"{written}: {reason}: {row.rule.allowed} ({row.rule.kind})")


def unknown(keys: KeyPath) -> SettingsProblem:
    """There is no such section or key."""
    import difflib  # here, as most files name nothing that is not there

    name = str(keys[-1])
    if len(keys) == 1:
        known: Sequence[str] = list(SECTIONS)
        where, what = "", "section or key"
    else:
        known = list(ROWS[str(keys[0])])
        where, what = f"{place(keys)} ", "key"
    named = {"what": what, "name": _bare(name)}
    if homes := [header(section) for section, rows in ROWS.items() if name in rows]:
        return SettingsProblem.at(keys, where, "setting-elsewhere", **named, place=" or ".join(homes))
    if meant := difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1):
        return SettingsProblem.at(keys, where, "setting-misspelt", **named, meant=meant[0])
    return SettingsProblem.at(keys, where, "setting-unknown", **named, known=", ".join(known))


def place(keys: KeyPath) -> str:
    """Where a key path leads, as a reader of the file looks for it: `[modbus]`, `[[meters]] number 2`."""
    section = header(str(keys[0]))
    return f"{section} number {int(keys[1]) + 1}" if len(keys) > 1 and keys[0] == METERS else section


def _bare(name: str) -> str:
    return shown(name)[1:-1]
