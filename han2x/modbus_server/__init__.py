"""Edge: the Modbus TCP server, and the only part that imports pymodbus.

Octets of Modbus clients go in, registers of the devices that the caller gives come out, one device per unit id.

pymodbus decodes every request that is not a repetition of a known read into its request classes, encodes the device
identification, and frames every response (MBAP, and RTU with its CRC). Listening, connections and the recognition of
repeated reads are ours, on asyncio transports: pymodbus' server drops pipelined requests, has one identity per process,
imports aiohttp, and takes several times as long over a request. Its server and data store are not even imported.

framing       octets of a connection <-> frames, MBAP and RTU over TCP; pure
requests      one request PDU -> one response PDU, by asking a `Device`
connection    one client: framing, back-pressure, the short path for repeated reads
acceptor      listening sockets, who may connect, what happens when file descriptors run out
handshakes    clients on their way to TLS, few at a time
shares        what one host may have while others want some too; pure
limits        the settings of all that
tls           Modbus/TCP Security
faults        what can be wrong with its certificates
certificates  makes what TLS needs (not imported here: few use it)
seldom        log lines that clients cause, kept few
statistics    counters and the last requests
server        the whole, and its life

Documents followed: "MODBUS Application Protocol Specification V1.1b3" and "MODBUS Messaging on TCP/IP Implementation
Guide V1.0b".
"""

from han2x.modbus_server.acceptor import CannotListenError, is_here, not_here
from han2x.modbus_server.faults import TlsError
from han2x.modbus_server.limits import Limits, Writers
from han2x.modbus_server.requests import Device, Identity
from han2x.modbus_server.server import ModbusServer
from han2x.modbus_server.tls import Tls

__all__ = [
    "CannotListenError",
    "Device",
    "Identity",
    "Limits",
    "ModbusServer",
    "Tls",
    "TlsError",
    "Writers",
    "is_here",
    "not_here",
]
