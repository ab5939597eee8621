"""What a Modbus client reads and writes of one meter. Pure: time is an argument.

table           what a row of a map says, what registers are made from, and how a block of rows becomes words
han2x_map       the HAN2X map, 40001 to 40050: one row a register
extended        the extended registers, 40101 to 40300
markdown        maps as tables for people
units           what a register's number counts
sunspec_points  what SunSpec's meter models hold: one table for integers and floating point
sunspec         SunSpec from 40000 on, by the gateway's own name
fronius         the same as a Fronius Smart Meter IP
scaling_factor  the factor as clients read and write it
bank            one meter's registers as clients reach them
maps            the maps of other makers' meters, by name: what each is for
foreign         what those maps share
em24            Carlo Gavazzi EM24 Ethernet
abb_b23         ABB B23 and B21
ksem            Kostal Smart Energy Meter
sdm630          Eastron SDM630
"""

from han2x.registers.extended import EXTENDED
from han2x.registers.han2x_map import (
    COUNT,
    HAN2X,
    MEASURED_COUNT,
    REGISTERS,
    firmware_number,
)
from han2x.registers.markdown import register_table
from han2x.registers.table import (
    FIRST_NUMBER,
    Block,
    Cell,
    DeviceFacts,
    Kind,
    LineFacts,
    Register,
    Source,
    Sources,
)

__all__ = [
    "COUNT",
    "EXTENDED",
    "FIRST_NUMBER",
    "HAN2X",
    "MEASURED_COUNT",
    "REGISTERS",
    "Block",
    "Cell",
    "DeviceFacts",
    "Kind",
    "LineFacts",
    "Register",
    "Source",
    "Sources",
    "firmware_number",
    "register_table",
]
