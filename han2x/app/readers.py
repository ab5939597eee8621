"""The tasks that read the meters' lines; each can be ended and begun again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NoReturn

from han2x.faults import Fault, because
from han2x.gateway.line_status import LineState, LineStatus
from han2x.gateway.meter import Meter
from han2x.port_name import PortNameError
from han2x.serial_port import SerialLine, Turns
from han2x.serial_port.reasons import PortFault

log = logging.getLogger("han2x")

AGAIN_S: Final = 10.0
"""How long a line rests that could not be read at all."""


class Readers:
    """Reads the lines of meters in tasks of `group`."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._turns = Turns()
        self._tasks: dict[Meter, asyncio.Task[NoReturn]] = {}
        self._lines: dict[Meter, SerialLine] = {}

    @property
    def tasks(self) -> list[asyncio.Task[NoReturn]]:
        """All that should be running."""
        return list(self._tasks.values())

    def begin(self, meter: Meter, simulated: str | None) -> None:
        """Read the meter's line, or that of a simulated meter of this kind."""
        if simulated is not None:
            self._tasks[meter] = self._group.create_task(self._run_simulated(meter, simulated))
        elif meter.config.port:
            self._tasks[meter] = self._group.create_task(self._read(meter, meter.config.port))
        else:
            log.warning("%s: no serial port is configured; set port in [[meters]], or use --port", meter.label)

    def go_on(self, meter: Meter) -> bool:
        """Read the line that the meter has now, without closing the port; False where that has to be begun again.

        A serial server that serves one client would take the next connection for a second one.
        """
        serial = self._lines.get(meter)
        if serial is None or serial.settings != meter.line.settings:
            return False
        meter.line.on_settings = serial.use
        if serial.status.state is LineState.RECEIVING:
            meter.line_changed(replace(serial.status, state=LineState.OPEN))
        meter.line_changed(serial.status)
        return True

    async def end(self, meter: Meter) -> None:
        """Stop reading the meter's line, and wait until its port is closed."""
        self._lines.pop(meter, None)
        meter.line.leave()
        task = self._tasks.pop(meter, None)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def cancel(self) -> None:
        """Stop reading all lines."""
        for meter, task in self._tasks.items():
            meter.line.leave()
            task.cancel()

    async def _read(self, meter: Meter, port: str) -> NoReturn:
        """Read a port until cancelled. One that no line can have, or a fault, is this meter's trouble alone."""
        fault: Fault
        while True:
            try:
                await self._serial_line(meter, port).run()
            except PortNameError as error:
                fault = error.fault
                if meter.line.may_warn("port", meter.clock()):
                    log.error("%s: %s", meter.label, fault)  # noqa: TRY400 - no traceback helps the reader
            except Exception as error:
                fault = PortFault("port-lost-because", port=port, **because(error))
                if meter.line.may_warn("reader", meter.clock()):
                    log.exception("%s: %s", meter.label, fault)
            meter.line_changed(LineStatus(LineState.FAILED, port, fault))
            await asyncio.sleep(AGAIN_S)

    def _serial_line(self, meter: Meter, port: str) -> SerialLine:
        """The port, with the settings that the meter's line asks for; raises PortNameError for what can be no port."""
        serial = SerialLine(
            port,
            meter.line.settings,
            on_octets=meter.steps,
            on_silence=lambda: meter.steps(None),
            on_status=meter.line_changed,
            turns=self._turns,
        )
        meter.line.on_settings = serial.use
        self._lines[meter] = serial
        return serial

    async def _run_simulated(self, meter: Meter, kind: str) -> NoReturn:
        """A simulated meter on a pseudo-terminal, and the line that reads it as it would read a real one."""
        from han2x.simulator import SimulatedLine, SimulatedMeter

        async with SimulatedLine(SimulatedMeter(kind, start=datetime.now(UTC))) as simulated:
            log.info("%s: simulated %s meter on %s", meter.label, kind, simulated.path)
            await self._read(meter, simulated.path)
