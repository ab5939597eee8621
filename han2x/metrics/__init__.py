"""The gateway as Prometheus scrapes it: every value as a line of its text format. Pure.

text     the format itself: families, samples, labels
names    the families: their names, kinds and what they mean
meters   one meter: its current values, energies, telegrams and problems
gateway  the gateway: Modbus, outputs, program and computer

What is not known, or not current any more, has no line: a series ends then, and is never repeated or 0.
"""

from han2x.metrics.gateway import GatewayFacts, add_gateway
from han2x.metrics.meters import add_meter
from han2x.metrics.text import CONTENT_TYPE, Exposition

__all__ = ["CONTENT_TYPE", "Exposition", "GatewayFacts", "add_gateway", "add_meter"]
