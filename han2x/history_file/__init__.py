"""The history on the disk: an SQLite file, written seldom, bounded, and never the reason that anything else stops.

columns   the tables and their columns, and what each may hold
rows      from a row of `han2x.history` to one of a table, and back
opening   a file made, opened, known for ours, or set aside
salvage   what can still be read from a damaged file
pending   rows that are not on the disk yet, so many and no more
series    which rows are whose: one series for each meter's place
writing   what is written and deleted, and how old it may grow
reading   a connection that only reads, with the rows that are not on the disk yet
spans     days, weeks, months and years of the place
shapes    what is told of each step, and how it is made from the columns
points    steps of a meter's history as JSON
voltages  an hour's voltages, completed from its minutes
highest   the highest hours of months, for the capacity charge; and voltages by week
export    the same as lines of a file
backup    all of it as one packed file, and back
faults    what can be wrong with it

All of these may wait for the disk. Whatever is long is put together by SQLite itself, which lets other threads go on
meanwhile. Only this package imports sqlite3.
"""
