"""Tests of what the gateway feeds besides Modbus clients and the page."""
