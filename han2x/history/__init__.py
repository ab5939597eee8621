"""What is remembered of one meter over the years: which rows there are, and how they come from its readings. Pure.

records        the rows, unscaled, with the scaling factor of their time
meter_history  how they come from a meter's readings, put together from the rest
minutes        the minute in progress
voltages       the voltages of the hour in progress
balance        the hours since the meter's last total, which the next one balances
kept_hour      an hour as long as it may still be corrected
shares         how a total is shared out among hours and quarters
rows           rows that nobody has taken yet
"""

from han2x.history.meter_history import MeterHistory
from han2x.history.records import By, Energy, Hour, Minute, Quarter, Record, Span, VoltageHour, VoltageSpan

__all__ = [
    "By",
    "Energy",
    "Hour",
    "MeterHistory",
    "Minute",
    "Quarter",
    "Record",
    "Span",
    "VoltageHour",
    "VoltageSpan",
]
