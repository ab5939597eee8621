"""The web page and the JSON behind it, over HTTP: for now one read-only view of the live registers.

`application` says what is answered, `page` finds the page's own files, `events` sends live data as they come, `server`
binds the address. What the live data hold is the caller's to say; here they are only passed on.
"""

from han2x.web.application import create_app
from han2x.web.errors import WebError
from han2x.web.server import WebServer

__all__ = ["WebError", "WebServer", "create_app"]
