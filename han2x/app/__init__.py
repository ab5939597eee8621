"""The composition root: the only part that knows all others.

daemon         the whole: its start, its changes and its end
forgetting     the password forgotten on purpose, or everything
orders         what a command on this computer may have done
network_orders  the documented default address, given by one
reports        what the gateway tells of itself, to the page and to others
parts          what the daemon has put together
options        what is in force: the settings file with the command line over it
meters         the meters that run
readers        the tasks that read their lines
keeper         writes what must survive a restart, in time
modbus         the Modbus server, with and without TLS, and the meters behind it
units          what each unit id serves of which meter
map_listeners  maps of other makers' meters on ports of their own
listening      keeps a Modbus server where it is wanted, or as near to that as can be
secure_modbus  Modbus with TLS, once there are certificates
people         the page and the front panel, begun and ended with the settings
protocols      what the page and the front panel may see of the running gateway, and no more
page           the web page, served when it can be
own_addresses  by which addresses this computer is reached
page_places    where it is to be reached, by its settings
page_doors     where it is, on this computer
page_certificate  the certificate that it has in force
reach          the change of where everything is reached that waits to be confirmed
trial          begins that change, keeps it, and takes it back
reach_note     what an earlier run of the program left on trial
control        what the page may ask, as `han2x.web.Control` has it
history_answers  what it may ask of the history
settings_changes  changes of the settings that a person makes
settings_form  the settings as the page sees them
network_form   this computer's network as the page sees it
bundle         what the bundle for finding a fault has in it
computer       what the gateway runs on
diagnostics    the bundle that a person sends along with a report
access         whether the page has an owner, and how to become one
history        what is remembered of the meters, while that is switched on
history_keeping  its rows that wait to be written, and who reads and writes
no_history     what the page may ask of it while it is switched off
history_asked  which steps are asked for
history_state  how much is remembered, as the contract has it
outputs        what is fed besides Modbus clients and the page, begun and ended with the settings
mqtt_options   what the settings ask of the MQTT output
dialects       which of them speak as devices of others do, and where
telegrams      how many telegrams each meter has sent
metrics        what Prometheus is told
gateway_id     what tells one gateway from all others
gateway_name   what it is called where people see it
panel          the case's lights and button
answers        what is running, as the contract's types have it
meter_answers  how one meter stands, the same way
load_answers   what it draws, and what its phases carry
register_answers  what the unit ids serve, and what their registers say now, the same way
telegram_answers  the last raw telegrams, taken apart, the same way
captures       the recording of a line that a person at the page makes
status         what `han2x status` asks, on a local socket
commands       what a command on this computer may ask of the gateway, on a local socket
state_lock     one gateway at a time for each state directory
pulse          what the gateway does again and again
health         whether the gateway does what it is for, and the line that says how it stands
time_zone      where the meters stand, when their clocks do not tell it
facts          what the gateway knows of itself
log_ring       the last log records
kept_log       the log over restarts
reloads        reading the settings file again while the gateway runs
local_sockets  what is answered on this computer alone
audit          the record of changes
repeats        changes that repeat, as one line of it
settings_file  the settings file as it is known, what there is to tell of it, and who changed it
stored         what edges keep in the state directory
upgrade        an upgrade that was taken back, told until somebody has seen it
"""
