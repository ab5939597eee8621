"""The web page and the API behind it, over HTTP.

server          the application at one place or several
listener        one place: lets connections in, tells TLS from plain HTTP
handshakes      bounds who is on the way in
sockets         listening sockets, and why there is none
redirect        the way to the encrypted page
headers         those that every answer has
connections     bounds who is connected, and for how long without progress
certificate     HTTPS with the owner's certificate, or with a self-made one
application     what is served, and with which headers
middleware      rejects a request outright or passes it on; exceptions → error answers
request_checks  what is rejected before anyone looks at a request: by Host, Origin, size and kind of body
dispatch        from a request to its handler: who asks, may they, does the body fit
routes          the one table of the API
call            its rows, and a request as a handler sees it
validation      whether what they send fits its type, and what does not, field by field
answers         the forms that answers have
openapi         the description of the API, made from the routes
login           handlers: first visit, login, logout, password, tokens
readings        handlers: what can be seen
changes         handlers: what can be changed
history         handlers: what is remembered of the meters
events          live data as server-sent events
page            the page's own files
manifest        what keeps it on a telephone's home screen
authentication  who may do what: password, sessions and tokens
visitor         who asks
credentials     what is kept of password and tokens, and what cannot be read of it
tokens          the API tokens and their scopes
claim           whose box it is: who may choose the first password
known           who has logged in before
turns           whose password is checked next
passwords       what a password must be, and its hash
sessions        who is logged in
kept_sessions   the same, kept over a restart
rate_limit      the delay that grows with failed logins
refusals        what is refused here, by status and code
control         what is asked of the rest of the program, which the composition root fulfils
history_control  what is asked of the history
errors          what can be wrong with serving the page

What goes in and out are the types of `han2x.api`. A new endpoint is a row in `routes`, and a handler with its types.
"""

from han2x.web.application import create_app
from han2x.web.authentication import Access
from han2x.web.claim import Claim
from han2x.web.control import (
    CameIn,
    ConflictError,
    Control,
    Document,
    InvalidValuesError,
    MissingError,
    PageOptions,
    RefusalError,
    UnreadableError,
)
from han2x.web.errors import WebError
from han2x.web.server import WebServer

__all__ = [
    "Access",
    "CameIn",
    "Claim",
    "ConflictError",
    "Control",
    "Document",
    "InvalidValuesError",
    "MissingError",
    "PageOptions",
    "RefusalError",
    "UnreadableError",
    "WebError",
    "WebServer",
    "create_app",
]
