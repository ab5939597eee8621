"""The contract: what the gateway returns as JSON and what it takes, as types, and nothing else. Pure.

base       what all of them are made from: requests and answers, units, and the one way to JSON
errors     what is returned when a request is refused
live       what the meters say now
registers  what each unit id serves, and what its registers say
history    what is remembered of them
tariff     what energy and capacity cost
listeners  where the gateway is reached, and what keeps it from being reached there
outputs    whom else the gateway feeds, and how that stands
modbus     what Modbus clients do
settings   the table of settings, their values, and changes
network    this computer's network
access     password, login and API tokens
keys       a meter's keys
audit      who changed what
upgrade    an upgrade that was taken back
care       log, telegrams, serial ports, backup and reset
status     what `han2x status` reports

The page, `han2x status`, the outputs and the OpenAPI document are all made from these. A name here is a name on the
wire: to rename one breaks clients, to add one does not.
"""
