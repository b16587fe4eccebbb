"""The demo's own ways to tell of its topics, as texts to learn from: lines, and clauses of lines."""

import re
from collections import Counter
from typing import Final

from etl.demo.phrases import topics

SLOT: Final = re.compile(r"\{\w\}|\{shop\}")
CUT: Final = re.compile(r"[，。；！：、]")
SHORTEST: Final = 3


def labelled_lines() -> list[tuple[str, str]]:
    """(text, label) of every line and every clause of it; a label is a category and the topic's number in it."""
    numbers: Counter[str] = Counter()
    found = []
    for topic in topics():
        numbers[topic.category] += 1
        label = f"{topic.category}.{numbers[topic.category]}"
        for line in topic.lines:
            plain = SLOT.sub("", line)
            found += [(piece, label) for piece in (plain, *CUT.split(plain)) if len(piece) >= SHORTEST]
    return found
