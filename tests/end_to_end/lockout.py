"""Makes mistakes in the settings, again and again, as the page does, with restarts between:

    python -m tests.end_to_end.lockout [TIMES] [SEED]

After each change the gateway still runs, the page answers in a place that `han2x status` names, and so does Modbus.
Where the owner has confirmed that Modbus is for other networks alone, the owner takes that back and looks again, so
that no later change is looked at without Modbus.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

from tests.end_to_end.gateway import Gateway
from tests.end_to_end.mistakes import Change, Surroundings, changes
from tests.end_to_end.owner import SOON_S, LockedOutError, Owner
from tests.ports import free_port

CONFIRM_WITHIN_S: Final = 10
LIVES: Final = 40
"""Changes between two restarts."""


def why_no_modbus(places: list[str]) -> list[str] | None:
    """Why none of these places answers a read of 40043, the version; None when one does."""
    why = []
    for place in places:
        host, _, port = place.rpartition(":")
        host = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))
        try:
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                connection.sendall(bytes.fromhex("0001 0000 0006 01 03 002a 0001"))
                if connection.recv(64):
                    return None
                why.append(f"{place}: closed")
        except OSError as error:
            why.append(f"{place}: {error}")
    return why


class Trials:
    """A gateway, its owner's mistakes, and what is seen after each."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._state = folder / "state"
        self._around = _surroundings(folder)
        self._chance = random.Random(seed)
        self._owner = Owner(self._state)
        self._gateway: Gateway | None = None
        self.hits: Counter[str] = Counter()

    def run(self, times: int) -> None:
        """Make so many changes."""
        try:
            self._start()
            for number in range(times):
                wanted = changes(self._around, self._chance, self._meters())
                try:
                    self._change(wanted)
                    self._look()
                except (LockedOutError, AssertionError) as error:
                    raise LockedOutError(
                        f"change {number}, {wanted}: {error}\n{''.join(self._running.said[-40:])}"
                    ) from error
                if number % LIVES == LIVES - 1:
                    self._restart(self._chance.choice([signal.SIGTERM, signal.SIGKILL]))
        finally:
            if self._gateway is not None:
                self._gateway.kill()

    @property
    def _running(self) -> Gateway:
        assert self._gateway is not None
        return self._gateway

    def _start(self) -> None:
        self._gateway = Gateway(self._state, modbus=None, web=None, announced=False)
        self._look()

    def _restart(self, sign: signal.Signals) -> None:
        self.hits[sign.name] += 1
        self._running.process.send_signal(sign)
        self._running.process.wait(timeout=20)
        self._running.kill()
        self._start()

    def _meters(self) -> int:
        return len(self._owner.status()["meters"])

    def _change(self, wanted: list[Change]) -> None:
        body = {"changes": [{"path": path, "value": value} for path, value in wanted]}
        status, said = self._save({**body, "confirm_within_s": CONFIRM_WITHIN_S})
        self.hits[f"{status}"] += 1
        if status not in (200, 422) and not (status == 400 and "error" in said):
            raise LockedOutError(f"PATCH: {status} {said}")
        trial = said.get("pending") if status == 200 else None
        if trial:
            self._end(trial)

    def _save(self, body: dict[str, Any]) -> tuple[int, Any]:
        """Save a change; one whose answer was cut off, by a page that just moved, may be on trial all the same."""
        for _ in range(3):
            status, said = self._owner.ask(self._owner.find_page(), "PATCH", "/settings", body)
            if status:
                break
            settings = self._owner.settings()
            if settings.get("pending"):
                self.hits["on trial without an answer"] += 1
                return 200, settings
            self.hits["saved once more"] += 1
        return status, said

    def _end(self, trial: dict[str, Any]) -> None:
        ending = self._chance.choice(["confirm", "confirm", "confirm", "rollback", "expire", "kill"])
        self.hits[f"trial: {ending}"] += 1
        if ending == "kill":
            self._restart(signal.SIGKILL)
        elif ending == "expire":
            self._wait_until_over()
        else:
            self._answer(trial, ending)

    def _answer(self, trial: dict[str, Any], ending: str) -> None:
        end = time.monotonic() + CONFIRM_WITHIN_S
        said: list[object] = []
        while time.monotonic() < end:
            for place in {*trial["places"], *self._owner.places()}:
                status, answer = self._owner.ask(place, "POST", f"/settings/{ending}", {"token": trial["token"]})
                if status == 204:
                    return
                said.append((place, status, answer))
            time.sleep(0.2)
        self.hits[f"{ending} impossible"] += 1
        self._wait_until_over()

    def _wait_until_over(self) -> None:
        end = time.monotonic() + CONFIRM_WITHIN_S + SOON_S
        while time.monotonic() < end:
            if not self._owner.settings().get("pending"):
                return
            time.sleep(0.3)
        raise LockedOutError("the trial does not end")

    def _look(self) -> None:
        self._owner.find_page()
        self._find_modbus()
        if self._running.process.poll() is not None:
            raise LockedOutError(f"the gateway has ended: {self._running.process.returncode}")
        self.hits["looks"] += 1

    def _find_modbus(self) -> None:
        """See Modbus answer; where a confirmed change leaves this computer out, the owner lets it in again first."""
        end, let_in = time.monotonic() + SOON_S, False
        while True:
            listeners = self._owner.status()["listeners"]
            places = [place for each in listeners if each["what"] == "modbus" for place in each["places"]]
            why = why_no_modbus(places)
            if why is None:
                self.hits["looks that saw Modbus answer"] += 1
                return
            if time.monotonic() > end:
                raise LockedOutError(f"no Modbus: {why}; {listeners}")
            if not let_in and self._foreigners_only(places):
                self.hits["Modbus for other networks alone"] += 1
                self._let_everybody_in()
                end, let_in = time.monotonic() + SOON_S, True
            time.sleep(0.2)

    def _let_everybody_in(self) -> None:
        """Take `modbus.allow` out of the settings, as the owner does who sees that no client is served any more."""
        body = {"changes": [{"path": ["modbus", "allow"], "value": None}], "confirm_within_s": CONFIRM_WITHIN_S}
        status, said = self._save(body)
        if status != 200:
            raise LockedOutError(f"PATCH of modbus.allow: {status} {said}")
        trial = said.get("pending")
        if trial:
            self._answer(trial, "confirm")

    def _foreigners_only(self, places: list[str]) -> bool:
        """Whether the owner has confirmed that Modbus is for networks to which this computer does not belong."""
        allow = self._owner.settings()["values"]["modbus"]["allow"]
        own = {ip_address("::1" if "[" in place else "127.0.0.1") for place in places}
        return not any(address in ip_network(network) for network in allow for address in own)


