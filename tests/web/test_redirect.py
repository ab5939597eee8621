"""Who is sent to the encrypted page, and who is refused."""

from __future__ import annotations

import asyncio

import pytest

from han2x.web.handshakes import Handshakes
from han2x.web.redirect import way_to_https


@pytest.mark.parametrize(
    ("head", "status", "said"),
    [
        (b"GET /a?b HTTP/1.1\r\nHost: meter:8080\r\n\r\n", 307, "Location: https://meter:8443/a?b\r\n"),
        (b"HEAD / HTTP/1.0\r\nhost: [fe80::1]:80\r\n\r\n", 307, "Location: https://[fe80::1]:8443/\r\n"),
        (b"GET / HTTP/1.1\nHost: meter\n\n", 307, "Location: https://meter:8443/\r\n"),
        (b"PUT / HTTP/1.1\r\nHost: meter\r\n\r\n", 403, '"code": "https-only"'),
        (b"GET http://other/ HTTP/1.1\r\nHost: meter\r\n\r\n", 400, "https://meter:8443/"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "https://10.0.0.1:8443/"),
        (b"GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n", 400, "https://10.0.0.1:8443/"),
        (b"GET /\xc3\xb8 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "https://a:8443/"),
        (b"", 400, "https://10.0.0.1:8443/"),
        (b"\r\n" * 4000, 400, "https://10.0.0.1:8443/"),
        (bytes(range(256)) * 40, 400, "https://10.0.0.1:8443/"),
    ],
)
def test_get_is_redirected_and_all_else_refused(head: bytes, status: int, said: str) -> None:
    answer = way_to_https(head, 8443, "10.0.0.1").decode("ascii")
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert said in answer
    start, _, body = answer.partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}\r\n" in start


def test_the_usual_port_is_not_named_and_an_ipv6_address_stands_in_brackets() -> None:
    assert b"Location: https://meter/\r\n" in way_to_https(b"GET / HTTP/1.1\r\nHost: meter\r\n\r\n", 443, "10.0.0.1")
    assert b"https://[fd00::1]/" in way_to_https(b"", 443, "fd00::1")


async def test_who_holds_the_most_on_the_way_in_loses_the_one_that_waited_longest() -> None:
    handshakes = Handshakes(in_all=4, of_one=3)
    tasks = {name: asyncio.create_task(asyncio.sleep(60)) for name in ("a1", "a2", "b1", "a3", "a4", "c1")}
    for name, task in tasks.items():
        handshakes.enter(task, name[0])
    await asyncio.sleep(0)
    assert [name for name, task in tasks.items() if task.cancelled()] == ["a1", "a2"]
    assert len(handshakes) == 4
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert len(handshakes) == 0
