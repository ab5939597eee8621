"""The web page and the API behind it, over HTTP.

server          binds the address            connections     bounds who is connected, and for how long without progress
middleware      rejects or passes on         request_checks  what is rejected by its headers alone
dispatch        who asks, may they           validation      does what they send fit
routes          the table of the API         call            its rows, and one request as handlers see it
login           login and logout             authentication  password, sessions, API tokens
passwords       what one has to be           sessions        who is logged in, and kept_sessions on the disk
rate_limit      guessing is slow
readings        what can be seen             changes         what can be changed
events          live data as they come       page            the page's own files
openapi         the description of the API   answers         the forms that answers have
certificate     the page's own certificate, where the owner gives none
control         what is asked of the rest of the program, which the composition root fulfils

What goes in and out are the types of `han2x.api`. A new endpoint is a row in `routes`, and a handler with its types.
"""

from han2x.web.application import create_app
from han2x.web.authentication import Access
from han2x.web.control import (
    ConflictError,
    Control,
    Document,
    InvalidValuesError,
    MissingError,
    PageOptions,
    RefusalError,
)
from han2x.web.errors import WebError
from han2x.web.server import WebServer

__all__ = [
    "Access",
    "ConflictError",
    "Control",
    "Document",
    "InvalidValuesError",
    "MissingError",
    "PageOptions",
    "RefusalError",
    "WebError",
    "WebServer",
    "create_app",
]
