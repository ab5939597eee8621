"""One connection with a broker. Whatever waits for it waits in threads: the event loop belongs to meters and clients.

The library's own thread reads and writes; names are resolved, and connections and TLS made, in one that lasts as long
as that takes. What they find out they hand over to the event loop.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from han2x.outputs.mqtt.faults import PASSWORD_CODES, BrokerError, connecting_error
from han2x.outputs.mqtt.options import Options
from han2x.outputs.mqtt.tls import client_context
from han2x.outputs.mqtt.values import Message

OPEN_S: Final = 20.0
"""How long a broker may take to let the gateway in."""
TAKE_S: Final = 10.0
"""How long it may take a message."""
KEEP_ALIVE_S: Final = 30
MOST_ON_THE_WAY: Final = 20
"""Messages that the broker has not taken yet. It gets no further ones before."""


class Connection:
    """A connection that is open from `open` until `close`, or until `lost` is done."""

    def __init__(self, options: Options, client_id: str, will: Message, heard: Callable[[str, bytes], None]) -> None:
        """`heard` is called with the topic and the payload of what was subscribed to."""
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Future[None] = self._loop.create_future()
        self._let_in: asyncio.Future[ReasonCode] = self._loop.create_future()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._on_the_way: dict[int, asyncio.Future[ReasonCode]] = {}
        self._heard = heard
        self._resolved = self._is_made = self._given_up = False
        self._client = _Client(self._hand_over, client_id, self._lost)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.will_set(will.topic, will.payload, qos=1, retain=True)
        if options.user:
            self._client.username_pw_set(options.user, options.password)
        self.thread = threading.Thread(target=self._make, name="mqtt-connect", daemon=True)

    async def open(self) -> None:
        """Connect; raises BrokerError where the broker does not let the gateway in."""
        self.thread.start()
        try:
            async with asyncio.timeout(OPEN_S):
                await self._made
                self._client.loop_start()
                answer = await self._let_in
        except TimeoutError:
            self._give_up()
            raise self.not_in_time() from None
        except BaseException:
            self._give_up()
            raise
        if answer.is_failure:
            self._give_up()
            wrong = "mqtt-password" if answer.value in PASSWORD_CODES else "mqtt-refused"
            raise BrokerError.of(wrong, place=self._options.place, reason=answer)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Have the broker take these; raises BrokerError where it does not."""
        left = iter(messages)
        while some := list(islice(left, MOST_ON_THE_WAY)):
            await self._taken(self._sent(some))

    async def subscribe(self, topic: str) -> None:
        """Hear what is published there; raises BrokerError where that is not allowed."""
        code, number = self._client.subscribe(topic)
        self._must_be_sent(code)
        [answer] = await self._taken([self._wait_for(number or 0)])
        if answer.is_failure:
            raise BrokerError.of("mqtt-not-subscribed", place=self._options.place, topic=topic)

    async def close(self) -> None:
        """Take leave of the broker, which then does not publish the will."""
        self._client.disconnect()
        await asyncio.wait([self.lost])

    def end(self) -> None:
        """Let go of the connection, whatever its state is. A broker that takes nothing is left within a minute."""
        if not self.lost.done():
            self._client.disconnect()

    def _sent(self, messages: Iterable[Message]) -> Iterator[asyncio.Future[ReasonCode]]:
        for message in messages:
            info = self._client.publish(message.topic, message.payload, self._options.qos, message.retained)
            self._must_be_sent(info.rc)
            yield self._wait_for(info.mid)

    def _must_be_sent(self, code: int) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BrokerError.of("mqtt-lost", place=self._options.place)

    def _wait_for(self, number: int) -> asyncio.Future[ReasonCode]:
        """The library tells it through the event loop, so not before this is here."""
        self._on_the_way[number] = self._loop.create_future()
        return self._on_the_way[number]

    async def _taken(self, waiting: Iterable[asyncio.Future[ReasonCode]]) -> list[ReasonCode]:
        try:
            async with asyncio.timeout(TAKE_S):
                return [await self._unless_lost(each) for each in list(waiting)]
        except TimeoutError:
            raise BrokerError.of("mqtt-slow", place=self._options.place, seconds=round(TAKE_S)) from None
        finally:
            self._on_the_way.clear()

    async def _unless_lost(self, waiting: asyncio.Future[ReasonCode]) -> ReasonCode:
        either: list[asyncio.Future[Any]] = [waiting, self.lost]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise BrokerError.of("mqtt-lost", place=self._options.place)
        return waiting.result()

    def not_in_time(self) -> BrokerError:
        """What it waits for in vain."""
        if not self._resolved:
            return BrokerError.of("mqtt-unresolved", host=self._options.host, reason=f"no answer in {OPEN_S:.0f} s")
        return BrokerError.of("mqtt-silent", place=self._options.place, seconds=round(OPEN_S))

    def _make(self) -> None:
        """Resolve the name, connect, and agree on TLS; in a thread."""
        options = self._options
        try:
            if options.tls is not None:
                self._client.tls_set_context(client_context(options.tls))
            socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)
            self._resolved = True
            self._client.connect(options.host, options.port, KEEP_ALIVE_S)
        except Exception as error:  # noqa: BLE001 - it is told where the connection was asked for
            self._hand_over(self._not_made, error)
        else:
            self._hand_over(self._was_made)

    def _was_made(self) -> None:
        self._is_made = True
        if self._given_up:
            self._client.disconnect()
        elif not self._made.done():
            self._made.set_result(None)

    def _give_up(self) -> None:
        self._given_up = True
        if self._is_made:
            self._client.disconnect()

    def _not_made(self, error: Exception) -> None:
        if not self._made.done():
            self._made.set_exception(connecting_error(error, self._options.host, self._options.place))

    def _lost(self) -> None:
        if not self._let_in.done():
            self._let_in.set_exception(BrokerError.of("mqtt-closed", place=self._options.place))
        if not self.lost.done():
            self.lost.set_result(None)

    def _hand_over(self, call: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the event loop has ended, and with it whoever wanted to know
            self._loop.call_soon_threadsafe(call, *arguments)

    def _on_connect(self, _client: object, _user: object, _flags: object, code: ReasonCode, _more: object) -> None:
        self._hand_over(_settle, self._let_in, code)

    def _on_publish(self, _client: object, _user: object, number: int, code: ReasonCode, _more: object) -> None:
        self._hand_over(self._arrived, number, code)

    def _on_subscribe(self, _client: object, _user: object, number: int, codes: list[ReasonCode], _: object) -> None:
        self._hand_over(self._arrived, number, codes[0])

    def _on_message(self, _client: object, _user: object, message: paho.MQTTMessage) -> None:
        self._hand_over(self._heard, message.topic, message.payload)

    def _arrived(self, number: int, code: ReasonCode) -> None:
        if number in self._on_the_way:
            _settle(self._on_the_way[number], code)


class _Client(paho.Client):
    """The library's client, whose thread says when it ends, however it ends."""

    def __init__(self, hand_over: Callable[[Callable[[], None]], None], name: str, ended: Callable[[], None]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
        self._hand_over_end: Callable[[], None] = partial(hand_over, ended)

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except Exception:  # noqa: BLE001 - octets that no broker sends make the library's parser fail
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        finally:
            self._hand_over_end()


def _settle(future: asyncio.Future[ReasonCode], value: ReasonCode) -> None:
    if not future.done():
        future.set_result(value)
