"""One meter's clock hours: what this one has so far, what it will have, and the highest of the month.

hours       the hours of one meter, put together from the rest
clock       which moment it is, by the meter's clock or by the computer's
told        which moments a meter's clock can mean
clock_hour  the energies of the hour in progress, and of the one before
quarters    those of its quarters
closed      one energy of the hour before, which a total may still correct
marks       what is known of an energy at the full hour or quarter
news        what becomes known of hours and quarters, for whoever remembers them
place       hours and days by the clock of the place
highest     the highest hour of each day, for the capacity charge
powers      mean powers of the last minutes
figures     what is known at a moment, frozen
keeping     what survives a restart

Hours, days and months are those of the place, summer time included. Energies are unscaled: who shows them applies the
scaling factor, to hours that are over as to all the meter's energies.
"""

from han2x.state.hours.figures import NO_FIGURES, HighHour, HourFigures
from han2x.state.hours.highest import COUNTED
from han2x.state.hours.hours import Hours
from han2x.state.hours.marks import ALIKE_S, ENERGIES, Total
from han2x.state.hours.news import HourNews, QuarterNews, StepNews
from han2x.state.hours.place import hour_of, local_day

__all__ = [
    "ALIKE_S",
    "COUNTED",
    "ENERGIES",
    "NO_FIGURES",
    "HighHour",
    "HourFigures",
    "HourNews",
    "Hours",
    "QuarterNews",
    "StepNews",
    "Total",
    "hour_of",
    "local_day",
]
