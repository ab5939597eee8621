"""The web page and the API behind it, over HTTP.

server       binds the address             connections  bounds who is connected, and for how long without progress
gate, guard  refuse at sight               dispatch     who asks, may they, does the body fit
routes       the table of the API          call, shapes  its rows, and what requests look like
door         login and logout              access       password, sessions and tokens (passwords, sessions, patience)
readings     what can be seen              changes      what can be changed
events       live data as they come        page         the page's own files
openapi      the description of the API
control      what is asked of the rest of the program, which the composition root fulfils

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
