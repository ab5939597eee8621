"""People are told in words what an operating system says against something, and never by a bare number."""

from __future__ import annotations

import ast
import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

import han2x
from han2x.faults import because, reason, told
from tests.ports import free_port

PACKAGE = Path(han2x.__file__).parent
REFUSED = "Connection refused"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(errno.EBUSY, "another program is writing here"), "another program is writing here"),
        (OSError("the state directory cannot be written"), "the state directory cannot be written"),
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 502)"), REFUSED),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 101] Connect call failed"),
            "Connection refused, Network is unreachable",
        ),
        (OSError(errno.EACCES, "could not open /dev/x: [Errno 13] Permission denied: '/dev/x'"), "Permission denied"),
        (ConnectionResetError(), "Connection reset by peer"),
        (TimeoutError(), "Connection timed out"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
            "wrong version number",
        ),
        (ssl.SSLError(9, "[SSL] PEM lib (_ssl.c:3895)"), "PEM lib"),
        (ValueError("line 3: no number"), "line 3: no number"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_words(error: Exception, said: str) -> None:
    assert reason(error) == said
    assert because(error)["reason"] == said


def test_an_error_names_its_file_or_what_it_is_about() -> None:
    error = FileNotFoundError(errno.ENOENT, "No such file or directory", "/etc/x.pem")
    assert told(error) == "/etc/x.pem: No such file or directory"
    assert told(error, about="the key") == "the key: No such file or directory"


@pytest.mark.enable_socket
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_connection_that_is_refused_is_told_without_asyncio_s_words(host: str) -> None:
    with pytest.raises(OSError, match="Connect call failed") as refused:
        await asyncio.open_connection(host, free_port())
    assert reason(refused.value) in (REFUSED, f"{REFUSED}, Cannot assign requested address")


def told_raw(source: str) -> Iterator[int]:
    """Lines where an operating system's error goes into a text or the log as it is."""
    for handler in (each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.ExceptHandler)):
        if handler.name and handler.type and "OSError" in ast.unparse(handler.type):
            inside = (each for part in handler.body for each in ast.walk(part) if isinstance(each, ast.expr))
            yield from (each.lineno for each in inside if _is_raw(each, handler.name))


def _is_raw(node: ast.expr, name: str) -> bool:
    if isinstance(node, ast.FormattedValue):
        return ast.unparse(node.value) in (name, f"{name}.strerror or {name}")
    if not isinstance(node, ast.Call):
        return False
    logs_or_shows = ast.unparse(node.func).startswith(("log.", "logger.", "str"))
    return logs_or_shows and any(name in ast.unparse(each).split(" or ") for each in node.args)


def test_what_is_told_raw_is_found() -> None:
    planted = "try:\n    pass\nexcept {} as error:\n    {}\n"
    for told_so in (
        "log.error('%s', error)",
        "str(error)",
        "x = f'{error}'",
        "log.error('x', error.strerror or error)",
    ):
        assert list(told_raw(planted.format("(ValueError, OSError)", told_so))) == [4]
    assert list(told_raw(planted.format("OSError", "log.error('%s', reason(error))"))) == []
    assert list(told_raw(planted.format("ValueError", "log.error('%s', error)"))) == []


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_error_of_the_operating_system_is_told_raw(file: Path) -> None:
    assert list(told_raw(file.read_text(encoding="utf-8"))) == []
