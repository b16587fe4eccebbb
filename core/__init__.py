"""The ground under every room: settings, database, clock, places, errors, actors, audit, jobs, accounts.

Promises: no word of the trade (no grid, address, case) is spoken here; nothing here imports another room.
"""
