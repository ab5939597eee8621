"""The web page and the API behind it, over HTTP.

server          binds the address
connections     bounds who is connected, and for how long without progress
certificate     HTTPS with the owner's certificate, or with a self-made one
application     what is served, and with which headers
middleware      rejects a request outright or passes it on; exceptions → error answers
request_checks  what is rejected before anyone looks at a request: by Host, Origin, size and kind of body
dispatch        from a request to its handler: who asks, may they, does the body fit
routes          the one table of the API
call            its rows, and a request as a handler sees it
shapes          what requests look like
answers         the forms that answers have
openapi         the description of the API, made from the routes
login           handlers: first visit, login, logout, password, tokens
readings        handlers: what can be seen
changes         handlers: what can be changed
events          live data as server-sent events
page            the page's own files
authentication  who may do what: password, sessions and tokens
passwords       what a password must be, and its hash
sessions        who is logged in
rate_limit      the delay that grows with failed logins
control         what is asked of the rest of the program, which the composition root fulfils
errors          what can be wrong with serving the page

What the data hold is the caller's to say; here they are only passed on.
"""

from han2x.web.application import create_app
from han2x.web.authentication import Access
from han2x.web.control import (
    Change,
    ConflictError,
    Control,
    Credentials,
    InvalidValuesError,
    MissingError,
    PageOptions,
    RefusalError,
)
from han2x.web.errors import WebError
from han2x.web.server import WebServer

__all__ = [
    "Access",
    "Change",
    "ConflictError",
    "Control",
    "Credentials",
    "InvalidValuesError",
    "MissingError",
    "PageOptions",
    "RefusalError",
    "WebError",
    "WebServer",
    "create_app",
]
