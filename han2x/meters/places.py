"""Lists without OBIS codes, of which the place alone tells what a value is: one row a list, data and no code.

A row has the name of the list, the types of its elements, and what stands in their places. Types are the tags of
A-XDR in hexadecimal, `(6)` behind a tag the octets of a string, `*4` how often it comes. A place is the OBIS groups
C.D.E of a quantity, or

    device, number   a text that names the meter; device is what stays the same in all lists of a meter
    clock            a valid date-time of twelve octets
    push             the OBIS code of a push object, x-x:25.9.0
    text             a text that may be empty
    -                whatever it is

Powers are in W and var, energies in Wh and varh, power factors in thousandths, currents in 0.01 A, and voltages in
0.1 V, or in V where the row says so. `han2x.meters.fixed` takes a list only if the whole sequence of types fits, and
then each of these places.

To add a list: a row here, and a telegram in tests/telegrams. Two rows whose types are the same need places that tell
them apart.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Row(NamedTuple):
    """A list of fixed places."""

    name: str
    types: str
    places: str
    volt_milli: int = 100


_POWERS: Final = "1.7.0 2.7.0 3.7.0 4.7.0"
_ENERGIES: Final = "1.8.0 2.8.0 3.8.0 4.8.0"
_TARIFFS: Final = "1.8.0 1.8.1 1.8.2 2.8.0 2.8.1 2.8.2"
_VOLTAGES: Final = "32.7.0 52.7.0 72.7.0"
_CURRENTS: Final = "31.7.0 51.7.0 71.7.0"
_PHASES: Final = "21.7.0 41.7.0 61.7.0 22.7.0 42.7.0 62.7.0"

ROWS: Final = (
    # Iskraemeco AM550 in Slovenia: Elektro Ljubljana with three phases and with one, Elektro Celje
    Row("si18", "09 09 06*4 12*6 06*6", f"device text {_POWERS} {_VOLTAGES} {_CURRENTS} {_PHASES}"),
    Row("si12e", "09 09 16 09 06*8", f"device text - - {_TARIFFS} 3.8.0 4.8.0"),
    Row("si12e", "09 09 03 09 06*8", f"device text - - {_TARIFFS} 3.8.0 4.8.0"),
    Row("si12c", "09 09 12*6 06*4", f"device text {_VOLTAGES} {_CURRENTS} {_POWERS}"),
    Row("si10", "09 09 06*4 12*2 06*2", f"device text {_POWERS} 32.7.0 31.7.0 21.7.0 22.7.0"),
    Row("si9p", "09 09 06*4 12 06*2", f"device text {_POWERS} 32.7.0 - -"),
    Row("si9e", "09 06*8", f"device 1.7.0 2.7.0 {_TARIFFS}"),
    Row("si4", "09 11 06*2", "text - 1.8.0 2.8.0"),
    # Iskraemeco IE.5 in Croatia, HEP
    Row(
        "hr33",
        "09 09(4) 09(5) 06*12 12 06*6 12*6 06 01*3 03",
        f"number - - {_TARIFFS} 5.8.0 6.8.0 7.8.0 8.8.0 1.7.0 2.7.0 13.7.0 {_PHASES} {_VOLTAGES} {_CURRENTS} - - - - -",
    ),
    # Iskraemeco AM550 and Siemens IM350 in Austria: Kärnten Netz, Wels Strom
    Row("at12", "09(6) 09 09(4) 09(5) 06*6 09*2", f"push number - - {_ENERGIES} 1.7.0 2.7.0 text text"),
    Row("at10", "09(6) 09 09(4) 09(5) 06*6", f"push number - - {_ENERGIES} 1.7.0 2.7.0"),
    # all makers in Vienna, Wiener Netze
    Row("at9", "09(12) 06*8", f"clock {_ENERGIES} {_POWERS}"),
    # Landis+Gyr E450 in Austria, Netz Burgenland, of today and as it was
    Row("at14", "12*6 06*4 12*3 09(8)", f"{_VOLTAGES} {_CURRENTS} 1.7.0 2.7.0 1.8.0 2.8.0 - - - number", 1000),
    Row("at11", "12*6 06*4 09(8)", f"{_VOLTAGES} {_CURRENTS} 1.7.0 2.7.0 1.8.0 2.8.0 number", 1000),
)
