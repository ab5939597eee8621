"""What the page's API refuses: every code is known, and every refusal at a field can be said in any language."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pytest
from msgspec import Meta, field

import han2x.app
import han2x.sockets
import han2x.web
from han2x.api.base import Request
from han2x.app import settings_form
from han2x.listeners import ListenerFault
from han2x.modbus_server import CannotListenError
from han2x.settings import SettingsError
from han2x.settings.errors import SettingsProblem
from han2x.settings.load import check
from han2x.sockets import why_not
from han2x.web.certificate import make_certificate, tls_context
from han2x.web.control import InvalidValuesError
from han2x.web.errors import CODES, FAULTS, WebError
from han2x.web.passwords import WEAKNESSES, weakness
from han2x.web.sockets import _cannot_bind
from han2x.web.validation import CODES as CODES_OF_MISFITS
from han2x.web.validation import validated

SOURCE: Final = "\n".join(
    file.read_text()
    for package in (han2x.web, han2x.app)
    for file in (*Path(str(package.__file__)).parent.glob("*.py"), Path(han2x.sockets.__file__))
    if file.name != "errors.py"
)
IN_CODE: Final = (
    r'\berror\(\s*request, [\w.]+, "([a-z-]+)"',
    r'^    code = "([a-z-]+)"',
    r'Error\((?:[^()]|\([^()]*\))*code="([a-z-]+)"',
)


def used() -> set[str]:
    return {code for pattern in IN_CODE for code in re.findall(pattern, SOURCE, re.MULTILINE)}


def test_every_error_of_an_answer_has_a_known_code() -> None:
    assert used() - CODES == set()


def test_every_known_code_is_that_of_an_error() -> None:
    assert CODES - used() == set()


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_can_happen(code: str) -> None:
    assert f'"{code}"' in SOURCE


def test_every_fault_that_happens_has_a_text() -> None:
    assert set(re.findall(r'WebFault\(\s*"([a-z0-9-]+)"', SOURCE)) <= set(FAULTS)


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "aaaaaaaaaaaa", "123456789123", "abcdefghijkl", "han2x han2x!"]
)
def test_what_is_wrong_with_a_password_has_a_known_code(password: str) -> None:
    found = weakness(password)
    assert found is not None
    assert found[0] in WEAKNESSES


class _Asked(Request, frozen=True):
    text: Annotated[str, Meta(min_length=2, max_length=3, pattern="^a")]
    choice: Literal["x"]
    gone: bool
    numbers: Annotated[list[int], Meta(min_length=1, max_length=2)] = field(default_factory=list)
    number: Annotated[int, Meta(ge=5, le=6)] = 5


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"text": "bb", "choice": "y"}, {"pattern", "choice", "missing"}),
        (
            {"text": "abcd", "choice": "x", "gone": 1, "numbers": [], "new": 1},
            {"too-long", "type", "too-few", "unknown"},
        ),
        ({"text": "a", "choice": "x", "gone": True, "numbers": [1, 2, 3]}, {"too-short", "too-many"}),
        ({"text": "ab", "choice": "x", "gone": True, "number": 4}, {"too-low"}),
        ({"text": "ab", "choice": "x", "gone": True, "number": 7}, {"too-high"}),
    ],
)
def test_what_does_not_fit_its_type_has_a_known_code(given: dict[str, Any], codes: set[str]) -> None:
    with pytest.raises(InvalidValuesError) as refused:
        validated(_Asked, given)
    assert {each["code"] for each in refused.value.more["codes"].values()} == codes
    assert codes <= CODES_OF_MISFITS


def test_the_mistakes_in_settings_are_told_at_their_fields_with_their_codes() -> None:
    _, problems = check({"modbus": {"stale_after_s": 4}, "meters": [{"unit": 0}]})
    refused = settings_form.refusal(SettingsError(Path("settings.toml"), problems))

    assert refused.more["fields"]["modbus.stale_after_s"] == "[modbus] stale_after_s = 4: allowed: 5 to 3600 (integer)"
    assert refused.more["codes"] == {
        "modbus.stale_after_s": {"code": "whole-number", "values": {"lowest": 5, "highest": 3600}},
        "meters.0.unit": {"code": "whole-number", "values": {"lowest": 1, "highest": 247}},
    }


def test_the_first_mistake_at_a_field_is_told_or_the_first_of_all_at_the_one_that_is_named() -> None:
    keys = ("modbus", "listen")
    problems = [SettingsProblem.at(keys, "", "listen"), SettingsProblem.at((), "", "settings-layout")]
    error = SettingsError(Path("settings.toml"), problems)

    assert set(settings_form.refusal(error, whole="toml").more["codes"]) == {"modbus.listen", "toml"}
    assert settings_form.refusal(error, only="meters").more["codes"] == {"meters": {"code": "listen", "values": {}}}


async def test_an_address_that_cannot_be_had_names_what_the_system_says() -> None:
    absent = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    error = CannotListenError(absent.errno, await why_not(absent, "192.0.2.1:502", "192.0.2.1", 502))
    refused = settings_form.cannot_listen("modbus.listen", "192.0.2.1:502", error)

    assert refused.more["fields"] == {
        "modbus.listen": "cannot listen on 192.0.2.1:502: this machine has no such address"
    }
    values = {"place": "192.0.2.1:502", "reason": "this machine has no such address", "errno": "EADDRNOTAVAIL"}
    assert refused.more["codes"] == {"modbus.listen": {"code": "cannot-listen", "values": values}}


async def test_a_page_that_cannot_be_served_says_so_for_programs_too() -> None:
    fault = (await _cannot_bind("fe80::1", 80, OSError(errno.EADDRNOTAVAIL, "no such address"))).fault

    reason = "this machine has no such address"
    assert fault == ListenerFault("cannot-listen", place="[fe80::1]:80", reason=reason, errno="EADDRNOTAVAIL")


def test_what_is_wrong_with_a_certificate_has_its_code(tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    codes = []
    for content in (None, b"no certificate", make_certificate(["a"])[0]):
        if content is not None:
            certificate.write_bytes(content)
            key.write_bytes(make_certificate(["a"])[1])
        with pytest.raises(WebError) as refused:
            tls_context(certificate, key)
        assert refused.value.fault is not None
        assert str(refused.value) == str(refused.value.fault)
        codes.append(refused.value.fault.code)
    assert codes == ["https-unreadable", "https-not-pem", "https-mismatch"]
