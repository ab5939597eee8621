"""pymodbus' server classes, without the web server that their package imports for its simulator.

`pymodbus.server` imports aiohttp when it is installed, and does without when it is not. Modbus should neither wait for
it nor pay for it: it is 0.15 s and 15 MB, which only the page needs.
"""

from __future__ import annotations

import sys
from typing import Final

_AIOHTTP: Final = "aiohttp"

if _AIOHTTP in sys.modules:
    from pymodbus.server import ModbusTcpServer
    from pymodbus.server.requesthandler import ServerRequestHandler
else:
    # None makes an import fail as if the package were not installed.
    sys.modules[_AIOHTTP] = None  # type: ignore[assignment]
    try:
        from pymodbus.server import ModbusTcpServer
        from pymodbus.server.requesthandler import ServerRequestHandler
    finally:
        del sys.modules[_AIOHTTP]

__all__ = ["ModbusTcpServer", "ServerRequestHandler"]
