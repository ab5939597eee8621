"""Schemathesis makes up requests from the OpenAPI document, sound and unsound, and checks each answer against it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.test_gateway import until
from tests.end_to_end.test_page_changes import Person
from tests.web.gateway import API, Browser, serving

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(300)]

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "unsupported_method,allow_header_conformance"
)
# A stream does not end, what ends the session would leave nothing to try, and a packed file is nothing it can make up.
LEFT_OUT: Final = (
    "get_events",
    "post_logout",
    "post_factory_reset",
    "post_history_restore",
    "post_sessions_end_others",
)
# A real gateway would do to this computer what it is asked, or be gone for a while.
REALLY_LEFT_OUT: Final = (*LEFT_OUT, "post_network", "post_hostname", "post_restart")


@pytest.mark.parametrize("who", ["nobody", "program", "person"])
async def test_no_made_up_request_brings_about_a_fault_or_an_answer_that_is_not_described(
    who: str, tmp_path: Path
) -> None:
    async with serving() as gateway:
        owner = gateway.browser()
        await owner.first_visit()
        status, told = await _tried(owner.url, await _headers(owner, who), LEFT_OUT, tmp_path)
    assert status == 0, told


async def test_nor_does_it_at_a_running_gateway(tmp_path: Path) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        person = Person(gateway)
        person.first_visit()
        token = person.ask("POST", "/tokens", {"name": "schemathesis"})["token"]
        await until(lambda: gateway.live()["meters"][0]["readings"])
        url, headers = gateway.web_url.rstrip("/"), {"Authorization": f"Bearer {token}"}
        status, told = await _tried(url, headers, REALLY_LEFT_OUT, tmp_path)
        assert status == 0, told
        assert "a request could not be answered" not in "".join(gateway.said)


async def _headers(owner: Browser, who: str) -> dict[str, str]:
    if who == "program":
        token = (await owner.ask("POST", "/tokens", {"name": "schemathesis"})).body["token"]
        return {"Authorization": f"Bearer {token}"}
    return {"Cookie": f"han2x_session={owner.cookie()}", "X-CSRF-Token": owner.csrf or ""} if who == "person" else {}


async def _tried(url: str, headers: dict[str, str], left_out: tuple[str, ...], folder: Path) -> tuple[int | None, str]:
    checks = CHECKS + (",ignored_auth" if "Authorization" in headers else "")
    arguments = ["--checks", checks, "--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "1"]
    arguments += ["--no-color", "--request-timeout", "10", "--generation-database", ":memory:"]
    arguments += [part for name in left_out for part in ("--exclude-operation-id", name)]
    arguments += [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    program = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}{API}/openapi.json", *arguments,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await program.communicate()
    lines = [line[:300] for line in output.decode(errors="replace").splitlines()]
    return program.returncode, "\n".join(lines[-100:])
