"""What an earlier run of the program left on trial."""

from __future__ import annotations

import logging

from han2x.app.reach import NOTE, Ending, Outcome
from han2x.store import Store

log = logging.getLogger("han2x")


def left_on_trial(store: Store) -> Outcome | None:
    """Say that what was on trial when the program ended is not in force, and forget it. Waits for the disk."""
    left = store.load(NOTE)
    if left is None:
        return None
    paths = tuple(str(path) for path in left.get("settings", ()))
    log.warning("the change of %s was not confirmed before this start: it is as before", ", ".join(paths))
    store.forget(NOTE)
    return Outcome("", Ending.INTERRUPTED, paths)
