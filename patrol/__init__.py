"""Patrol: who walks where today, in which order and why, and what came of it.

The room keeps teams and their posts, the road graph, plans (drafted by the machine, approved by a
person), the tasks made from an approved plan, and what the phone sends back. It asks `incidents` where
residents report trouble and `cases` what must be done; it never learns who a resident is.
"""
