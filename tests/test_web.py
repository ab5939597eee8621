"""The web page, as far as it needs no socket: where its files are, what is in them, and what is said when it fails."""

from __future__ import annotations

import errno
import logging
import re
import socket
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp.http_exceptions import BadStatusLine

from han2x.model import ProblemKind, PushList
from han2x.web import WebError
from han2x.web.answers import to_json
from han2x.web.page import CONTENT_TYPES, first_with_a_page, page_folder
from han2x.web.server import bind_failure

PAGE = page_folder()
MODULES = sorted(PAGE.glob("*.js"))
TEXT = (PAGE / "text.js").read_text()
OTHER_MODULES = "\n".join(module.read_text() for module in MODULES if module.name != "text.js")


class _Tags(HTMLParser):
    """Every tag with its attributes, and the text inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip()


@pytest.fixture
def tags() -> _Tags:
    parser = _Tags()
    parser.feed((PAGE / "index.html").read_text())
    return parser


def _with_page(folder: Path) -> Path:
    folder.mkdir()
    (folder / "index.html").touch()
    return folder


def test_the_first_folder_that_has_a_page_is_taken(tmp_path: Path) -> None:
    installed, checkout = _with_page(tmp_path / "_webui"), _with_page(tmp_path / "webui")
    assert first_with_a_page(installed, checkout) == installed
    assert first_with_a_page(tmp_path / "absent", checkout) == checkout


def test_a_folder_without_an_index_is_no_page_and_the_error_names_all_places(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WebError, match=r"no index\.html in .*/empty or .*/absent; install han2x again"):
        first_with_a_page(tmp_path / "empty", tmp_path / "absent")


@pytest.mark.parametrize(
    ("host", "failure", "text"),
    [
        ("127.0.0.1", errno.EADDRINUSE, "127.0.0.1:80: address already in use; stop the program that has this port"),
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


def test_json_is_one_line_and_refuses_what_json_cannot_hold() -> None:
    assert to_json({"name": "Målar\n"}) == '{"name":"Målar\\n"}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"value": float("nan")})


def test_what_is_not_http_stays_out_of_the_log_and_our_own_faults_do_not(caplog: pytest.LogCaptureFixture) -> None:
    from han2x.web.server import _protocol_logger

    logger = _protocol_logger()
    assert _protocol_logger().filters == logger.filters
    for failure in (BadStatusLine("\x16\x03\x01"), RuntimeError("ours")):
        logger.error("Error handling request", exc_info=failure)
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info and record.exc_info[1]] == [
        ("ours",)
    ]
    assert caplog.records[0].levelno == logging.ERROR


def test_every_file_of_the_page_is_of_a_kind_that_is_served() -> None:
    assert {file.suffix for file in PAGE.rglob("*") if file.is_file()} <= set(CONTENT_TYPES)


def test_the_page_has_nothing_inline(tags: _Tags) -> None:
    assert tags.inline == ""
    attributes = {name for _, attributes in tags.tags for name in attributes}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_everything_that_the_page_names_is_its_own_and_is_there(tags: _Tags) -> None:
    named = [value for _, attributes in tags.tags for name in ("src", "href") if (value := attributes.get(name))]
    files = [name for name in named if not name.startswith(("#", "/api/"))]
    assert len(files) == 3
    assert all((PAGE / name.removeprefix("/")).is_file() for name in files)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_imports_only_modules_of_the_page(module: Path) -> None:
    imported = re.findall(r'from "([^"]+)"', module.read_text())
    assert all(name.startswith("./") and (PAGE / name).is_file() for name in imported)
    assert module.name in ("app.js", "text.js", "dom.js", "connection.js") or imported


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_makes_no_markup_from_text_and_asks_no_other_site(module: Path) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://|\.style\b"
    assert not re.findall(forbidden, module.read_text())


def test_the_style_asks_no_other_site() -> None:
    assert not re.findall(r"@import|url\(", (PAGE / "style.css").read_text())


def _defined_keys() -> set[str]:
    return set(re.findall(r'^  "([^"]+)":', TEXT, re.MULTILINE))


def _keys_asked_for() -> set[str]:
    """What the page spells out, and the names from the gateway for which it has words."""
    spelt = set(re.findall(r'"([a-z]+(?:\.[a-z]+)+)"', OTHER_MODULES))
    spelt |= set(re.findall(r'data-text="([^"]+)"', (PAGE / "index.html").read_text()))
    return spelt | {f"problem.{kind}" for kind in ProblemKind} | {f"list.{kind}" for kind in PushList}


def test_every_word_that_is_asked_for_is_there() -> None:
    assert _keys_asked_for() - _defined_keys() == set()


def test_every_word_that_is_there_is_asked_for() -> None:
    makers_and_flags = {key for key in _defined_keys() if key.startswith(("maker.", "flag."))}
    assert _defined_keys() - _keys_asked_for() == makers_and_flags


def test_the_page_is_small() -> None:
    assert sum(file.stat().st_size for file in PAGE.rglob("*") if file.is_file()) < 100_000
