"""Whom the gateway feeds besides Modbus clients and the page: one file each, off unless it is set up.

base  what an output is to the rest of the program
mqtt  the meters at an MQTT broker, and announced to Home Assistant

An output that is off is not imported. One that fails, or a peer that is slow or hostile, is in nobody's way.
"""

from han2x.outputs.base import Gateway, Leaving, Output

__all__ = ["Gateway", "Leaving", "Output"]
