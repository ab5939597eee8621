"""What can be wrong with serving the page."""


class WebError(Exception):
    """The web page cannot be served; the text says why and what to do."""
