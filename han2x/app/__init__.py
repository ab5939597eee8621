"""The composition root: the only part that knows all others.

daemon         the whole: its start, its changes and its end
options        what is in force: the settings file with the command line over it
meters         the meters that run
readers        the tasks that read their lines
keeper         writes what must survive a restart, in time
modbus         the Modbus server, with and without TLS, and the meters behind it
secure_modbus  Modbus with TLS, once there are certificates
people         the page and the front panel, begun and ended with the settings
protocols      what the page and the front panel may see of the running gateway, and no more
page           the web page, served when it can be
control        what the page may ask, as `han2x.web.Control` has it
settings_form  the settings as the page sees them
network_form   this computer's network as the page sees it
diagnostics    the bundle that a person sends along with a report
panel          the case's lights and button
answers        what is running, as the contract's types have it
status         what `han2x status` asks, on a local socket
health         whether the gateway does what it is for, and the line that says how it stands
time_zone      where the meters stand, when their clocks do not tell it
facts          what the gateway knows of itself
log_ring       the last log records
audit          the record of changes
stored         what edges keep in the state directory
"""
