"""What the page's own side refuses, with the status and the code of each; `control` has what the program refuses."""

from __future__ import annotations

from han2x.web.control import RefusalError


class LoginError(RefusalError):
    """Nobody is logged in."""

    status = 401
    code = "not-logged-in"


class WrongPasswordError(RefusalError):
    """Not the password."""

    status = 401
    code = "password-wrong"


class SlowDownError(RefusalError):
    """Too many attempts; `wait_s` says when to come again."""

    status = 429
    code = "too-many-attempts"

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, int(wait_s + 0.999))
        super().__init__(f"too many attempts; try again in {self.wait_s} s", retry_after_s=self.wait_s)


class LockedError(RefusalError):
    """The kept password cannot be read, so that nobody is let in before somebody at the computer resets it."""

    status = 403
    code = "locked"


class ClaimError(RefusalError):
    """Who would choose the first password has not shown that they are near the computer."""

    status = 403
    code = "claim"


class ScopeError(RefusalError):
    """An API token may not do this much."""

    status = 403
    code = "scope"


class PersonOnlyError(RefusalError):
    """An API token does not suffice."""

    status = 403
    code = "person-only"


class CsrfError(RefusalError):
    """The session's token did not come with the request."""

    status = 403
    code = "csrf"


class StorageError(RefusalError):
    """Password or tokens cannot be kept, and are as before."""

    status = 500
    code = "not-stored"


class MalformedError(RefusalError):
    """Not the JSON that is wanted."""

    status = 400
    code = "malformed"


class MediaTypeError(RefusalError):
    """Something else than JSON, which a form of another site could send."""

    status = 415
    code = "media-type"


class SlowBodyError(RefusalError):
    """The body did not come in time."""

    status = 408
    code = "timeout"
