"""What in a telegram names a meter or a house, and the invented numbers that take its place.

Whatever might be such a number is replaced, and only what is known to be none is kept: a number that is taken for one
by mistake costs nothing, a real one that is kept does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

TITLE_OCTETS = 8
SERIAL_NUMBER = 99_000_017

_KEPT = r"[0-9]{7}BN[0-9]{9}|[0-9]{9}_[A-Z]"  # Kamstrup's and Sagemcom's numbers of a type, the same in many meters
_NUMBERS = re.compile(rf"({_KEPT})|[0-9]{{6,}}")
_NUMBERS_IN_OCTETS = re.compile(_NUMBERS.pattern.encode())
_SERIAL_NUMBER = re.compile(
    rb"(?<=\x09\x06\x01\x01\x00\x00\x01\xff\x06).{4}", re.DOTALL
)  # 1.1.0.0.1.255, and its value
_CONTENT = re.compile(r"\(([^()]*)\)")
_MEASURED = re.compile(r"[0-9]*\.?[0-9]*\*.*|[0-9]+\.[0-9]+|[0-9]{12}[SW]|[0-9]+-[0-9]+:.*|.{0,5}")
"""What between the brackets of a P1 line is no identity: a value, a time, a code, and what is too short."""


class Inventor:
    """Gives every number that it is shown another of the same length, which nobody takes for a real one."""

    def __init__(self) -> None:
        self.invented: dict[str, str] = {}

    def number(self, number: str) -> str:
        """The digits that replace these; at least six of them. What is invented already stays as it is."""
        if number in self.invented.values():
            return number
        last = f"{17 + len(self.invented):02d}"
        return self.invented.setdefault(number, "9999"[: len(number) - 2].ljust(len(number) - 2, "0") + last)

    def text(self, text: str) -> str:
        """A text with its numbers replaced."""
        return _NUMBERS.sub(lambda found: found[1] or self.number(found[0]), text)

    def octets(self, octets: bytes) -> bytes:
        """Octets with the numbers in their texts replaced, and the serial number of Kamstrup's push 1."""

        def replaced(found: re.Match[bytes]) -> bytes:
            return found[1] or self.number(found[0].decode("ascii")).encode("ascii")

        return _SERIAL_NUMBER.sub(SERIAL_NUMBER.to_bytes(4, "big"), _NUMBERS_IN_OCTETS.sub(replaced, octets))

    def lines(self, text: str) -> str:
        """The lines of P1 telegrams, of which the contents may be text in hexadecimal."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        return self.text(line) if line.startswith("/") else _CONTENT.sub(self._content, line)

    def _content(self, found: re.Match[str]) -> str:
        content = found[1]
        return f"({content if _MEASURED.fullmatch(content) else _in_its_form(content, self.text)})"


def _in_its_form(content: str, change: Callable[[str], str]) -> str:
    """A content changed as the text that it is, or as the text that its hexadecimal digits stand for."""
    try:
        text = bytes.fromhex(content).decode("ascii")
    except ValueError:
        text = ""
    return change(text).encode("ascii").hex().upper() if text and text.isprintable() else change(content)


def title(real: bytes) -> bytes:
    """An invented system title of the same maker."""
    return real[:3] + bytes.fromhex("4599000001")
