"""What can be changed: settings, keys, network, and the care of the device."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from han2x.keys import KeyTextError, MeterKeys, parse_keys
from han2x.web.call import Call
from han2x.web.control import Change, ConflictError, InvalidValuesError
from han2x.web.errors import WebFault


async def change_settings(call: Call) -> object:
    """All or none."""
    return await call.control.change_settings(
        [Change(tuple(change["path"]), change["value"]) for change in call.body["changes"]]
    )


async def enter_keys(call: Call) -> object:
    """Keys typed, pasted or in a KEM file."""
    keys = await _keys_of_file(call.body) if "kem" in call.body else _typed_keys(call.body)
    await call.control.enter_keys(call.body["unit"], keys)
    return {
        "unit": call.body["unit"],
        "serial": keys.serial,
        "encryption_key": True,
        "authentication_key": keys.authentication_key is not None,
    }


async def apply_network(call: Call) -> object:
    """In force until confirmed or the time is up."""
    return await call.control.apply_network(call.body)


async def confirm_network(call: Call) -> object:
    """Keep the pending settings."""
    await call.control.confirm_network(call.body["token"])
    return None


async def rollback_network(call: Call) -> object:
    """Take the old settings back at once."""
    await call.control.rollback_network(call.body["token"])
    return None


async def set_hostname(call: Call) -> object:
    """The computer's name."""
    await call.control.set_hostname(call.body["hostname"])
    return None


async def restore(call: Call) -> object:
    """A backup back, all or nothing."""
    return await call.control.restore(call.body["toml"])


async def factory_reset(call: Call) -> object:
    """As delivered: no settings, no password, no tokens."""
    await call.control.factory_reset()
    await call.access.forget()
    return None


async def restart(call: Call) -> object:
    """Begin anew."""
    await call.control.restart()
    return None


def _typed_keys(body: Mapping[str, Any]) -> MeterKeys:
    try:
        return parse_keys(body["text"])
    except KeyTextError as error:
        raise InvalidValuesError.of({"text": error.fault}) from None


async def _keys_of_file(body: Mapping[str, Any]) -> MeterKeys:
    from han2x.keys.kem import KemError, read_kem

    try:
        content = b64decode(body["kem"], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValuesError.of({"kem": WebFault("not-base64")}) from None
    try:
        # A file of a megabyte takes a while, and Modbus clients shall not wait for it.
        meters = await asyncio.to_thread(read_kem, content, body["password"])
    except KemError as error:
        raise InvalidValuesError.of({"kem": error.fault}) from None
    return _chosen(meters, body.get("serial", ""))


def _chosen(meters: Sequence[MeterKeys], serial: str) -> MeterKeys:
    found = [meter for meter in meters if meter.serial == serial] if serial else list(meters)
    if len(found) == 1:
        return found[0]
    serials = sorted({meter.serial for meter in meters})
    if serial and not found:
        raise InvalidValuesError.of({"serial": WebFault("serial-not-in-file", serials=", ".join(serials[:20]))})
    raise ConflictError(
        "the file has the keys of several meters; choose one", code="several-meters", serials=serials[:1000]
    )
