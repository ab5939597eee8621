"""What a Modbus client reads and writes of one meter. Pure: time is an argument.

table           what a row of a map says, and what registers are made from
han2x_map       the HAN2X map, 40001 to 40050: one row a register
scaling_factor  the factor as clients read and write it
bank            one meter's registers as a client reaches them
"""

from han2x.registers.han2x_map import (
    COUNT,
    MEASURED_COUNT,
    REGISTERS,
    awaited_registers,
    firmware_number,
    register_table,
    render,
    stale_registers,
)
from han2x.registers.table import FIRST_NUMBER, DeviceFacts, Kind, Register, Source, Sources

__all__ = [
    "COUNT",
    "FIRST_NUMBER",
    "MEASURED_COUNT",
    "REGISTERS",
    "DeviceFacts",
    "Kind",
    "Register",
    "Source",
    "Sources",
    "awaited_registers",
    "firmware_number",
    "register_table",
    "render",
    "stale_registers",
]
