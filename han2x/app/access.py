"""Who may use the page, as the state directory has it; and how `han2x status` tells it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.app.audit import AuditTrail
from han2x.app.stored import CLAIM, CREDENTIALS, KNOWN, SESSIONS, StoredDocument
from han2x.store import Store

if TYPE_CHECKING:
    from han2x.api.status import PageAccess
    from han2x.web import Access

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
MARK: Final = "boot"


def make_access(store: Store, audit: AuditTrail) -> Access:
    """Read what is kept of password, tokens and logins. Waits for the disk."""
    from han2x.web import Access, Claim

    claim = Claim(
        StoredDocument(store, CLAIM), uptime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME), boot=name_of_boot()
    )
    return Access(
        StoredDocument(store, CREDENTIALS),
        StoredDocument(store, SESSIONS),
        StoredDocument(store, KNOWN),
        claim=claim,
        record=audit.record,
    )


def page_access(access: Access) -> PageAccess:
    """Whether the page has an owner, and how to become one. For who may read the computer's own status alone."""
    from han2x.api.status import PageAccess

    if access.locked:
        return PageAccess(state="locked", claim_code=None, open_s=0.0, fault=access.fault)
    if access.password_set:
        return PageAccess(state="owned", claim_code=None, open_s=0.0, fault="")
    return PageAccess(state="unowned", claim_code=access.claim.code, open_s=round(access.claim.open_s, 1), fault="")


def name_of_boot(boot_id: Path = BOOT_ID, environ: Mapping[str, str] = os.environ) -> str:
    """A name that this start of the computer has for itself.

    The kernel's, where it may be read; within the service it may not be, and a mark in the runtime directory, which
    does not outlive the computer's power, stands for it. Without either each start of the program has its own.
    """
    with suppress(OSError):
        return boot_id.read_text().strip()
    fresh = secrets.token_hex(16)
    directory = environ.get("RUNTIME_DIRECTORY")
    if directory is None:
        return fresh
    mark = Path(directory) / MARK
    with suppress(OSError, ValueError):
        return mark.read_text().strip() or fresh
    with suppress(OSError):
        mark.write_text(fresh)
    return fresh
