"""Which messages a broker is to have, and which of them it keeps: for one connection, from its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from han2x.gateway.meter import Meter
from han2x.measurements import Measurements
from han2x.outputs.base import Gateway
from han2x.outputs.mqtt import discovery, values
from han2x.outputs.mqtt.discovery import Component, Places, Subject
from han2x.outputs.mqtt.memory import Memory
from han2x.outputs.mqtt.options import Options
from han2x.outputs.mqtt.values import OFFLINE, ONLINE, Message, Moment, encoded

BEAT_S: Final = 30.0
"""How often something comes of a meter at the least, so that whoever misses it knows that nobody speaks for it."""
BEATS_MISSED: Final = 3


class Desk:
    """Writes the messages. What is kept by the broker is noted in the memory before it is sent."""

    def __init__(self, options: Options, gateway: Gateway, memory: Memory) -> None:
        self._options = options
        self._gateway = gateway
        self._memory = memory
        self._base = f"{options.prefix}/{gateway.id}"
        self._last: dict[str, str] = {}
        self._announced: dict[int, tuple[object, ...]] = {}

    @property
    def beat_s(self) -> float:
        """The longest time between two messages about a meter."""
        return max(BEAT_S, self._options.interval_s)

    @property
    def goodbye(self) -> Message:
        """That the gateway is gone, for itself or for the broker to say."""
        return Message(f"{self._base}/status", OFFLINE, retained=True)

    def hello(self) -> Message:
        """That the gateway is there."""
        message = Message(f"{self._base}/status", ONLINE, retained=True)
        self._memory.note([message.topic])
        return message

    def announce_again(self) -> None:
        """Have the announcements sent again with the next messages."""
        self._announced.clear()
        for topic in [each for each in self._last if each.endswith("/config")]:
            del self._last[topic]

    def of(self, meter: Meter) -> tuple[list[Message], float]:
        """What there is to say of a meter now, and until when that stays so unless it speaks."""
        sources = meter.sources()
        current = Measurements(sources.snapshot.current(), sources.factor)
        moment = Moment(current, sources.snapshot, sources.device.unix_time)
        messages = [
            *self._identity(meter, moment),
            *self._announcement(meter, moment),
            *self._values(meter.config.unit, moment),
            *self._kept(self._topic(meter.config.unit, "status"), OFFLINE if sources.snapshot.stale else ONLINE),
        ]
        self._memory.note(message.topic for message in messages if message.retained)
        return messages, sources.snapshot.until

    def leftovers(self) -> list[Message]:
        """What the broker keeps that is no longer so: of meters that are gone, and of other settings."""
        units = [meter.config.unit for meter in self._gateway.meters()]
        self._memory.keep_units(units)
        left = self._memory.topics - set(self._wanted(units))
        return [self.forget(topic) for topic in sorted(left)]

    def forget(self, topic: str) -> Message:
        """Have the broker keep nothing there."""
        self._last.pop(topic, None)
        return Message(topic, "", retained=True)

    def _wanted(self, units: Iterable[int]) -> Iterator[str]:
        yield f"{self._base}/status"
        for unit in units:
            yield from (self._topic(unit, leaf) for leaf in ("status", "meter", "energy"))
            if self._options.retain:
                yield self._topic(unit, "live")
            if self._options.discovery and unit in self._memory.devices:
                yield self._config(self._memory.devices[unit])

    def _topic(self, unit: int, leaf: str) -> str:
        return f"{self._base}/{unit}/{leaf}"

    def _config(self, device: str) -> str:
        return f"{self._options.discovery}/device/{device}/config"

    def _values(self, unit: int, moment: Moment) -> Iterator[Message]:
        few, topic = self._options.few, self._topic(unit, "energy")
        yield Message(self._topic(unit, "live"), encoded(values.live(moment, few=few)), self._options.retain)
        # Once it has been there it is not let stand either when nothing is known any more.
        if topic in self._memory.topics or values.is_counted(moment):
            yield Message(topic, encoded(values.energies(moment, few=few)), retained=True)

    def _identity(self, meter: Meter, moment: Moment) -> Iterator[Message]:
        snapshot = moment.snapshot
        if snapshot.maker is None:  # what an earlier run said of it stays till it speaks
            return
        about = {
            "unit": meter.config.unit,
            "name": meter.config.name,
            "maker": snapshot.maker,
            "meter_id": snapshot.meter_id,
            "meter_type": snapshot.meter_type,
            "list_version": snapshot.list_version,
            "scaling_factor": moment.measured.factor / 1000,
            "gateway": self._gateway.id,
            "version": self._gateway.version,
        }
        yield from self._kept(self._topic(meter.config.unit, "meter"), encoded(about))

    def _announcement(self, meter: Meter, moment: Moment) -> Iterator[Message]:
        snapshot, unit, factor = moment.snapshot, meter.config.unit, moment.measured.factor
        if not self._options.discovery or not discovery.is_known(snapshot):
            return
        device = discovery.device_id(self._gateway.id, unit, snapshot.meter_id)
        present = discovery.components(factor, few=self._options.few)
        known = [name for name, value in present.items() if value is None or value.micro(moment.measured) is not None]
        names = snapshot.maker, snapshot.meter_id, snapshot.meter_type
        announced = self._memory.announced(unit, device, present, known)
        subject = Subject(device, meter.config.name, *names, factor)
        said = (subject, tuple(announced), self._gateway.page_url())
        # Some kilobytes with every telegram, which hardly ever are others.
        if self._announced.get(unit) != said:
            self._announced[unit] = said
            components: dict[str, Component] = {each: present.get(each, discovery.REMOVED) for each in announced}
            yield from self._kept(self._config(device), self._announcing(unit, subject, components))

    def _announcing(self, unit: int, subject: Subject, components: Mapping[str, Component]) -> str:
        places = Places(
            self._topic(unit, "live"),
            self._topic(unit, "energy"),
            (f"{self._base}/status", self._topic(unit, "status")),
        )
        expire_s = round(BEATS_MISSED * self.beat_s)
        version, page = self._gateway.version, self._gateway.page_url()
        return encoded(discovery.announcement(subject, components, places, expire_s, version=version, page=page))

    def _kept(self, topic: str, payload: str) -> Iterator[Message]:
        """A message that the broker keeps, if it does not have it yet."""
        if self._last.get(topic) != payload:
            self._last[topic] = payload
            yield Message(topic, payload, retained=True)
