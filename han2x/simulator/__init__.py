"""A household with an electricity meter that speaks as the real ones do, for trying things out without a meter.

household     what the house draws: powers, voltages, currents and the energies they add up to
trace         a recorded load instead of the invented one
encoding      A-XDR data, COSEM date-time, HDLC frame
ciphering     general-glo-ciphering of an APDU
pushes        when lists are sent, and what they are made from
kamstrup      how Kamstrup lays out its lists
aidon         how Aidon does
kaifa         how Kaifa does
attributes    how Landis+Gyr, Iskraemeco and Sagemcom push attributes that the list itself names
places        how Iskraemeco sends lists of fixed places
t210d         how Sagemcom's T210-D does
p1            how P1 does
p1_countries  how P1 does in other countries, as a table
clock         summer time
faults        what can go wrong on the way, by name
uart          what a receiver with the wrong settings makes of a line
meter         `SimulatedMeter`: all of the above as a stream of telegrams
line          the edge: a pseudo-terminal or a TCP port, octet by octet at the line's own pace

All but `line` and `trace` are pure. It shares no code with the decoder, so that a mistake in one of them is not hidden
by the same mistake in the other. Every number by which a meter could be known (meter id, serial number, system title)
is invented and looks it.
"""

from han2x.simulator.ciphering import Encryption
from han2x.simulator.faults import FAULTS
from han2x.simulator.line import SimulatedLine, SimulatedServer
from han2x.simulator.meter import KINDS, SimulatedMeter
from han2x.simulator.trace import TraceLoad, read_trace

__all__ = [
    "FAULTS",
    "KINDS",
    "Encryption",
    "SimulatedLine",
    "SimulatedMeter",
    "SimulatedServer",
    "TraceLoad",
    "read_trace",
]
