"""The gateway announced on the local network (mDNS, DNS-SD), so that clients find it by themselves.

output     `Announcer`, which keeps announced what is served
own        what the gateway itself serves, as services
texts      TXT records: what may be in one, and how much
avahi      the computer's mDNS responder, Avahi, over D-Bus; alone talks through the library, and is
           imported when there is something to announce and a bus to do it over
group      how far the announcing is
faults     why nothing is announced

Avahi is the one responder of a computer, and there already where Raspberry Pi OS runs: a second one would contend with
it for the port and for the computer's name.
"""
