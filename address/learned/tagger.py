"""The tagger: reads the elements of a sentence by a chain whose weights were trained on labelled sentences (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from address.learned.chain import Floats, Ints, Marks, best, chances, in_rows
from address.learned.labelled import Sentence, Span, marks_of, spans_of
from address.learned.model_file import NotAModel, read_model, write_model
from address.learned.signs import Signs

Rows = NDArray[np.int32]

ROUNDS: Final = 6
BATCH: Final = 32
RATE: Final = 0.1
DROPPED: Final = 0.3
"""Share of the signs hidden at each look, so that no single one is relied on."""
DECAY: Final = 1e-6
AT_ONCE: Final = 256
"""Sentences read together."""
TASK: Final = "parse"
RUN: Final = re.compile(r"[0-9]+|[A-Za-z]+|\S")


def tokens_of(text: str, joins: bool) -> list[str]:
    """A text as tokens: its characters, or with runs of digits and of letters as one."""
    return RUN.findall(text) if joins else [c for c in text if not c.isspace()]


@dataclass(frozen=True, slots=True)
class Tagger:
    """`weights` (signs + 1, marks): the score of a mark for a sign. `steps` (marks, marks): of one behind another."""

    signs: Signs
    marks: Marks
    weights: Floats
    steps: Floats
    joins: bool
    """Whether runs of digits and of letters are one token, as in the training file."""

    def explain(self, text: str) -> str:
        """The elements of a text in one line: road=人民路  roadno=12号."""
        tokens = tokens_of(text, self.joins)
        return "  ".join(f"{kind}={''.join(tokens[first:end])}" for first, end, kind in self.read([tokens])[0])

    def save(self, path: Path, trained_on: Path, day: date) -> dict[str, object]:
        """Writes the model; weights are kept in half precision."""
        keys = self.signs.keys
        arrays = {
            "tokens": np.array(list(self.signs.codes)),
            "codes": np.array(list(self.signs.codes.values())),
            "keys": np.concatenate(keys),
            "lengths": np.array([len(key) for key in keys]),
            "weights": self.weights.astype(np.float16),
            "steps": self.steps,
        }
        kinds = [name[2:] for name in self.marks.names[1::4]]
        return write_model(path, TASK, arrays, trained_on, day, kinds=kinds, joins=self.joins)

    @classmethod
    def load(cls, path: Path) -> "Tagger":
        """The tagger that `save` wrote."""
        head, held = read_model(path, TASK)
        try:
            codes = dict(zip(held["tokens"].tolist(), held["codes"].tolist(), strict=True))
            signs = Signs.of(codes, np.split(held["keys"], np.cumsum(held["lengths"])[:-1]))
            marks = Marks.of(tuple(head["kinds"]))
            size = len(marks.names)
            weights, steps = held["weights"].astype(np.float32), held["steps"].astype(np.float32)
            if weights.shape != (signs.count + 1, size) or steps.shape != (size, size):
                raise ValueError("shapes do not fit")
        except (KeyError, ValueError, TypeError) as exc:
            raise NotAModel(
                zh=f"{path.name} 内容不完整；请重新训练", en=f"{path.name} is not complete; train it again"
            ) from exc
        return cls(signs, marks, weights, steps, bool(head["joins"]))

    def read(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        """The elements of sentences that are cut into tokens as the training sentences were."""
        found: list[list[Span]] = [[] for _ in sentences]
        order = sorted((i for i, tokens in enumerate(sentences) if tokens), key=lambda i: -len(sentences[i]))
        for start in range(0, len(order), AT_ONCE):
            batch = order[start : start + AT_ONCE]
            lengths = np.array([len(sentences[i]) for i in batch])
            scores = _summed(self.signs.rows([sentences[i] for i in batch]), self.weights)
            chains = best(in_rows(scores, lengths)[0], lengths, self.steps, self.marks)
            for i, chain, length in zip(batch, chains.tolist(), lengths.tolist(), strict=True):
                found[i] = spans_of([self.marks.names[mark] for mark in chain[:length]])
        return found


def train(sentences: Sequence[Sentence], seed: int = 1, rounds: int = ROUNDS) -> Tagger:
    """A tagger from labelled sentences: the chain's likelihood climbed by AdaGrad (Duchi, Hazan, Singer 2011)."""
    marks = Marks.of(tuple(sorted({kind for sentence in sentences for _, _, kind in sentence.spans})))
    number = {name: i for i, name in enumerate(marks.names)}
    tokens = [sentence.tokens for sentence in sentences]
    signs = Signs.learnt(tokens)
    lengths = np.array([len(words) for words in tokens])
    cuts = np.cumsum(lengths)[:-1]
    rows = np.split(signs.rows(tokens), cuts)
    truth = [np.array([number[m] for m in marks_of(s.spans, len(s.tokens))]) for s in sentences]
    rng = np.random.default_rng(seed)
    climb = _Climb.begin(marks, signs.count)
    means = [np.zeros_like(climb.weights), np.zeros_like(climb.steps)]
    for turn in range(rounds):
        order = np.argsort(-(lengths + rng.uniform(0, 4, len(lengths))))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            ordered = batch[np.argsort(-lengths[batch], kind="stable")]
            shown = np.concatenate([rows[i] for i in ordered])
            shown = np.where(rng.random(shown.shape) < DROPPED, signs.count, shown)
            climb.look(shown, np.concatenate([truth[i] for i in ordered]), lengths[ordered])
        if turn >= rounds // 2:
            means[0] += climb.weights / (rounds - rounds // 2)
            means[1] += climb.steps / (rounds - rounds // 2)
    joins = any(len(token) > 1 for words in tokens for token in words)
    return Tagger(signs, marks, means[0], means[1], joins)


@dataclass(slots=True)
class _Climb:
    """Weights on their way, with the sum of squares of each gradient."""

    marks: Marks
    weights: Floats
    steps: Floats
    squares: tuple[Floats, Floats] = field(init=False)

    def __post_init__(self) -> None:
        self.squares = (np.full_like(self.weights, 1e-3), np.full_like(self.steps, 1e-3))

    @classmethod
    def begin(cls, marks: Marks, count: int) -> "_Climb":
        size = len(marks.names)
        return cls(marks, np.zeros((count + 1, size), np.float32), np.zeros((size, size), np.float32))

    def look(self, rows: Rows, truth: Ints, lengths: Ints) -> None:
        """One step uphill on the sentences of a batch, the longest first."""
        used, inverse = np.unique(rows, return_inverse=True)
        chosen = _chosen(inverse.reshape(rows.shape), len(used))
        scores, mask = in_rows(chosen @ self.weights[used], lengths)
        chance, taken = chances(scores, lengths, self.steps, self.marks)
        wrong = chance[mask]
        wrong[np.arange(len(truth)), truth] -= 1
        slope = chosen.T @ wrong + DECAY * self.weights[used]
        slope[used == len(self.weights) - 1] = 0
        self.squares[0][used] += slope * slope
        self.weights[used] -= RATE * slope / np.sqrt(self.squares[0][used])
        inner = np.ones(len(truth) - 1, bool)
        inner[np.cumsum(lengths)[:-1] - 1] = False
        np.subtract.at(taken, (truth[:-1][inner], truth[1:][inner]), 1)
        self.squares[1][:] += taken * taken
        self.steps -= RATE * taken / np.sqrt(self.squares[1])


def _chosen(rows: NDArray[np.integer], count: int) -> csr_array:
    """(tokens, signs): one where a token shows a sign."""
    height, width = rows.shape
    return csr_array(
        (np.ones(rows.size, np.float32), rows.ravel(), np.arange(0, rows.size + 1, width)), shape=(height, count)
    )


def _summed(rows: Rows, weights: Floats) -> Floats:
    """The rows of weights that each token shows, added up."""
    scores: Floats = _chosen(rows, len(weights)) @ weights
    return scores
