"""`han2x simulate`: what it lists, refuses and says."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from han2x.cli import main
from han2x.decoder import Decoder
from han2x.model import Quantity, Reading
from han2x.simulator import FAULTS, KINDS
from tests.cli.visitor import Visitor

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


@pytest.mark.parametrize(("option", "listed"), [("--meter", KINDS), ("--fault", FAULTS)])
def test_a_question_mark_lists_what_there_is(
    option: str, listed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", option, "?"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(listed)
    assert all(len(row.split()) > 1 for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--meter", "unheard-of"),
        ("--fault", "unheard-of"),
        ("--encrypt", "12"),
        ("--encrypt", "00112233445566778899aabbccddeeff"),
        ("--encrypt", "no hex"),
        ("--speed", "0"),
        ("--tcp", "nowhere"),
        ("--trace", "/nonexistent/trace"),
    ],
)
def test_what_cannot_be_is_refused_with_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *arguments]) == 2
    assert capsys.readouterr().err.startswith("han2x: ")


def decoded(octets: bytes) -> list[Reading]:
    return [event for event in Decoder().feed(octets) if isinstance(event, Reading)]


def test_a_reader_of_the_tcp_port_hears_the_meter_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    heard = b""

    def listen(url: str) -> None:
        nonlocal heard
        host, _, port = url.removeprefix("socket://").rpartition(":")
        with socket.create_connection((host, int(port)), 20) as connection:
            while not decoded(heard):
                heard += connection.recv(4096)

    visitor = Visitor(capsys, r"(socket://\S+)\n", listen)
    assert visitor.run("simulate", "--meter", "kaifa", "--tcp", "127.0.0.1:0", "--speed", "50") == 130
    assert decoded(heard)[0].maker == "kaifa"


def test_the_trace_is_what_is_heard_through_the_link_to_the_pseudo_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, link = tmp_path / "trace.csv", tmp_path / "meter"
    trace.write_text("p_w,q_var\n" + "4321,0\n" * 60)
    heard = b""

    def listen(path: str) -> None:
        nonlocal heard
        assert str(link.readlink()).startswith("/dev/pts/")
        with Path(path).open("rb", buffering=0) as line:
            while not decoded(heard):
                heard += line.read(4096) or b""

    visitor = Visitor(capsys, rf"({link})\n", listen)
    assert visitor.run("simulate", "--link", str(link), "--trace", str(trace), "--speed", "50") == 130
    assert decoded(heard)[0].values[Quantity.ACTIVE_POWER_IMPORT] == 4_321_000
