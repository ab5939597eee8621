"""Prints the manual page: what `--help` says of han2x and of each of its commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from han2x.cli import parser


def page(whole: argparse.ArgumentParser, version: str, date: str) -> Iterator[str]:
    """The manual page's lines, as man reads them."""
    yield f'.TH HAN2X 1 "{date}" "han2x {version}" "User commands"'
    yield ".SH NAME"
    yield f"han2x \\- {(whole.description or '').rstrip('.')}"
    yield ".SH SYNOPSIS"
    yield ".B han2x\n.I COMMAND\n[ARGUMENT ...]"
    yield ".SH DESCRIPTION"
    yield from _verbatim(whole.format_help())
    yield ".SH COMMANDS"
    for command in _commands(whole):
        yield f".SS {command.prog}"
        yield from _verbatim(command.format_help())
    yield ".SH FILES"
    yield ".TP\n.I /var/lib/han2x/settings.toml\nthe settings; the page writes them too"
    yield ".TP\n.I /var/lib/han2x\nwhat is kept over a restart"


def _commands(whole: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """All commands, and those that these have."""
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield command
                yield from _commands(command)


def _verbatim(text: str) -> Iterator[str]:
    """Text as it stands."""
    yield ".nf"
    for line in text.rstrip().splitlines():
        escaped = line.replace("\\", "\\\\").replace("-", "\\-").replace("'", "\\(aq")
        yield f"\\&{escaped}" if escaped.startswith(".") else escaped
    yield ".fi"


if __name__ == "__main__":
    print("\n".join(page(parser(), *sys.argv[1:])))
