"""A linear chain of marks: which may follow which, the chance of each mark, and the best chain (pure).

Lafferty, McCallum, Pereira 2001. Sentences come in a batch, the longest first, so that at step t the first n are still
running: every step is one product of matrices. Scores are (batch, longest, marks) in float32.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
BARRED = np.float32(-1e4)
"""The score of a step that no chain takes."""


@dataclass(frozen=True, slots=True)
class Marks:
    """O, and B, I, E, S of every kind. `follows[i, j]`: j may stand behind i."""

    names: tuple[str, ...]
    opens: NDArray[np.bool_]
    closes: NDArray[np.bool_]
    follows: NDArray[np.bool_]

    @classmethod
    def of(cls, kinds: tuple[str, ...]) -> "Marks":
        """The marks of these kinds of element."""
        names = ("O", *(f"{place}-{kind}" for kind in kinds for place in "BIES"))
        opens = np.array([name[0] in "BSO" for name in names])
        closes = np.array([name[0] in "ESO" for name in names])
        follows = np.outer(closes, opens)
        for first in range(1, len(names), 4):
            b, i, e = first, first + 1, first + 2
            follows[[b, b, i, i], [i, e, i, e]] = True
        return cls(names, opens, closes, follows)


def running(lengths: Ints) -> list[int]:
    """How many of the sentences are longer than t, for each t."""
    return [int((lengths > t).sum()) for t in range(int(lengths[0]))]


def in_rows(flat: Floats, lengths: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Scores of all tokens of a batch as (batch, longest, marks), and where in it tokens stand."""
    mask = np.arange(int(lengths[0])) < lengths[:, None]
    rows = np.zeros((*mask.shape, flat.shape[1]), np.float32)
    rows[mask] = flat
    return rows, mask


def chances(scores: Floats, lengths: Ints, steps: Floats, marks: Marks) -> tuple[Floats, Floats]:
    """The chance of each mark at each token, and the expected count of each step over the batch."""
    local = np.exp(scores - scores.max(axis=2, keepdims=True))
    moves = np.where(marks.follows, np.exp(steps), 0).astype(np.float32)
    ahead, behind = np.zeros_like(local), np.zeros_like(local)
    active = running(lengths)
    behind[np.arange(len(lengths)), lengths - 1] = marks.closes
    ahead[:, 0] = _shares(local[:, 0] * marks.opens)
    for t in range(1, len(active)):
        n = active[t]
        ahead[:n, t] = _shares((ahead[:n, t - 1] @ moves) * local[:n, t])
    taken = np.zeros_like(steps)
    for t in range(len(active) - 1, 0, -1):
        n = active[t]
        here = local[:n, t] * behind[:n, t]
        before = here @ moves.T
        scale = before.sum(axis=1, keepdims=True)
        behind[:n, t - 1] = before / scale
        whole = (ahead[:n, t - 1] * before).sum(axis=1, keepdims=True)
        taken += ahead[:n, t - 1].T @ (here / whole)
    both = ahead * behind
    return both / np.maximum(both.sum(axis=2, keepdims=True), np.float32(1e-30)), taken * moves


def _shares(weights: Floats) -> Floats:
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def best(scores: Floats, lengths: Ints, steps: Floats, marks: Marks) -> Ints:
    """The best chain of each sentence (Viterbi): (batch, longest) numbers of marks, zero behind the end.

    What closes an element (E, S, O) may be followed by whatever opens one; B and I only by I and E of their kind.
    """
    batch, longest, count = scores.shape
    active = running(lengths)
    outer_from, outer_to = np.flatnonzero(marks.closes), np.flatnonzero(marks.opens)
    begin = np.arange(1, count, 4)
    inside, finish = begin + 1, begin + 2
    outer = np.ascontiguousarray(steps[np.ix_(outer_from, outer_to)].T)
    came = np.zeros((batch, longest, count), np.int16)
    total = np.where(marks.opens, scores[:, 0], BARRED)
    for t in range(1, longest):
        n = active[t]
        now = total[:n]
        ways = now[:, None, outer_from] + outer
        choice = ways.argmax(axis=2)
        new = np.empty_like(now)
        new[:, outer_to] = np.take_along_axis(ways, choice[:, :, None], 2)[:, :, 0]
        came[:n, t, outer_to] = outer_from[choice]
        for target in (inside, finish):
            from_begin, from_inside = now[:, begin] + steps[begin, target], now[:, inside] + steps[inside, target]
            goes_on = from_inside > from_begin
            new[:, target] = np.where(goes_on, from_inside, from_begin)
            came[:n, t, target] = np.where(goes_on, inside, begin)
        total[:n] = new + scores[:n, t]
    chain = np.zeros((batch, longest), np.int64)
    chain[np.arange(batch), lengths - 1] = np.where(marks.closes, total, 2 * BARRED).argmax(axis=1)
    for t in range(longest - 1, 0, -1):
        n = active[t]
        chain[:n, t - 1] = came[np.arange(n), t, chain[:n, t]]
    return chain
