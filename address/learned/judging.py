"""Whether a text means the place of a query, and which text of a pool does: learnt from judged pairs (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from address.learned.compared import Floats, Ints, Scales, Views, compare, plain
from address.learned.model_file import NotAModel, read_model, write_model
from address.learned.pairs import Judged, numbered
from address.learned.trees import Forest, grow

ROUNDS: Final = 100
RARER: Final = 0.3
"""How much a rare class is favoured: its share to minus this power."""
FOUND: Final = 50
"""Texts that share pieces with the query, found by the index."""
LOOKED_AT: Final = 30
"""Of these, how many the reranker looks at."""
NAME_WEIGHT: Final = 0.7
SHORTER: Final = 0.4
"""Texts are discounted by their weight to this power: long ones share more by chance."""
GAINS: Final = np.array([0.0, 0.7, 1.0], np.float32)
"""What a text judged none, partial or exact is worth: a high second one gives up exact hits for fewer misses."""
UNJUDGED: Final = 0.4
"""Weight of texts that nobody held against the query; taken for none."""
AT_ONCE: Final = 128
JUDGE, RERANKER = "pairs", "retrieve"


@dataclass(frozen=True, slots=True)
class Judge:
    """Says none, partial or exact of each pair, knowing the other texts that are held against the same query."""

    scales: Scales
    forest: Forest
    favour: Floats

    @classmethod
    def train(cls, judged: Sequence[Judged], seed: int = 1, rounds: int = ROUNDS) -> "Judge":
        """From judged pairs."""
        queries, texts, pairs = numbered(judged)
        scales = Scales.learnt([plain(text) for text in texts])
        labels = np.array([label for one in judged for label in one.labels])
        forest = grow(_rows(scales, queries, texts, pairs), labels, classes=3, seed=seed, rounds=rounds)
        shares = np.bincount(labels, minlength=3) / len(labels)
        return cls(scales, forest, (-RARER * np.log(shares)).astype(np.float32))

    def judge(self, asked: Sequence[Judged]) -> Ints:
        """0, 1 or 2 for each text of each query, in their order; the labels that stand there are not looked at."""
        rows = _rows(self.scales, *numbered(asked))
        said: Ints = (self.forest.scores(rows) + self.favour).argmax(axis=1)
        return said

    def save(self, path: Path, trained_on: Path, day: date) -> dict[str, object]:
        """Writes the model."""
        arrays = {"favour": self.favour, **self.forest.arrays()}
        for view, weights in self.scales.weights.items():
            arrays[f"pieces_{view}"] = np.array(list(weights) or [""])
            arrays[f"weights_{view}"] = np.array(list(weights.values()) or [0.0], np.float32)
        return write_model(path, JUDGE, arrays, trained_on, day, unknown=self.scales.unknown)

    @classmethod
    def load(cls, path: Path) -> "Judge":
        """The judge that `save` wrote."""
        head, held = read_model(path, JUDGE)
        try:
            views = [name.removeprefix("pieces_") for name in held if name.startswith("pieces_")]
            weights = {
                view: dict(zip(held[f"pieces_{view}"].tolist(), held[f"weights_{view}"].tolist(), strict=True))
                for view in views
            }
            return cls(Scales(weights, float(head["unknown"])), Forest.of(held), held["favour"])
        except (KeyError, ValueError, TypeError) as exc:
            raise _incomplete(path) from exc


class Pool:
    """Texts to be found, as an inverted index of the pieces of all and of their names."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [plain(text) for text in texts]
        self.scales = Scales.learnt(self.texts)
        self.shown = self.scales.show(self.texts)
        whole, names = self.shown.views["grams"], self.shown.views["name"]
        self._index = csr_array(vstack([whole.pieces.T, np.sqrt(np.float32(NAME_WEIGHT)) * names.pieces.T]))
        self._discount = np.maximum(whole.weight + NAME_WEIGHT * names.weight, np.float32(1e-6)) ** -SHORTER

    def look(self, queries: Sequence[str], keep: int = FOUND) -> list[NDArray[np.int32]]:
        """For each query the numbers of the texts that share most with it, the best first."""
        return self.look_through(self.scales.hold([plain(query) for query in queries], self.shown), keep)

    def look_through(self, views: Views, keep: int) -> list[NDArray[np.int32]]:
        """The same for queries that were cut into pieces."""
        names = np.sqrt(np.float32(NAME_WEIGHT)) * views["name"].pieces
        shared = csr_array(csr_array(hstack([views["grams"].pieces, names])) @ self._index)
        scores = shared.data * self._discount[shared.indices]
        found = []
        for first, end in pairwise(shared.indptr):
            texts, mine = shared.indices[first:end], scores[first:end]
            if len(texts) > keep:
                best = np.argpartition(-mine, keep)[:keep]
                texts, mine = texts[best], mine[best]
            found.append(texts[np.argsort(-mine, kind="stable")])
        return found


