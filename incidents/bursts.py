"""Bulk bursts: many near-identical texts within minutes, whoever sends them. Texts and times only, never senders."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from incidents.matter import bigrams, likeness

RARE: Final = 12
"""So many of a text's rarest pairs of letters are looked up; texts that share none of them are not compared."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a burst is. Data (`incidents.threshold`), these are the shipped values."""

    minutes: float = 30.0
    reports: int = 8
    likeness: float = 0.6


def bursts(at_minutes: NDArray[np.float64], words: Sequence[str], limits: Limits) -> list[list[int]]:
    """Clusters of positions, each in time order: every member is like an earlier one that came within the minutes.

    `at_minutes` ascend. Clusters smaller than `limits.reports` are none.
    """
    grams = [bigrams(text) for text in words]
    common = Counter(gram for held in grams for gram in held)
    of_gram: defaultdict[str, list[int]] = defaultdict(list)
    cluster = list(range(len(words)))
    for i, held in enumerate(grams):
        rare = sorted(held, key=lambda gram: (common[gram], gram))[:RARE]
        since = at_minutes[i] - limits.minutes
        for j in sorted({j for gram in held for j in of_gram[gram] if at_minutes[j] >= since}):
            if cluster[j] != cluster[i] and likeness(held, grams[j]) >= limits.likeness:
                old, new = cluster[i], cluster[j]
                cluster = [new if c == old else c for c in cluster]
        for gram in rare:
            of_gram[gram].append(i)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for i, number in enumerate(cluster):
        members[number].append(i)
    return [held for held in members.values() if len(held) >= limits.reports]
