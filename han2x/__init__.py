"""Modbus TCP gateway for the HAN port of an electricity meter.

From octets to energies, pure:

model          the nouns: what a meter says, and what can be wrong with how it was said
framing        octets → frames, hunting through damage
addresses      hosts, ports and networks, as people write them
faults         what can be wrong, by a code and in plain English
port_name      what a serial port may be called: the one rule of settings, command line, page and line
printable      text from meters and networks, made fit for terminals, logs and files
languages      those of the page
audit          who changes something
seldom         which of many alike events are worth a line in the log
codecs         frame → values: LLC, APDU, A-XDR, date-time, P1 lines
meters         values → `Reading`: one module a maker
decoder        one line: octets and silences in, readings and problems out
estimator      energy between the meter's own totals
state          one meter's truth, and frozen snapshots of it
history        what is remembered of a meter over the years
measurements   what a snapshot says, signed, by phase and scaled

What clients and pages see of it, pure:

registers      the register map, and one meter's registers as a client reaches them
output_state   how an output stands
listeners      where the gateway is reached, and what keeps it from being reached there
report         events as JSON, as `han2x decode` and `han2x replay` print them
gateway        one meter as it runs: its line, what is diagnosed, kept and captured
keys           the two keys of a meter that encrypts
api            the contract: every answer and request of the JSON API as a type
metrics        the gateway as Prometheus scrapes it

The edges, none of which imports another:

settings       the table of settings, loading and editing
store          what survives a restart
history_file   the history, in SQLite
audit_file     who changed what, line by line
kept_lines     records on the disk that are appended to, whole or told to be damaged
serial_port    the line to the meter
modbus_server  the Modbus TCP server
modbus_client  reads a running gateway
web            the page and its API
network        this computer's network settings
outputs        whom the gateway feeds besides Modbus clients and the page
front_panel    the lights and the button
systemd        readiness, watchdog and journal
simulator      a meter for those who have none
atomic_file    files that are the old or the new whole, never a part
upgrade_note   what an upgrade left behind that was taken back
regular_file   reading what somebody named as a file, and nothing else
sockets        sockets that listen, for the page and for Modbus; and why there is none
port_holders   who has a port of this computer
processes      the programs that run here, as far as they are seen
netlink        what the kernel tells
x509           certificates, made and kept

And the whole:

app            the composition root: the only part that knows all others
cli            the command line
__main__       `python -m han2x`
"""

__version__ = "0.1.0"
