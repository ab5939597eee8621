"""The edge to the meter: open the line, hand on what comes, notice silence, and open it again whenever it is lost.

line      `SerialLine`: one line, kept open
listener  the receiving end of one connection, and the silence after what it received
ports     the serial ports of this machine, their lasting names, and who uses them
turns     what comes is worked off in turns that leave the event loop to the others
reasons   what the operating system says against a port: a code, and plain English that says what to do
"""

from han2x.gateway.line_status import LineState, LineStatus
from han2x.serial_port.line import SerialLine
from han2x.serial_port.ports import Port, check_serial_device, find_ports
from han2x.serial_port.turns import Turns

__all__ = ["LineState", "LineStatus", "Port", "SerialLine", "Turns", "check_serial_device", "find_ports"]
