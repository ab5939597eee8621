"""What can be changed: settings, keys, network, and the care of the device."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Sequence

from msgspec import UNSET

from han2x.api.care import Capture, CaptureRequest, FactoryReset
from han2x.api.keys import Keys, KeysSet
from han2x.api.network import Hostname, NetworkApplied, NetworkChange, PendingToken
from han2x.api.settings import Restore, SettingsChange, SettingsChanged
from han2x.keys import KeyTextError, MeterKeys, parse_keys
from han2x.web.call import Call
from han2x.web.control import CameIn, ConflictError, InvalidValuesError
from han2x.web.errors import WebFault
from han2x.web.refusals import ScopeError


async def change_settings(call: Call[SettingsChange]) -> SettingsChanged:
    """All or none."""
    if call.visitor.token is not None and call.visitor.token["scope"] == "write":
        _refuse_other_than_factors(call)
    return await call.control.change_settings(call.asked.changes, _within(call.asked))


async def confirm_settings(call: Call[PendingToken]) -> None:
    """Keep what is on trial, where it has to be seen that it works."""
    transport = call.request.transport
    name = transport.get_extra_info("sockname") if transport is not None else None
    address, port = (str(name[0]).partition("%")[0], int(name[1])) if name else ("", 0)
    await call.control.confirm_settings(call.asked.token, CameIn(address, port, call.request.secure, call.client))


async def roll_back_settings(call: Call[PendingToken]) -> None:
    """Take it back now."""
    await call.control.roll_back_settings(call.asked.token)


async def enter_keys(call: Call[Keys]) -> KeysSet:
    """Keys typed, pasted or in a KEM file."""
    asked = call.asked
    keys = _typed_keys(asked) if asked.kem is UNSET else await _keys_of_file(asked, asked.kem)
    await call.control.enter_keys(asked.unit, keys)
    return KeysSet(
        unit=asked.unit,
        serial=keys.serial,
        encryption_key=True,
        authentication_key=keys.authentication_key is not None,
    )


async def apply_network(call: Call[NetworkChange]) -> NetworkApplied:
    """In force until confirmed or the time is up."""
    return await call.control.apply_network(call.asked)


async def confirm_network(call: Call[PendingToken]) -> None:
    """Keep the pending settings."""
    await call.control.confirm_network(call.asked.token)


async def rollback_network(call: Call[PendingToken]) -> None:
    """Take the old settings back at once."""
    await call.control.rollback_network(call.asked.token)


async def set_hostname(call: Call[Hostname]) -> None:
    """The computer's name."""
    await call.control.set_hostname(call.asked.hostname)


async def acknowledge_upgrade(call: Call[None]) -> None:
    """Somebody has seen it."""
    await call.control.acknowledge_upgrade()


async def restore(call: Call[Restore]) -> SettingsChanged:
    """A backup back, all or nothing."""
    return await call.control.restore(call.asked.toml, _within(call.asked))


async def begin_capture(call: Call[CaptureRequest]) -> Capture:
    """Record a meter's line."""
    return call.control.begin_capture(call.asked.unit, call.asked.minutes)


async def stop_capture(call: Call[None]) -> Capture:
    """Record no more."""
    return call.control.stop_capture()


async def forget_capture(call: Call[None]) -> None:
    """Have nothing of the recording any more."""
    call.control.forget_capture()


async def factory_reset(call: Call[FactoryReset]) -> None:
    """As delivered: no settings, no password, no tokens."""
    await call.control.factory_reset()
    if call.access.password_set:
        await call.access.forget()


async def restart(call: Call[None]) -> None:
    """Restart the program."""
    await call.control.restart()


def _within(asked: SettingsChange | Restore) -> int | None:
    return None if asked.confirm_within_s is UNSET else asked.confirm_within_s


def _typed_keys(asked: Keys) -> MeterKeys:
    if asked.text is UNSET:
        raise _missing("text")
    try:
        return parse_keys(asked.text)
    except KeyTextError as error:
        raise InvalidValuesError.of({"text": error.fault}) from None


async def _keys_of_file(asked: Keys, kem: str) -> MeterKeys:
    from han2x.keys.kem import KemError, read_kem

    if asked.text is not UNSET:
        message = "leave this out: the keys come from the file"
        raise InvalidValuesError({"text": message}, codes={"text": {"code": "unknown"}})
    if asked.password is UNSET:
        raise _missing("password")
    try:
        content = b64decode(kem, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValuesError.of({"kem": WebFault("not-base64")}) from None
    try:
        # A file of a megabyte takes a while, and Modbus clients shall not wait for it.
        meters = await asyncio.to_thread(read_kem, content, asked.password)
    except KemError as error:
        raise InvalidValuesError.of({"kem": error.fault}) from None
    return _chosen(meters, asked.serial)


def _refuse_other_than_factors(call: Call[SettingsChange]) -> None:
    """Raises ScopeError for what a Modbus client could not write: all but the factors of the meters that there are."""
    meters = len(call.control.settings().values["meters"])
    for change in call.asked.changes:
        match change.path:
            case ("meters", int(place), "scaling_factor") if place < meters and change.value is not None:
                continue
            case _:
                raise ScopeError("this API token may only read, and write scaling factors")


def _missing(name: str) -> InvalidValuesError:
    return InvalidValuesError({name: "is needed"}, codes={name: {"code": "missing"}})


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
