"""The door over HTTP: pages for the commander, the worker, the desk and the auditor, and Open311 for the world.

Routes are thin: they know who asks (`deps.door`), hand the work to one room's service inside one transaction, and
draw the answer. No SQL, no rule of the trade and no commit lives here; every error becomes a status in `errors`.
"""
