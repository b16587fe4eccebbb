"""One adapter a file: a channel's own columns become the columns of `incidents.incoming`.

Adapters are pure: no database, no clock. A row they cannot read is rejected with its number and a reason.
"""
