"""The real web edge before a made-up gateway, to try the page with: `python -m tests.web.fake_gateway --port 8099`."""

from __future__ import annotations

import argparse
import asyncio

from han2x.web import Access, WebServer, create_app
from tests.web.fake_control import FakeControl, FakeDocument


async def serve(host: str, port: int, meters: int, password: str | None) -> None:
    """Serve until cancelled."""
    control = FakeControl(meters)
    access = Access(FakeDocument(), FakeDocument())
    if password:
        await access.set_first_password(password)
    server = WebServer(lambda: create_app(control, access))
    await server.start(host, port)
    for address, bound in server.addresses:
        print(f"http://{address}:{bound}/", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--meters", type=int, default=1)
    parser.add_argument("--password", help="as if the first visit had been")
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(arguments.host, arguments.port, arguments.meters, arguments.password))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
