"""What happened, where, and how often: reports from every channel, and the heat they make.

The room promises that a report, once taken in, is never lost and never counted twice: the key is
(channel, reference). Each report carries a place with its precision and the reason for it; a report
that cannot be placed stays on the to-place list. Names and telephone numbers never enter this room:
the door hands them to `registry` first and passes on a contact reference and masked words.
Heat is about places, never about people. Other rooms call `incidents.service`.
"""
