"""Schemathesis makes up requests from the OpenAPI document, sound and unsound, and checks each answer against it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.web.gateway import API, Browser, serving

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "unsupported_method,allow_header_conformance"
)
# A stream does not end, and what ends the session would leave nothing to try.
LEFT_OUT: Final = ("/events", "/logout", "/factory-reset")


@pytest.mark.parametrize("who", ["nobody", "program", "person"])
async def test_no_made_up_request_brings_about_a_fault_or_an_answer_that_is_not_described(
    who: str, tmp_path: Path
) -> None:
    async with serving() as gateway:
        owner = gateway.browser()
        await owner.first_visit()
        status, told = await _tried(owner, await _headers(owner, who), tmp_path)
    assert status == 0, told


async def _headers(owner: Browser, who: str) -> dict[str, str]:
    if who == "program":
        token = (await owner.ask("POST", "/tokens", {"name": "schemathesis"})).body["token"]
        return {"Authorization": f"Bearer {token}"}
    return {"Cookie": f"han2x_session={owner.cookie()}", "X-CSRF-Token": owner.csrf or ""} if who == "person" else {}


async def _tried(owner: Browser, headers: dict[str, str], folder: Path) -> tuple[int | None, str]:
    checks = CHECKS + (",ignored_auth" if "Authorization" in headers else "")
    arguments = ["--checks", checks, "--phases", "coverage,fuzzing", "--max-examples", "5", "--seed", "1"]
    arguments += ["--no-color", "--request-timeout", "10", "--generation-database", ":memory:"]
    arguments += [part for path in LEFT_OUT for part in ("--exclude-path", API + path)]
    arguments += [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    program = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{owner.url}{API}/openapi.json", *arguments,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await program.communicate()
    lines = [line[:300] for line in output.decode(errors="replace").splitlines()]
    return program.returncode, "\n".join(lines[-100:])
