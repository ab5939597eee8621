"""Edge: systemd, where the program runs under it.

notify   readiness, status and watchdog
journal  log records as the journal takes them
"""
