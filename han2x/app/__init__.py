"""The composition root: the only part that knows all others.

options   the settings file and the command line, made into what is in force
meter     one meter: its line, its state and its registers
line      a meter's line: decoding, finding its settings, watching its health
readers   the tasks that read the lines
keeper    what must survive a restart, written in its time
facts     what the gateway knows of itself
health    whether it truly serves, and the line that says how it stands
secure_modbus  Modbus with TLS
answers   what is running, as the contract has it; settings_form and network_form likewise
control   what the page may ask; diagnostics is a part of it
panel     the lights and the button on the case
page      the web page, served when it can be
stored    what the page and the network keep on the disk
status    what `han2x status` asks, on a local socket
log_ring  the last log records
daemon    the whole, its start, its changes and its end
"""
