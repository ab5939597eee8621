"""The forms of answers."""

from __future__ import annotations

from datetime import date

import pytest

from han2x.api.base import to_json
from han2x.web.answers import file_name
from han2x.web.control import RefusalError
from han2x.web.dispatch import parse_json
from han2x.web.refusals import MalformedError


def test_json_is_one_line_and_refuses_what_json_cannot_hold() -> None:
    assert to_json({"name": "Målar\n"}) == '{"name":"Målar\\n"}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"value": float("nan")})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[]",
        b"1",
        b'"text"',
        b"null",
        b"\xef\xbb\xbf{}",
        b"a=1&b=2",
    ],
)
def test_what_is_no_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_json(raw)
    assert (refused.value.status, refused.value.code) == (400, "malformed")


@pytest.mark.parametrize(
    ("gateway", "whose"),
    [
        ("", "han2x"),
        ("raspberrypi", "raspberrypi"),
        ("Hytta på Geilo", "hytta-pa-geilo"),
        ("Rævebjærg Ø 7", "raevebjaerg-o-7"),
        ('../..\\"; filename=x', "filename-x"),
        ("電気", "han2x"),
        ("x" * 64, "x" * 40),
    ],
)
def test_a_file_to_download_is_called_after_its_gateway_and_its_day(gateway: str, whose: str) -> None:
    assert file_name(gateway, "settings", "toml", date(2026, 3, 9)) == f"{whose}-settings-2026-03-09.toml"


def test_a_json_object_is_read() -> None:
    assert parse_json(b' {"a": [1, "\xc3\xa5", null]} ') == {"a": [1, "å", None]}


def test_a_refusal_has_its_own_code_or_that_of_its_kind() -> None:
    assert RefusalError("no").code == "refused"
    assert RefusalError("no", code="live-only", serials=[]).more == {"serials": []}
