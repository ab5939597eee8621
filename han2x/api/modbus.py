"""What Modbus clients do."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from han2x.api.base import Answer, EpochSeconds, Seconds

ExceptionCounts = Annotated[dict[str, int], Meta(description="How often each exception code was returned.")]


class ModbusConnection(Answer, frozen=True, kw_only=True):
    """A client that is connected. `framing` is null until its first request."""

    client: str
    framing: Literal["tcp", "rtu"] | None
    connected_s: Seconds
    idle_s: Seconds
    requests: int
    exceptions: ExceptionCounts
    octets_in: int
    octets_out: int
    waiting_octets: int


class ModbusWritten(Answer, frozen=True, kw_only=True):
    """What a request wrote, or wanted to: `count` words from the PDU address on, of which `words` has the first few.

    With function code 22 `words` are its two masks, AND and OR.
    """

    address: int
    count: int
    words: list[Annotated[int, Meta(ge=0, le=0xFFFF)]]


class ModbusRequest(Answer, frozen=True, kw_only=True):
    """A request, and the exception code it got; null for none. `address` and `count` are null where it has none.

    `written` is null for one that writes nothing; function code 23 reads `count` words from `address` on besides.
    """

    time: EpochSeconds
    client: str
    unit: int
    function: int
    address: int | None
    count: int | None
    written: ModbusWritten | None
    exception: int | None
    took_us: Annotated[float, Meta(description="Microseconds.")]


class ModbusServer(Answer, frozen=True, kw_only=True):
    """One server: where it listens, counters since the start, its connections, and the last requests, newest last."""

    addresses: list[str]
    open: int
    requests: int
    reads: int
    writes: int
    exceptions: ExceptionCounts
    octets_in: int
    octets_out: int
    accepted: int
    refused: int
    replaced: int
    timed_out: int
    broken: int
    connections: list[ModbusConnection]
    recent: list[ModbusRequest]


class Modbus(ModbusServer, frozen=True, kw_only=True):
    """The plain server; that with TLS, null while there is none; and those of maps on ports of their own."""

    tls: ModbusServer | None
    maps: list[ModbusServer] = field(default_factory=list)
