"""The contract's types: what they hold comes back from JSON as it was, and nothing else passes for them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from han2x.api.base import from_json, plain, to_json
from han2x.api.errors import Error, FieldError, Refusal
from han2x.api.live import Live, MeterStatus
from han2x.api.settings import SettingsChange, SettingsChanged
from han2x.settings.schema import MOST_METERS
from tests.api.contract import assert_is
from tests.browser.live_data import FAULT, NEVER, NO_LINE, SILENT, live, meter


@pytest.mark.parametrize(
    "changed", [{}, SILENT, NEVER, {**NEVER, "line": NO_LINE}, {"last_problem": FAULT, "problems": {"checksum": 3}}]
)
def test_whatever_a_meter_says_comes_back_as_it_was(changed: dict[str, Any]) -> None:
    said = live(meter(**changed), meter(unit=2))
    assert from_json(to_json(said), Live) == said
    assert_is(to_json(said), Live)


@pytest.mark.parametrize("name", ["age_s", "stale", "discontinuities"])
def test_a_field_that_is_missing_is_noticed(name: str) -> None:
    said = plain(live(meter()))
    del said["meters"][0][name]
    with pytest.raises(ValueError, match=f"missing required field `{name}`"):
        assert_is(json.dumps(said).encode(), Live)


def test_a_field_too_many_is_noticed_where_it_matters_and_passed_over_by_programs() -> None:
    said = {**plain(live(meter())), "brand_new": 1}
    assert from_json(json.dumps(said).encode(), Live) == live(meter())
    with pytest.raises(AssertionError):
        assert_is(json.dumps(said).encode(), Live)


@pytest.mark.parametrize(("name", "value"), [("unit", 0), ("unit", "1"), ("stale", 1), ("list", "list-9")])
def test_a_value_of_another_kind_is_noticed(name: str, value: object) -> None:
    said = plain(live(meter()))
    said["meters"][0][name] = value
    with pytest.raises(ValueError, match=f"`\\$.meters\\[0\\].{name}`"):
        from_json(json.dumps(said).encode(), Live)


def test_an_answer_cannot_be_made_with_a_name_that_the_contract_does_not_have() -> None:
    with pytest.raises(TypeError, match="since_s"):
        meter(since_s=1.0)


def test_a_meter_with_its_registers_is_one_without_them_and_more() -> None:
    said = plain(meter())
    for more in ("registers", "net_power", "phases", "main_fuse_a", "hour", "imitates"):
        del said[more]
    assert_is(json.dumps(said).encode(), MeterStatus)


def test_modbus_is_served_before_the_library_for_answers_is_loaded() -> None:
    code = "import sys, han2x.app.daemon, han2x.cli.run; sys.exit('msgspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_not_said_is_left_out_and_what_is_unknown_is_null() -> None:
    assert plain(SettingsChanged(values={})) == {"values": {}}
    refusal = Refusal(error=Error(code="no", message="No.", codes={"field": FieldError(code="missing")}))
    assert plain(refusal) == {"error": {"code": "no", "message": "No.", "codes": {"field": {"code": "missing"}}}}
    assert plain(meter(**NEVER))["age_s"] is None


def test_every_meter_that_there_can_be_can_be_changed_and_none_beyond() -> None:
    def change(place: int) -> bytes:
        return json.dumps({"changes": [{"path": ["meters", place, "name"], "value": "Cabin"}]}).encode()

    assert from_json(change(MOST_METERS - 1), SettingsChange).changes[0].path[1] == MOST_METERS - 1
    with pytest.raises(ValueError, match="changes"):
        from_json(change(MOST_METERS), SettingsChange)
