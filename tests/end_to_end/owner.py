"""The owner of a gateway that mistakes are made with: finds the page wherever it is now, logs in, and asks it."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from han2x.app.status import ask_status, status_path
from tests.end_to_end.gateway import START_S

PASSWORD: Final = "correct horse battery"
SOON_S: Final = 20.0


class LockedOutError(AssertionError):
    """The owner has lost the gateway."""


class Owner:
    """Someone with the password, who knows where the page was, and can ask `han2x status`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cookie = self._csrf = ""
        self._open = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),  # noqa: S323 - self-made
            _NoRedirect(),
        )

    def places(self) -> list[str]:
        """Where the page is, as `han2x status` says."""
        web: list[str] = self.status()["web"]
        return web

    def status(self) -> dict[str, Any]:
        """What `han2x status` is told, as soon as the gateway is there to be asked."""
        end = time.monotonic() + START_S
        while True:
            try:
                document: dict[str, Any] = json.loads(ask_status(status_path(self._folder)))
            except (OSError, ValueError) as error:
                if time.monotonic() > end:
                    raise LockedOutError(f"han2x status: {error}") from error
                time.sleep(0.1)
            else:
                return document

    def find_page(self) -> str:
        """A place where the page answers; logs in there if that is needed."""
        end = time.monotonic() + SOON_S
        why: list[str] = []
        while time.monotonic() < end:
            for place in self.places():
                status, session = self.ask(place, "GET", "/session")
                refused = self._log_in(place, session) if status == 200 else f"{status} {session}"
                if not refused:
                    return place
                why.append(f"{place}: {refused}")
            time.sleep(0.1)
        raise LockedOutError(f"no page: {why[-6:]}")

    def settings(self) -> dict[str, Any]:
        """What the page says of the settings; asked again where it has just moved."""
        end = time.monotonic() + SOON_S
        while True:
            status, document = self.ask(self.find_page(), "GET", "/settings")
            if status == 200:
                settings: dict[str, Any] = document
                return settings
            if time.monotonic() > end:
                raise LockedOutError(f"GET /settings: {status} {document}")

    def ask(self, place: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of an answer; 0 and the reason where there is none."""
        headers = {"Cookie": self._cookie, "X-CSRF-Token": self._csrf}
        data = None if method == "GET" else b""
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own
            f"{_reachable(place)}api/v1{path}", data, headers, method=method
        )
        try:
            with self._open.open(request, timeout=10) as answer:
                self._remember(answer.headers.get("Set-Cookie"))
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())
        except OSError as error:
            return 0, str(error)

    def _log_in(self, place: str, session: dict[str, Any]) -> str:
        """Why no login stands now, as where the page went elsewhere in the middle of it; "" when one does."""
        if not (session["password_set"] and session.get("csrf")):
            path = "/login" if session["password_set"] else "/setup"
            status, said = self.ask(place, "POST", path, {"password": PASSWORD})
            if status != 204:
                return f"{path}: {status} {said}"
            status, session = self.ask(place, "GET", "/session")
            if status != 200 or not session.get("csrf"):
                return f"after the login: {status} {session}"
        self._csrf = session["csrf"]
        return ""

    def _remember(self, cookie: str | None) -> None:
        if cookie:
            self._cookie = cookie.partition(";")[0]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(raw or b"null")
    except ValueError:
        return raw[:200]


def _reachable(place: str) -> str:
    """The same place from this computer, where it is on all addresses."""
    for everywhere, here in (("//0.0.0.0:", "//127.0.0.1:"), ("//[::]:", "//[::1]:"), ("//:", "//127.0.0.1:")):
        place = place.replace(everywhere, here)
    return place
