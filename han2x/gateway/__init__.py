"""One meter as it runs, in the daemon, in `han2x replay` and in the tests alike. Pure: time is an argument.

config       what one meter runs with, whoever wrote it down
meter        octets in; state, registers and whatever else listens to its readings out
line         its line: what comes is decoded, its settings are found out, its health is watched
line_search  which settings a serial line has, found out from what comes with each of them
line_facts   what Modbus clients are told of the line and of the meter's clock
line_status  how the line stands, as whoever opens it reports
diagnosis    why values are not there, in plain words and as a code
unchecked    P1 telegrams without a checksum, and which of them are believed
inverted     whether a P1 line is read without its inverter
stopped      which values no longer come although the meter speaks
notices      what is noticed in its readings: steps of energies, contradicted scales, which meter it is
scale_check  whether a Kamstrup meter's counts mean what the settings say
seldom       log lines that a line can cause as often as it likes, kept to a few
keeping      when a meter's state is written: seldom enough for an SD card, soon enough for a power cut
pace         how many octets come from a line, and when the last one did
recording    a capture that is made in memory while the meter goes on
dissection   raw telegrams taken apart once more, for people
capture      capture files: a line's octets with the time of each chunk
playback     a capture run through one meter on its own clock
"""
