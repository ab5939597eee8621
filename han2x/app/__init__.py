"""The composition root: the only part that knows all others.

options   the settings file and the command line, made into what is in force
meter     one meter: its line, decoder, state and registers
keeper    what must survive a restart, written in its time
facts     what the gateway knows of itself
daemon    the whole, its start and its end
"""
