"""The meters at an MQTT broker: as plain JSON for everybody, and announced to Home Assistant.

output      the output: connects, publishes what is new, begins again
options     what it is made with
connection  one connection with a broker, whose waiting is done in threads
tls         what a connection with TLS needs, from files
faults      what can be wrong, by code
values      which values there are, and the messages that carry them
discovery   what Home Assistant is told of a meter
desk        which messages a broker is to have, and which of them it keeps
memory      what brokers keep for this gateway, across restarts

paho-mqtt is imported with `connection` only.
"""
