"""Modbus TCP gateway for the HAN port of an electricity meter."""

__version__ = "0.1.0"
