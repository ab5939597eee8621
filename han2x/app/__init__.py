"""The composition root: the only part that knows all others.

options   the settings file and the command line, made into what is in force
meter     one meter: its line, its state and its registers
line      a meter's line: decoding, finding its settings, watching its health
readers   the tasks that read the lines
keeper    what must survive a restart, written in its time
facts     what the gateway knows of itself
health    whether it truly serves, and the line that says how it stands
secure_modbus  Modbus with TLS
control   what the page may ask; settings_form, network_form and diagnostics are parts of it
panel     the lights and the button on the case
page      the web page, served when it can be
status    what `han2x status` asks, on a local socket
log_ring  the last log records
daemon    the whole, its start, its changes and its end
"""
