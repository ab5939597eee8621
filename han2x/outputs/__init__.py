"""Whom the gateway feeds besides Modbus clients and the page: one file each, off unless it is set up.

base         what an output is to the rest of the program
place        where one listens, and for whom
door         keeps such a place open, and says how it stands
crowd        TCP clients: who may stay
plain_http   small documents by HTTP
p1_telegram  a reading as a P1 telegram
p1_tcp       P1 telegrams on a TCP port
shelly       a meter as a Shelly Pro 3EM by UDP
homewizard   a meter as the local API of a HomeWizard P1 meter
mqtt         the meters at an MQTT broker, and announced to Home Assistant

An output that is off is not imported. One that fails, or a peer that is slow or hostile, is in nobody's way.
"""

from han2x.outputs.base import Gateway, Leaving, Output

__all__ = ["Gateway", "Leaving", "Output"]
