"""Who must act, by when, and what was done: cases, their whole workflow, and their clocks.

The room promises that a case only moves along the table in `workflow.py`, that each move writes one event and one
audit row in the caller's transaction, that the events of a case replay to its state, and that every deadline names
the rule it came from. Whoever received a case first keeps it until another signs for it (首接负责).
Other rooms call `cases.service`.
"""
