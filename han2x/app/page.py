"""The web page as a part of the gateway: served where it can be, and tried again where it cannot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from han2x.addresses import is_allowed, join_host_port
from han2x.app import own_addresses
from han2x.app.own_addresses import OwnAddresses
from han2x.app.page_certificate import InForce, PageCertificate
from han2x.app.page_doors import Doors
from han2x.app.page_places import Place, Spoken, places_of
from han2x.faults import Fault, told
from han2x.listeners import Listener, ListenerState, is_same
from han2x.settings import WebSettings
from han2x.web.errors import WebError, WebFault
from han2x.web.listener import Listener as Door
from han2x.web.listener import Manner
from han2x.web.server import MakeApp, WebServer

log = logging.getLogger("han2x")

RETRY_S: Final = 30.0
"""How often what could not be had is tried again, and changed certificates are looked for."""
MOVE_AFTER_S: Final = 0.5
"""How long an old place goes on after a move was asked for, so that the answer still reaches the browser."""


class PlaceError(Exception):
    """A place that a change wants cannot be had; `field` is the setting that says where, or which certificate."""

    def __init__(self, field: str, error: WebError) -> None:
        super().__init__(str(error))
        self.field = field
        self.error = error


class Page:
    """Serves what `make_app` makes at every place of its settings. Modbus goes on without it.

    `former` are settings whose places go on beside those of now: during a trial, or while nothing of now can be had.
    """

    def __init__(self, make_app: MakeApp, settings: WebSettings, state_dir: Path) -> None:
        self._server = WebServer(make_app, allowed=lambda client, own: is_allowed(client, self._next.allow, own))
        self._doors = Doors(self._server)
        self._certificate = PageCertificate(state_dir)
        self._tls: InForce | None = None
        self._settings = self._next = settings
        self._former: WebSettings | None = None
        self._trying = False
        self._faults: dict[Place, Fault] = {}
        self._told: dict[str, tuple[ListenerState, Fault]] = {}
        self._own = OwnAddresses()
        self._one_at_a_time = asyncio.Lock()
        self._wanted = asyncio.Event()

    @property
    def urls(self) -> list[str]:
        """What a person types into a browser; empty while the page is not served."""
        return [
            own_addresses.url(place.scheme, host, port)
            for place in self._places()
            for port, hosts in _by_port(self._addresses(place)).items()
            for host in self._own.in_place_of(hosts)
        ]

    @property
    def listeners(self) -> list[Listener]:
        """Every place that is wanted, and how it stands."""
        return [self._listener(place) for place in places_of(self._settings)]

    @property
    def certificate(self) -> InForce | None:
        """What HTTPS has in force; None while it is not served."""
        return self._tls if self.https_port is not None else None

    @property
    def https_port(self) -> int | None:
        """Where HTTPS is served; None while it is not."""
        ports = [port for place in self._places(Spoken.TLS) for _, port in self._addresses(place)]
        return ports[0] if ports else None

    @property
    def only_encrypted(self) -> bool:
        """Whether browsers may be told never to come without encryption again: it is the owner's own certificate."""
        own = self.certificate is not None and self.certificate.own and self.certificate.fault is None
        return own and not self._trying and all(place.spoken is not Spoken.PLAIN for place in self._places())

    async def start(self) -> None:
        """Serve the page wherever that can be; what prevents it is logged."""
        await self._arrange()

    def move(self, settings: WebSettings) -> None:
        """Serve the page as other settings say, soon, and look for renewed certificates."""
        if places_of(settings) != places_of(self._settings):
            self._trying = False
        self._next = settings
        self._server.enforce()
        self._wanted.set()

    async def try_out(self, settings: WebSettings) -> None:
        """Serve the page as other settings say, and as before beside it, until `settle` or a `move` elsewhere.

        Raises:
            PlaceError: something of it cannot be had; all is as before.
        """
        async with self._one_at_a_time:
            # Where it has been called back to, though it may not be there yet: it moves soon, and not at once.
            standing = self._next
            before = places_of(standing)
            new = [place for place in places_of(settings) if place not in before]
            tls = await self._certificate_for(settings, new)
            for place in new:
                try:
                    await self._doors.open(place.key, fall_back=False)
                except WebError as error:
                    self._doors.keep(place.key for place in (*before, *self._places()))
                    self._mind()
                    raise PlaceError(place.setting, error) from None
            for place in before:
                await self._open(place, before)
            self._former, self._trying = standing, True
            self._settings = self._next = settings
            self._tls = tls or self._tls
            self._mind()

    def settle(self) -> None:
        """Give up, soon, what goes on beside the places that were tried out."""
        self._trying = False
        self._wanted.set()

    async def run(self) -> NoReturn:
        """Keep the page served until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), RETRY_S)
            if self._wanted.is_set():
                await asyncio.sleep(MOVE_AFTER_S)
                self._wanted.clear()
            await self._arrange()

    async def stop(self) -> None:
        """End all connections."""
        await self._server.stop()

    async def _arrange(self) -> None:
        """Serve as the settings want, as far as that can be."""
        async with self._one_at_a_time:
            try:
                await self._serve()
            except Exception:
                log.exception("the web page cannot be served because of a fault in this program")

    async def _serve(self) -> None:
        new = self._next
        wanted = places_of(new)
        if any(place.spoken is Spoken.TLS for place in wanted):
            self._tls = await self._loaded(new) or self._tls
        self._faults = {place: fault for place in wanted if (fault := await self._open(place, wanted)) is not None}
        if not self._trying:
            served = not wanted or any(self._doors.listener(place.key) for place in wanted)
            self._former = None if served else self._former or self._settings
        self._settings = new
        self._doors.keep(place.key for place in self._places())
        self._mind()
        if self._former is None:
            await self._narrow(wanted)
        self._tell_mended(wanted)

    async def _open(self, place: Place, wanted: Sequence[Place]) -> Fault | None:
        """Serve at a place; why that is not possible, or only on all addresses."""
        if place.spoken is Spoken.TLS and self._tls is None and len(wanted) > 1:
            return WebFault("cannot-listen", place=place.listen, reason="there is no certificate")
        try:
            fault: Fault | None = await self._doors.open(place.key, fall_back=not self._trying)
        except WebError as error:
            failed = error.fault or WebFault("cannot-listen", place=place.listen, reason=error)
            self._tell(place, ListenerState.DOWN, failed, str(error))
            return failed
        if self._doors.is_apart(place.key):
            fault = fault or self._faults.get(place)
        if fault is not None:
            text = f"{fault}; the web page is on all addresses of that port instead"
            self._tell(place, ListenerState.FALLBACK, fault, text)
        return fault

    async def _narrow(self, wanted: Iterable[Place]) -> None:
        """Serve where it is wanted what is served on all addresses, as soon as that is possible."""
        for place in wanted:
            if self._doors.is_apart(place.key) and await self._doors.narrow(place.key):
                self._faults.pop(place, None)

    def _tell_mended(self, wanted: Iterable[Place]) -> None:
        for place in wanted:
            if place not in self._faults and place.setting in self._told:
                del self._told[place.setting]
                log.info("the web page is served on %s now", place.listen)

    async def _loaded(self, settings: WebSettings) -> InForce | None:
        try:
            return await asyncio.to_thread(self._certificate.load, settings)
        except (WebError, OSError) as error:
            log.error("HTTPS cannot be served: %s", told(error))  # noqa: TRY400 - no traceback helps the reader
        except Exception:
            log.exception("HTTPS cannot be served because of a fault in this program")
        return None

    async def _certificate_for(self, settings: WebSettings, places: Sequence[Place]) -> InForce | None:
        """The certificate that new places want; None where they want none."""
        if all(place.spoken is not Spoken.TLS for place in places):
            return None
        try:
            return await asyncio.to_thread(self._certificate.wanted, settings)
        except WebError as error:
            raise PlaceError("web.certificate", error) from None
        except OSError as error:
            raise PlaceError("web.certificate", WebError(told(error))) from None

    def _mind(self) -> None:
        """Tell every listener what is spoken there."""
        at: dict[Door, list[Place]] = {}
        for place in self._places():
            listener = self._doors.listener(place.key)
            if listener is not None:
                at.setdefault(listener, []).append(place)
        for listener, places in at.items():
            listener.manner = self._manner(places)

    def _manner(self, places: Iterable[Place]) -> Manner:
        spoken = {place.spoken for place in places}
        tls = self._tls.context if self._tls and Spoken.TLS in spoken else None
        # A redirect to where nothing is served would lock everybody out.
        plain = Spoken.PLAIN in spoken or (tls is None and (self.https_port is None or self._tls is None))
        return Manner(plain=plain, tls=tls, https_port=None if tls else self.https_port)

    def _places(self, spoken: Spoken | None = None) -> list[Place]:
        """All that are served or to be served, those of now first."""
        all_of_them = [*places_of(self._settings), *(places_of(self._former) if self._former else ())]
        return [place for place in dict.fromkeys(all_of_them) if spoken in (None, place.spoken)]

    def _addresses(self, place: Place) -> list[tuple[str, int]]:
        listener = self._doors.listener(place.key)
        return listener.addresses if listener is not None else []

    def _listener(self, place: Place) -> Listener:
        at = tuple(join_host_port(*address) for address in self._addresses(place))
        fault: Fault | None = self._faults.get(place)
        state = ListenerState.DOWN if not at else ListenerState.FALLBACK if fault else ListenerState.SERVING
        if fault is None and place.spoken is Spoken.TLS and self._tls is not None:
            fault = self._tls.fault
        return Listener(place.what, state, place.listen, at, fault)

    def _tell(self, place: Place, state: ListenerState, fault: Fault, text: str) -> None:
        """Say once what is wrong with a place."""
        before = self._told.get(place.setting)
        if before is None or state is not before[0] or not is_same(fault, before[1]):
            log.error("%s", text)
        self._told[place.setting] = state, fault


def _by_port(addresses: Iterable[tuple[str, int]]) -> dict[int, list[str]]:
    """The hosts at each port."""
    found: dict[int, list[str]] = {}
    for host, port in addresses:
        found.setdefault(port, []).append(host)
    return found
