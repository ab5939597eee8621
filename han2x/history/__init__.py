"""What is remembered of one meter over the years: which rows there are, and how they come from its readings. Pure.

records     the rows, unscaled, with the scaling factor of their time
"""

from han2x.history.records import By, Energy, Hour, Minute, Quarter, Record, Span, VoltageHour, VoltageSpan

__all__ = ["By", "Energy", "Hour", "Minute", "Quarter", "Record", "Span", "VoltageHour", "VoltageSpan"]
