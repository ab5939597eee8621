"""A command that runs until it is stopped, in this process, and somebody who uses it meanwhile."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable

import pytest

from han2x.cli import main


class Visitor:
    """Waits until the command has said what matches `pattern`, calls `visit` with the first group, and stops it.

    Without a `sign` to stop it with, the command is to end by what `visit` does.
    """

    def __init__(
        self,
        capsys: pytest.CaptureFixture[str],
        pattern: str,
        visit: Callable[[str], None],
        sign: signal.Signals | None = signal.SIGINT,
    ) -> None:
        self._capsys = capsys
        self._pattern = re.compile(pattern)
        self._visit = visit
        self._sign = sign
        self._ended = threading.Event()
        self._fault: BaseException | None = None
        self.said = ""

    def run(self, *arguments: str) -> int:
        """Run the command; its exit status, once it was visited."""
        thread = threading.Thread(target=self._use)
        # As a program of its own has it, whatever other tests in this process have done to it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        thread.start()
        try:
            status = main(arguments)
        finally:
            self._ended.set()
            thread.join()
            signal.signal(signal.SIGINT, before)
        if self._fault:
            raise self._fault
        return status

    def _use(self) -> None:
        while not (found := self._pattern.search(self.said)) and not self._ended.is_set():
            time.sleep(0.02)
            self.said += self._capsys.readouterr().out
        if not found:
            self._fault = AssertionError(f"it ended, and only said {self.said!r}")
            return
        try:
            self._visit(found[1])
        except BaseException as fault:  # noqa: BLE001 - raised in the test's own thread
            self._fault = fault
        if self._sign:
            os.kill(os.getpid(), self._sign)
