"""The page's files: where they are, what may be in them, and how they are served."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from han2x.web import WebError, manifest
from han2x.web.page import _GZIP, CONTENT_TYPES, first_with_a_page, page_folder

PAGE = page_folder()


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


def test_every_file_of_the_page_is_of_a_kind_that_is_served() -> None:
    assert {file.suffix for file in PAGE.rglob("*") if file.is_file()} <= set(CONTENT_TYPES)


def test_the_page_has_nothing_inline(tags: _Tags) -> None:
    assert tags.inline == ""
    attributes = {name for _, attributes in tags.tags for name in attributes}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_everything_that_the_page_names_is_its_own_and_is_there(tags: _Tags) -> None:
    named = [value for _, attributes in tags.tags for name in ("src", "href") if (value := attributes.get(name))]
    files = [name for name in named if not name.startswith(("#", "/api/"))]
    assert files
    assert all((PAGE / name.removeprefix("/")).is_file() for name in files if name not in ("/", manifest.PATH))


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, deflate, br", True),
        ("br,gzip", True),
        ("gzip;q=0.5", True),
        ("GZIP", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("br, gzip;q=0.0, deflate", False),
        ("x-gzip2", False),
    ],
)
def test_a_file_is_packed_only_for_those_who_can_unpack_it(accepted: str, packed: bool) -> None:
    assert bool(_GZIP.search(accepted)) is packed
