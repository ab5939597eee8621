"""What the server says when it fails, as far as it needs no socket."""

from __future__ import annotations

import errno
import logging
import socket

import pytest
from aiohttp.http_exceptions import BadStatusLine

from han2x.web.server import _protocol_logger
from han2x.web.sockets import bind_failure


@pytest.mark.parametrize(
    ("host", "failure", "text"),
    [
        ("*", errno.EACCES, "*:80: permission denied; choose a port from 1024 up"),
        ("fe80::1", errno.EADDRNOTAVAIL, "[fe80::1]:80: cannot assign requested address; use an IP address that"),
        ("::", errno.EAFNOSUPPORT, "[::]:80: address family not supported by protocol; this computer does not speak"),
        ("::", errno.ENOBUFS, "[::]:80: no buffer space available; choose another address or port"),
    ],
)
def test_an_address_that_cannot_be_bound_is_named_with_reason_and_remedy(host: str, failure: int, text: str) -> None:
    assert text in bind_failure(host, 80, OSError(failure, "whatever"))


def test_a_host_name_that_is_not_known_is_said_to_be_so() -> None:
    text = bind_failure("meterbox", 80, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert "meterbox:80: the name 'meterbox' is not known; use an IP address" in text


def test_what_is_not_http_stays_out_of_the_log_and_our_own_faults_do_not(caplog: pytest.LogCaptureFixture) -> None:
    logger = _protocol_logger()
    assert _protocol_logger().filters == logger.filters
    for failure in (BadStatusLine("\x16\x03\x01"), RuntimeError("ours")):
        logger.error("Error handling request", exc_info=failure)
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info and record.exc_info[1]] == [
        ("ours",)
    ]
    assert caplog.records[0].levelno == logging.ERROR
