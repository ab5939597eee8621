"""The table of settings as a reader sees it: for docs/settings.md, and as a file to start from."""

from __future__ import annotations

from pathlib import Path

from han2x.settings.rules import toml_text
from han2x.settings.schema import METERS, ROWS, Row, header

_INTRODUCTION = """\
# Settings of han2x. Every key is shown with its default; take the first # away to change one.
"""


def settings_table() -> str:
    """The settings as Markdown tables, one for each section, without a trailing newline."""
    return "\n\n".join(_section_table(section) for section in ROWS)


def example_toml() -> str:
    """A settings file in which every key is explained and commented out at its default."""
    return _INTRODUCTION + "".join(_section_example(section) for section in ROWS)


def _section_table(section: str) -> str:
    lines = [f"`{header(section)}`", "", "| Key | Type | Default | Allowed | Meaning |", "|---|---|---|---|---|"]
    for row in ROWS[section].values():
        default = f"`{_default(row)}`"
        lines.append(f"| `{row.key}` | {row.rule.kind} | {default} | {row.rule.allowed} | {_meaning(row)} |")
    return "\n".join(lines)


def _section_example(section: str) -> str:
    lines = ["", header(section)]
    if section == METERS:
        lines[1:1] = ["# Repeat this section for each further meter, with its own unit and port."]
    for row in ROWS[section].values():
        lines += [f"# {_meaning(row)}", f"# Allowed: {row.rule.allowed}.", f"#{row.key} = {_default(row)}"]
    return "\n".join(lines) + "\n"


def _meaning(row: Row) -> str:
    return f"{row.meaning} Secret." if row.secret else row.meaning


def _default(row: Row) -> str:
    return toml_text("" if row.default is None else str(row.default) if isinstance(row.default, Path) else row.default)
