"""Whether octets of JSON are of a type of the contract, to the last field."""

from __future__ import annotations

import json
from typing import Any

from han2x.api.base import from_json, to_json


def assert_is(raw: bytes, kind: Any) -> None:  # noqa: ANN401 - any type of the contract
    """Fails when a field is missing, of another type, or one that the type does not have."""
    assert json.loads(to_json(from_json(raw, kind))) == json.loads(raw)
