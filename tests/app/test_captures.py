"""A recording that somebody at the page makes of a running gateway's line."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from han2x.app.captures import Captures
from han2x.app.gateway_name import gateway_name
from han2x.cli import main
from han2x.gateway.capture import read_chunks
from han2x.gateway.recording import MOST_OCTETS
from han2x.settings import DeviceSettings
from han2x.web.answers import file_name
from tests.app.running import running_daemon
from tests.app.test_meters import NewWire, meters
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


async def test_a_recording_begun_at_the_page_is_what_replay_reads(
    tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        assert (await browser.ask("GET", "/capture")).body["state"] == "none"
        assert (await browser.ask("GET", "/capture/file")).code == "not-found"
        begun = await browser.ask("POST", "/capture", {"unit": 1, "minutes": 5})
        assert (begun.status, begun.body["state"], begun.body["within_s"]) == (201, "running", 300.0)
        await running.hear(wire, kamstrup_list_1(power_import=500))
        again = await browser.ask("POST", "/capture", {"unit": 1})
        assert (again.status, again.code) == (409, "capture-running")
        stopped = (await browser.ask("POST", "/capture/stop")).body
        assert (stopped["state"], stopped["ending"]) == ("ended", "stopped")
        assert stopped["octets"] == len(kamstrup_list_1(power_import=500))
        await running.hear(wire, kamstrup_list_1(power_import=900))

        file = await browser.ask("GET", "/capture/file")
        name = file_name(gateway_name(DeviceSettings()), "meter-1", "capture")
        assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert len(file.body) == stopped["size"] <= MOST_OCTETS
        capture = tmp_path / "line.capture"
        capture.write_bytes(file.body)
        assert await asyncio.to_thread(main, ["replay", str(capture)]) == 0
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [event["values"]["1.7.0"]["value"] for event in events if event["event"] == "reading"] == [500]

        recorded = (await browser.ask("GET", "/audit")).body["entries"]
        assert [(each["action"], each["what"], each["after"]) for each in recorded[:2]] == [
            ("capture-downloaded", "unit 1", None), ("capture", "unit 1", "5 min"),
        ]  # fmt: skip
        assert (await browser.ask("DELETE", "/capture")).status == 204
        assert (await browser.ask("GET", "/capture")).body["state"] == "none"


async def test_of_a_recording_that_goes_on_there_is_what_came_so_far(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        await browser.ask("POST", "/capture", {"unit": 1})
        await running.hear(wire, kamstrup_list_1(power_import=500))
        file = (await browser.ask("GET", "/capture/file")).body.decode()
        assert b"".join(chunk.octets for chunk in read_chunks(io.StringIO(file))) == kamstrup_list_1(power_import=500)
        assert (await browser.ask("GET", "/capture")).body["state"] == "running"


async def test_only_a_meter_that_is_there_is_recorded_and_within_bounds(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        assert (await browser.ask("POST", "/capture", {"unit": 9})).status == 404
        for minutes in (0, 61):
            assert (await browser.ask("POST", "/capture", {"unit": 1, "minutes": minutes})).status == 422
        assert (await browser.ask("POST", "/capture/stop")).status == 404


async def test_a_token_that_may_only_read_begins_no_recording(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        browser = await running.browser()
        made = await browser.ask("POST", "/tokens", {"name": "reader", "scope": "write"})
        token = {"Authorization": f"Bearer {made.body['token']}"}
        assert (await browser.ask("POST", "/capture", {"unit": 1}, headers=token)).code == "scope"


async def test_a_recording_ends_with_its_meter(tmp_path: Path, wire: Wire, new_wire: NewWire) -> None:
    async with running_daemon(tmp_path, meters((1, wire), (2, new_wire()))) as running:
        captures = Captures(running.daemon)
        meter = running.meter(2)
        captures.begin(meter, 5)
        await running.reload(meters((1, wire)))
        await until(lambda: captures.state().state == "ended")
        assert captures.state().ending == "gone"
        assert meter.tap is None
