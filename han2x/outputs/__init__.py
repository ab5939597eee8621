"""Whom the gateway feeds besides Modbus clients and the page: one file each, off unless it is set up.

base      what an output is to the rest of the program
services  what outputs want to have announced on the network
mdns      the gateway announced there, through Avahi

An output that is off is not imported. One that fails, or a peer that is slow or hostile, is in nobody's way.
"""

from han2x.outputs.base import Gateway, Output
from han2x.outputs.services import Service, Services

__all__ = ["Gateway", "Output", "Service", "Services"]
