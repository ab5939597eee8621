"""Edge: the Modbus TCP server, and the only part that imports pymodbus.

In go the octets of Modbus clients, out come the registers of the devices that the caller gives, one per unit id.
pymodbus has the request decoder, the framers that build answers, the device identification and the server object with
its connections; what its stock server does wrong between socket and request is done here:

- `framing`     octets of a connection -> frames, for MBAP and for RTU over TCP; pure
- `requests`    one request PDU -> one answer PDU, by asking a `Device`
- `connection`  one client: framing, back-pressure, the short way for register reads
- `acceptor`    listening sockets, who may come in, what happens when descriptors run out
- `poller`      transports that cost little per request
- `stock`       pymodbus' server classes, without what else their package imports
- `limits`      the settings of all that
- `tls`         Modbus/TCP Security; `certificates` makes what it needs (not imported here: few use it)
- `seldom`      log lines that clients cause, kept few
- `statistics`  counters and the last requests
- `server`      the whole, and its life

Documents followed: "MODBUS Application Protocol Specification V1.1b3" and "MODBUS Messaging on TCP/IP Implementation
Guide V1.0b".
"""

from han2x.modbus_server.acceptor import CannotListenError
from han2x.modbus_server.limits import LOCAL_NETWORKS, Limits
from han2x.modbus_server.requests import Device, Identity
from han2x.modbus_server.server import ModbusServer
from han2x.modbus_server.tls import Tls, TlsError

__all__ = [
    "LOCAL_NETWORKS",
    "CannotListenError",
    "Device",
    "Identity",
    "Limits",
    "ModbusServer",
    "Tls",
    "TlsError",
]