def _surroundings(folder: Path) -> Surroundings:
    """Ports, and files of all kinds; the settings are at three of the ports."""
    state, files = folder / "state", folder / "files"
    state.mkdir()
    files.mkdir()
    (files / "file").write_text("nothing\n")
    (files / "empty").touch()
    (files / "folder").mkdir()
    (files / "dangling").symlink_to(files / "nowhere")
    (files / "state").symlink_to(state / "credentials.json")
    os.mkfifo(files / "fifo")
    own = [free_port() for _ in range(3)]
    (state / "settings.toml").write_text(
        f'[modbus]\nlisten = "127.0.0.1:{own[0]}"\n'
        f'[web]\nlisten = "127.0.0.1:{own[1]}"\nhttps_listen = "127.0.0.1:{own[2]}"\n'
    )
    taken = socket.create_server(("0.0.0.0", 0))
    _kept_open.append(taken)
    return Surroundings(own, [free_port() for _ in range(3)], taken.getsockname()[1], files)


_kept_open: Final[list[socket.socket]] = []


def lock_out(times: int, seed: int) -> Counter[str]:
    """Make so many changes; fails when the owner is locked out."""
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), seed)
        trials.run(times)
        return trials.hits


def main() -> None:
    """The command line."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    begun = time.monotonic()
    print(f"seed {seed}", flush=True)
    hits = lock_out(times, seed)
    print(dict(hits))
    print(
        f"Never locked out: {hits['looks']} looks found the page, "
        f"{hits['looks that saw Modbus answer']} of them Modbus too; {time.monotonic() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