@dataclass(frozen=True, slots=True)
class Reranker:
    """Puts the texts that the index found for a query in a better order."""

    forest: Forest

    @classmethod
    def train(
        cls, judged: Sequence[Judged], pool: Pool, numbers: dict[str, int], seed: int = 1, rounds: int = ROUNDS
    ) -> "Reranker":
        """From judged pairs whose texts are in the pool; `numbers` says where."""
        rows, gains, weights = [], [], []
        for start in range(0, len(judged), AT_ONCE):
            part = judged[start : start + AT_ONCE]
            made, pairs = _candidates(pool, [one.query for one in part])
            known = [dict(zip((numbers[text] for text in one.texts), one.labels, strict=True)) for one in part]
            labels = [known[i].get(text, -1) for i, text in zip(*(side.tolist() for side in pairs), strict=True)]
            rows.append(made)
            gains += [GAINS[max(label, 0)] for label in labels]
            weights += [UNJUDGED if label < 0 else 1.0 for label in labels]
        return cls(
            grow(
                np.concatenate(rows),
                np.array(gains),
                np.array(weights, np.float32),
                classes=0,
                seed=seed,
                rounds=rounds,
            )
        )

    def best(self, pool: Pool, queries: Sequence[str]) -> list[NDArray[np.int32]]:
        """For each query the texts that the index found, the best first."""
        found: list[NDArray[np.int32]] = []
        for start in range(0, len(queries), AT_ONCE):
            part = queries[start : start + AT_ONCE]
            rows, (left, right) = _candidates(pool, part)
            scores = self.forest.scores(rows)[:, 0]
            order = np.lexsort((-scores, left))
            cuts = np.searchsorted(left, np.arange(1, len(part)))
            found += np.split(right[order].astype(np.int32), cuts)
        return found

    def save(self, path: Path, trained_on: Path, day: date) -> dict[str, object]:
        """Writes the model."""
        return write_model(path, RERANKER, self.forest.arrays(), trained_on, day)

    @classmethod
    def load(cls, path: Path) -> "Reranker":
        """The reranker that `save` wrote."""
        _, held = read_model(path, RERANKER)
        try:
            return cls(Forest.of(held))
        except (KeyError, ValueError, TypeError) as exc:
            raise _incomplete(path) from exc


def _candidates(pool: Pool, queries: Sequence[str]) -> tuple[Floats, tuple[Ints, Ints]]:
    asked = [plain(query) for query in queries]
    views = pool.scales.hold(asked, pool.shown)
    found = [np.sort(texts) for texts in pool.look_through(views, LOOKED_AT)]
    left = np.repeat(np.arange(len(found)), [len(texts) for texts in found])
    right = np.concatenate([*found, np.zeros(0, np.int32)]).astype(np.int64)
    return compare(asked, pool.texts, (views, pool.shown.views), (left, right)), (left, right)


def _rows(scales: Scales, queries: Sequence[str], texts: Sequence[str], pairs: tuple[Ints, Ints]) -> Floats:
    asked, told = [plain(query) for query in queries], [plain(text) for text in texts]
    shown = scales.show(told)
    return compare(asked, told, (scales.hold(asked, shown), shown.views), pairs)


def _incomplete(path: Path) -> NotAModel:
    return NotAModel(zh=f"{path.name} 内容不完整；请重新训练", en=f"{path.name} is not complete; train it again")
