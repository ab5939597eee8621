"""Changes of where, or by whom, the gateway is reached: on trial until somebody confirms them, and else taken back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector

from han2x.app.page_places import proving
from han2x.app.reach import Ending, NoSuchTrialError, Reach, changed
from han2x.settings import ModbusSettings, Settings, WebSettings
from tests.app.running import Running, in_file, running_daemon, settings
from tests.app.test_page import healthy, trust, web
from tests.end_to_end.waiting import until
from tests.ports import free_port
from tests.web.gateway import Answer, Browser

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60), pytest.mark.usefixtures("at_once")]


async def try_out(browser: Browser, within_s: int, *changes: tuple[Sequence[str | int], object]) -> Answer:
    """Change settings on the page, to be confirmed within so many seconds."""
    body = {"changes": [{"path": list(path), "value": value} for path, value in changes]}
    return await browser.ask("PATCH", "/settings", body | {"confirm_within_s": within_s})


async def at(url: str, running: Running, path: str, body: Mapping[str, object]) -> Answer:
    """Ask as somebody who is not logged in, at another place."""
    async with ClientSession(
        connector=TCPConnector(ssl=trust(running) if url.startswith("https") else True)
    ) as session:
        return await Browser(url.rstrip("/"), session).ask("POST", path, body)


async def trial_of(browser: Browser) -> Any:  # noqa: ANN401 - JSON
    """What is on trial."""
    return (await browser.ask("GET", "/settings")).body["pending"]


async def test_a_new_port_of_the_page_is_kept_when_a_browser_confirms_it_there(
    tmp_path: Path, ports: list[int]
) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, "# mine\n" + web(first), web=None) as running:
        browser = await running.browser()
        answer = await try_out(
            browser, 60, (["web", "listen"], f"127.0.0.1:{second}"), (["meters", 0, "scaling_factor"], 3000)
        )
        new, pending = answer.body["moved_to"], answer.body["pending"]
        assert new == f"http://127.0.0.1:{second}/"
        assert pending["settings"] == ["web.listen"]
        assert pending["places"] == [new]
        assert answer.body["values"]["web"]["listen"] == f"127.0.0.1:{first}", "the file has it only when it is kept"
        assert in_file(running).web.listen == f"127.0.0.1:{first}"
        assert in_file(running).meters[0].scaling_factor == 3000
        assert await running.value(40049) == 3000
        for port in (first, second):
            assert await healthy(f"http://127.0.0.1:{port}")

        token = {"token": pending["token"]}
        wrong = await at(f"http://127.0.0.1:{first}", running, "/settings/confirm", token)
        assert (wrong.status, wrong.code) == (409, "not-at-new-place")
        guessed = await at(new, running, "/settings/confirm", {"token": "x" * 32})
        assert (guessed.status, guessed.code) == (409, "no-such-trial")
        assert (await at(new, running, "/settings/confirm", token)).status == 204
        assert in_file(running).web.listen == f"127.0.0.1:{second}"
        assert running.file.read_text().startswith("# mine\n")
        await until(lambda: running.daemon.people.urls == [new])
        assert not await healthy(f"http://127.0.0.1:{first}")
        form = (await (await running.browser()).ask("GET", "/settings")).body
        assert form["pending"] is None
        assert form["last"]["ending"] == "confirmed"


async def test_what_nobody_confirms_in_time_is_taken_back(tmp_path: Path, ports: list[int]) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        browser = await running.browser()
        before = running.file.read_text()
        token = (await try_out(browser, 2, (["web", "listen"], f"127.0.0.1:{second}"))).body["pending"]["token"]
        program = (await browser.ask("POST", "/tokens", {"name": "looks", "read_only": True})).body["token"]
        seen = await browser.ask("GET", "/settings", headers={"Authorization": f"Bearer {program}"})
        assert (seen.body["pending"]["settings"], seen.body["pending"]["token"]) == (["web.listen"], "")
        live = (await browser.ask("GET", "/live")).body
        assert 0 < live["trial"]["remaining_s"] <= 2
        assert "token" not in live["trial"], "whoever may look may not decide"
        await until(lambda: running.daemon.people.urls == [f"http://127.0.0.1:{first}/"])
        assert (await browser.ask("GET", "/settings")).body["last"]["ending"] == "expired"
        assert not await healthy(f"http://127.0.0.1:{second}")
        assert running.file.read_text() == before
        late = await at(f"http://127.0.0.1:{first}", running, "/settings/confirm", {"token": token})
        assert late.code == "no-such-trial"
        assert any("nobody confirmed it in time" in message for message in running.said())


async def test_it_is_taken_back_when_asked_and_meanwhile_no_other_begins(tmp_path: Path, ports: list[int]) -> None:
    first, second, third = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        browser = await running.browser()
        token = (await try_out(browser, 60, (["web", "listen"], f"127.0.0.1:{second}"))).body["pending"]["token"]
        other = await try_out(browser, 60, (["web", "listen"], f"127.0.0.1:{third}"))
        assert (other.status, other.code) == (409, "trial-pending")
        named = await try_out(browser, 60, (["meters", 0, "name"], "House"))
        assert named.status == 200
        assert await healthy(f"http://127.0.0.1:{second}"), "another change leaves what is on trial in force"
        assert (await trial_of(browser))["token"] == token
        assert await running.write_factor(5000)
        assert in_file(running).meters[0].scaling_factor == 5000

        assert (await at(running.url, running, "/settings/rollback", {"token": token})).status == 204
        await until(lambda: running.daemon.people.urls == [f"http://127.0.0.1:{first}/"])
        assert in_file(running).meters[0].name == "House"
        assert in_file(running).meters[0].scaling_factor == 5000
        assert await trial_of(await running.browser()) is None


async def test_a_place_that_cannot_be_had_is_refused_at_its_field_and_changes_nothing(
    tmp_path: Path, ports: list[int]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running_daemon(tmp_path, web(ports[0]), web=None, https=None) as running:
            browser = await running.browser()
            before = running.file.read_text()
            for field, value, said in (
                ("web.listen", f"127.0.0.1:{port}", "has this port"),
                ("web.listen", "203.0.113.1:8080", "assign"),
                ("web.listen", f"127.0.0.1:{running.port}", "has this port"),
                ("web.https_listen", f"127.0.0.1:{port}", "has this port"),
                ("web.enabled", False, "settings file only"),
                ("modbus.tls_listen", f"127.0.0.1:{ports[1]}", "tls_listen needs"),
            ):
                answer = await try_out(browser, 60, (field.split("."), value))
                assert answer.status == 422, field
                assert said in answer.fields[field]
            assert running.file.read_text() == before
            assert await healthy(f"http://127.0.0.1:{ports[0]}")
            assert await trial_of(browser) is None


@pytest.mark.parametrize("tried", ["listen", "https_only"])
async def test_a_change_that_follows_at_once_on_one_taken_back_has_the_places_of_the_file_beside_it(
    tmp_path: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch, tried: str
) -> None:
    """The page moves back soon and not at once, so that an answer still arrives."""
    first, second, third = ports
    monkeypatch.setattr("han2x.app.page.MOVE_AFTER_S", 3600.0)
    https = free_port()
    text = settings(web={"listen": f"127.0.0.1:{first}", "https_listen": f"127.0.0.1:{https}"})
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        page = running.daemon.page
        assert page is not None
        browser = await running.browser()
        value = True if tried == "https_only" else f"127.0.0.1:{second}"
        token = (await try_out(browser, 60, (["web", tried], value))).body["pending"]["token"]
        await page._arrange()
        assert (await browser.ask("POST", "/settings/rollback", {"token": token})).status == 204

        answer = await try_out(browser, 60, (["web", "listen"], f"127.0.0.1:{third}"))
        assert answer.status == 200, "nothing cuts it off"
        await page._arrange()
        for port in (first, third):
            assert await healthy(f"http://127.0.0.1:{port}")
        assert not await healthy(f"http://127.0.0.1:{second}")
        token = answer.body["pending"]["token"]
        assert (await at(f"http://127.0.0.1:{third}", running, "/settings/confirm", {"token": token})).status == 204
        await page._arrange()
        assert not await healthy(f"http://127.0.0.1:{first}")
        assert await healthy(f"http://127.0.0.1:{third}")


async def test_modbus_moves_back_when_nobody_confirms_and_stays_when_somebody_does(
    tmp_path: Path, ports: list[int]
) -> None:
    first, second, _ = ports
    text = settings(modbus={"listen": f"127.0.0.1:{first}"})
    async with running_daemon(tmp_path, text, modbus=None) as running:
        browser = await running.browser()
        new = (["modbus", "listen"], f"127.0.0.1:{second}")
        answer = await try_out(browser, 1, new)
        assert "moved_to" not in answer.body
        assert running.port == second
        assert await running.read(40049, port=second) == [0, 1000]
        assert await running.read(40049, port=first) == [0, 1000], "clients that know only the old port go on"
        await until(lambda: running.port == first)
        await running.becomes(40049, 1000)
        assert in_file(running).modbus.listen == f"127.0.0.1:{first}"

        token = (await try_out(browser, 60, new)).body["pending"]["token"]
        assert (await browser.ask("POST", "/settings/confirm", {"token": token})).status == 204
        assert running.port == second
        assert in_file(running).modbus.listen == f"127.0.0.1:{second}"
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", first)


async def test_a_network_that_leaves_modbus_clients_out_is_on_trial_too(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        browser = await running.browser()
        assert await running.value(40049) == 1000
        answer = await try_out(browser, 1, (["modbus", "allow"], ["10.9.8.0/24"]))
        assert answer.body["pending"]["settings"] == ["modbus.allow"]
        assert await running.value(40049) is None
        await until(lambda: running.daemon.reach.trial is None)
        await running.becomes(40049, 1000)


async def test_all_addresses_and_one_of_them_change_places_on_one_port(tmp_path: Path, ports: list[int]) -> None:
    port = ports[0]
    async with running_daemon(tmp_path, settings(web={"listen": f"*:{port}"}), web=None) as running:
        there, elsewhere = f"http://127.0.0.1:{port}", f"http://127.0.0.9:{port}"
        browser = await running.browser()
        browser.url = there
        await browser.log_in()
        for wanted, left in ((f"127.0.0.1:{port}", False), (f"*:{port}", True)):
            answer = await try_out(browser, 60, (["web", "listen"], wanted))
            assert answer.status == 200, answer.body
            assert await healthy(there)
            assert await healthy(elsewhere), "what was there before goes on during the trial, or is there already"
            token = {"token": answer.body["pending"]["token"]}
            if not left:
                wrong = await at(elsewhere, running, "/settings/confirm", token)
                assert wrong.code == "not-at-new-place"
            assert (await at(there, running, "/settings/confirm", token)).status == 204
            async with asyncio.timeout(30):
                while await healthy(elsewhere) is not left:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)
            assert await healthy(there)


async def test_https_on_the_page_s_own_port_is_confirmed_encrypted(tmp_path: Path, ports: list[int]) -> None:
    async with running_daemon(tmp_path, web(ports[0]), web=None) as running:
        browser = await running.browser()
        answer = await try_out(browser, 60, (["web", "https"], True))
        assert answer.body["moved_to"] == f"https://127.0.0.1:{ports[0]}/"
        plain_url = f"http://127.0.0.1:{ports[0]}"
        assert await healthy(plain_url)
        assert await healthy(f"https://127.0.0.1:{ports[0]}", trust(running))
        token = {"token": answer.body["pending"]["token"]}
        assert (await at(plain_url, running, "/settings/confirm", token)).code == "not-at-new-place"
        assert (await at(answer.body["moved_to"], running, "/settings/confirm", token)).status == 204
        assert in_file(running).web.https


async def test_only_encrypted_is_confirmed_at_the_encrypted_place(tmp_path: Path, ports: list[int]) -> None:
    text = web(ports[0], https_listen=f"127.0.0.1:{ports[1]}")
    async with running_daemon(tmp_path, text, web=None, https=None) as running:
        browser = await running.browser()
        events = await browser.session.get(f"{browser.url}/api/v1/events")
        answer = await try_out(browser, 60, (["web", "https_only"], True))
        for _ in range(4):
            assert await events.content.readline(), "who is there already goes on"
        events.close()
        assert answer.body["moved_to"] == f"https://127.0.0.1:{ports[1]}/"
        assert await healthy(f"http://127.0.0.1:{ports[0]}"), "until then it is reached as before"
        token = {"token": answer.body["pending"]["token"]}
        assert (await at(answer.body["moved_to"], running, "/settings/confirm", token)).status == 204

        async def redirected() -> bool:
            async with (
                ClientSession() as session,
                session.get(f"http://127.0.0.1:{ports[0]}/", allow_redirects=False) as seen,
            ):
                assert "Strict-Transport-Security" not in seen.headers
                return seen.status == 307

        async with asyncio.timeout(30):
            while not await redirected():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
        async with browser.session.get(f"https://127.0.0.1:{ports[1]}/", ssl=trust(running)) as seen:
            assert "Strict-Transport-Security" not in seen.headers, "never with a self-made certificate"


async def test_a_restored_backup_is_written_but_for_where_the_page_is(tmp_path: Path, ports: list[int]) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        browser = await running.browser()
        toml = f'# kept elsewhere\n[web]\nlisten = "127.0.0.1:{second}"\n\n[[meters]]\nscaling_factor = 2000\n'
        answer = await browser.ask("POST", "/restore", {"toml": toml})
        assert answer.body["pending"]["settings"] == ["web.listen"]
        assert in_file(running).web.listen == f"127.0.0.1:{first}"
        assert in_file(running).meters[0].scaling_factor == 2000
        token = {"token": answer.body["pending"]["token"]}
        assert (await at(answer.body["moved_to"], running, "/settings/confirm", token)).status == 204
        assert running.file.read_text() == toml


async def test_the_end_of_the_program_during_a_trial_leaves_what_was_before(tmp_path: Path, ports: list[int]) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        await try_out(await running.browser(), 60, (["web", "listen"], f"127.0.0.1:{second}"))
    async with running_daemon(tmp_path, web=None) as running:
        assert running.daemon.people.urls == [f"http://127.0.0.1:{first}/"]
        assert any("web.listen was not confirmed before this start" in message for message in running.said())
        form = (await (await running.browser()).ask("GET", "/settings")).body
        assert (form["last"]["ending"], form["last"]["settings"]) == ("interrupted", ["web.listen"])
    async with running_daemon(tmp_path, web=None) as running:
        assert not any("not confirmed before" in message for message in running.said())


async def test_settings_that_are_read_again_end_the_trial(tmp_path: Path, ports: list[int]) -> None:
    first, second, third = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        await try_out(await running.browser(), 60, (["web", "listen"], f"127.0.0.1:{second}"))
        await running.reload(web(third))
        await until(lambda: running.daemon.people.urls == [f"http://127.0.0.1:{third}/"])
        assert running.daemon.reach.trial is None


async def test_a_rest_that_cannot_be_written_takes_all_back(tmp_path: Path, ports: list[int]) -> None:
    first, second, _ = ports
    async with running_daemon(tmp_path, web(first), web=None) as running:
        browser = await running.browser()
        (running.file.parent / f".{running.file.name}.new").mkdir()
        answer = await try_out(
            browser, 60, (["web", "listen"], f"127.0.0.1:{second}"), (["meters", 0, "scaling_factor"], 3000)
        )
        assert answer.status == 422
        assert "cannot be written" in answer.fields[""]
        await until(lambda: running.daemon.people.urls == [f"http://127.0.0.1:{first}/"])
        assert await running.value(40049) == 1000
        assert running.daemon.reach.trial is None


def test_time_runs_on_the_given_clock_and_an_ended_trial_is_nobody_s() -> None:
    now = [100.0]
    reach = Reach(lambda: now[0])
    reach.begin("token", {("web", "listen"): "*:8080"}, Settings(web=WebSettings(listen="*:8080")), (), 120)
    now[0] += 50
    assert reach.remaining_s() == 70
    assert reach.mine("token").within_s == 120
    assert reach.over(Settings(modbus=ModbusSettings(listen="*:1502"))) == Settings(
        modbus=ModbusSettings(listen="*:1502"), web=WebSettings(listen="*:8080")
    )
    for wrong in ("", "tokem", "token\ud800"):
        with pytest.raises(NoSuchTrialError):
            reach.mine(wrong)
    reach.end(Ending.ROLLED_BACK)
    assert reach.remaining_s() == 0
    with pytest.raises(NoSuchTrialError):
        reach.mine("token")


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ({}, {"listen": "*:8080"}, ["http://:8080/"]),
        ({}, {"https_listen": "[::1]:8443"}, ["https://[::1]:8443/"]),
        ({}, {"https_only": True}, ["https://:443/"]),
        ({}, {"https": True}, ["https://:80/"]),
        ({}, {"https_listen": ""}, ["http://:80/"]),
        ({}, {"certificate": Path("/a"), "key": Path("/b")}, ["https://:443/"]),
        ({}, {"host_names": ("meter",)}, []),
        ({"https_listen": ""}, {"https_only": True, "https_listen": ""}, []),
    ],
)
def test_a_change_is_proven_at_what_is_new_else_at_what_stays(
    before: dict[str, Any], after: dict[str, Any], places: list[str]
) -> None:
    old, new = WebSettings(**before), WebSettings(**after)
    assert [place.url() for place in proving(old, new)] == places
    assert changed(Settings(web=old), Settings(web=new)) != ()
