"""What several commands share: telling errors, meter arguments, and lines of JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from han2x.faults import told
from han2x.meters import Scales
from han2x.printable import printable, printable_json

if TYPE_CHECKING:
    from han2x.codecs.security import Security

    # argparse has no public name for what add_subparsers answers
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


IMAGE: Final = "HAN2X_IMAGE"
"""What the environment has in the container's image."""
OUTPUT: Final = "standard output"


def complain(message: str) -> None:
    """Tell the person what is wrong."""
    print(printable(f"han2x: {message}", keep="\n"), file=sys.stderr)


class OutputError(Exception):
    """What a command writes cannot be written: its reader has gone, or there is no room. `args` are the OSError, and
    what was to be written. It is no OSError itself, so that nobody takes it for a fault of what is read.
    """

    args: tuple[OSError, object]

    @property
    def reader_has_gone(self) -> bool:
        """Whether it is nobody's fault, as with `han2x decode FILE | head`."""
        return isinstance(self.args[0], BrokenPipeError)

    def __str__(self) -> str:
        return told(self.args[0], about=self.args[1])


@contextmanager
def writing(where: object = OUTPUT) -> Iterator[None]:
    """Inside, an OSError is the output's. Raises OutputError instead."""
    try:
        yield
    except OSError as error:
        raise OutputError(error, where) from error


def say(text: str = "", end: str = "\n") -> None:
    """Print what was asked for, at once. Raises OutputError."""
    with writing():
        print(text, end=end, flush=True)


def drop_output() -> None:
    """After an OutputError: let what waits to be printed go nowhere, or else Python complains once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(item: dict[str, Any]) -> None:
    """One JSON object as one line, at once. Raises OutputError."""
    say(printable_json(json.dumps(item, ensure_ascii=False)))


def add_scales(parser: argparse.ArgumentParser) -> None:
    """Declare what a Kamstrup meter cannot tell."""
    scales = parser.add_argument_group("scales that a Kamstrup meter does not send")
    scales.add_argument(
        "--kamstrup-energy-wh", type=_milli, default=10_000, metavar="N", help="Wh for each count (10; some meters 1)"
    )
    scales.add_argument(
        "--kamstrup-current-a", type=_milli_or_auto, default=None, metavar="X", help="A for each count (found out)"
    )
    scales.add_argument(
        "--kamstrup-voltage-v", type=_milli_or_auto, default=None, metavar="X", help="V for each count (found out)"
    )


def scales_of(arguments: argparse.Namespace) -> Scales:
    """The scales that `add_scales` declared."""
    return Scales(
        kamstrup_energy_mwh=arguments.kamstrup_energy_wh,
        kamstrup_current_ma=arguments.kamstrup_current_a,
        kamstrup_voltage_mv=arguments.kamstrup_voltage_v,
    )


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Declare the keys of a meter that encrypts."""
    keys = parser.add_argument_group("keys of a meter that encrypts")
    keys.add_argument("--encryption-key", type=_key, metavar="HEX", help="GPK60, 32 hex digits")
    keys.add_argument("--authentication-key", type=_key, metavar="HEX", help="GPK61, 32 hex digits")


def security_of(arguments: argparse.Namespace) -> Security:
    """What opens encrypted telegrams with the keys that `add_keys` declared.

    Raises:
        ValueError: there is an authentication key alone.
    """
    from han2x.codecs.security import Security

    return Security(arguments.encryption_key, arguments.authentication_key)


def add_p1(parser: argparse.ArgumentParser) -> None:
    """Declare what P1 telegrams may lack."""
    parser.add_argument(
        "--p1-checksum", choices=("required", "ignored"), default="required", help="as the setting of that name"
    )


def positive_seconds(text: str) -> float:
    """An argument in seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _key(text: str) -> bytes:
    from han2x.keys import KeyTextError, parse_key

    try:
        return parse_key(text)
    except KeyTextError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _milli(text: str) -> int:
    try:
        milli = float(text) * 1000
    except ValueError:
        milli = 0.0
    if not 1 <= milli <= 1e9 or milli != round(milli):
        raise argparse.ArgumentTypeError(f"{text!r} is not a scale between 0.001 and 1000000 in steps of 0.001")
    return round(milli)


def _milli_or_auto(text: str) -> int | None:
    return None if text == "auto" else _milli(text)
