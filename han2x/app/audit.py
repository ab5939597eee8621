"""The record of changes: who changed what, from what, to what."""

from __future__ import annotations

import logging

from han2x.audit import acting

log = logging.getLogger("han2x.audit")


class AuditTrail:
    """Records changes made by whoever `han2x.audit.acting` names."""

    def record(self, action: str, what: str = "", *, before: object = None, after: object = None) -> None:
        """Record one change. No key, password or hash may be in it: "set" and "not set" say enough of a secret.

        `action` is a code such as "setting", "factor", "password-set"; `what` a setting's dotted path, or a name.
        """
        actor = acting.get()
        log.info(
            "%s %s: %r to %r, by %s %s %s", action, what, before, after, actor.kind.value, actor.name, actor.address
        )
