"""Which matters of daily life a text tells of, by its pairs of letters: a linear model as plain arrays.

A label is a category, or a category and the number of a finer subject within it ("noise.3"): reports of one subject
are of one kind of trouble whatever words they use, which is what grouping compares. No name or place is a label.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

SHIPPED: Final = Path(__file__).with_name("wording.npz")
TEXTS: Final = Path(__file__).with_name("wording.tsv")
"""Label and text of what the shipped model learnt, invented. `wangge train classify --ship` writes both files."""
SURE: Final = 0.1
"""The chance from which a subject is named: one of 75 by chance alone has 0.013."""
SHARP: Final = 4.0
"""How fast the chance of a label grows with its score."""
NAMED: Final = 3
"""Words named in a reason."""
_FIGURES: Final = re.compile(r"\d+")


def grams(text: str) -> list[str]:
    """The letters and the pairs of neighbouring letters of a text, each once; any number reads 0."""
    letters = _FIGURES.sub("0", "".join(c for c in text if c.isalnum()))
    pairs = (letters[i : i + 2] for i in range(len(letters) - 1))
    return list(dict.fromkeys([*letters, *pairs]))


@dataclass(frozen=True)
class Wording:
    """A trained model. `weights`: one row a gram, one column a label, float32; `bias`: one a label."""

    labels: tuple[str, ...]
    vocabulary: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    about: Mapping[str, Any]
    """From what it was trained: texts, choices, when; no words of anybody."""

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each gram."""
        return {gram: row for row, gram in enumerate(self.vocabulary)}

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, one column a label; the decision values. Known grams weigh 1/√(number of them)."""
        known = [[self.rows[gram] for gram in grams(text) if gram in self.rows] for text in texts]
        sizes = np.array([len(found) for found in known], dtype=np.int64)
        columns = np.fromiter((row for found in known for row in found), np.int64, int(sizes.sum()))
        values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32)
        table = csr_array((values, columns, np.append(0, np.cumsum(sizes))), shape=(len(texts), len(self.vocabulary)))
        return np.asarray(table @ self.weights + self.bias, dtype=np.float32)

    def chances(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The scores as shares of each text, 0 … 1, that add up to 1."""
        raised = np.exp(SHARP * (scores := self.scores(texts)) - SHARP * scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

    def subject_in(self, text: str, category: str) -> str | None:
        """The likeliest label within a category; None where none is sure."""
        found = [
            (float(chance), label)
            for chance, label in zip(self.chances([text])[0], self.labels, strict=True)
            if category_of(label) == category
        ]
        chance, label = max(found, default=(0.0, ""))
        return label if chance >= SURE else None

    def reasons(self, text: str, label: int) -> list[str]:
        """The pieces of the text that spoke most for a label, overlapping pairs put together, in the text's order."""
        found = [(self.weights[self.rows[gram], label], gram) for gram in grams(text) if gram in self.rows]
        strong = {gram for weight, gram in sorted(found, reverse=True)[: 2 * NAMED] if weight > 0 and len(gram) == 2}
        pieces: list[str] = []
        for i in range(len(text) - 1):
            if text[i : i + 2] not in strong:
                continue
            if pieces and text[i - 1 : i + 1] in strong and pieces[-1][-1] == text[i]:
                pieces[-1] += text[i + 1]
            else:
                pieces.append(text[i : i + 2])
        return list(dict.fromkeys(pieces))[:NAMED]


def category_of(label: str) -> str:
    """The category of a label."""
    return label.partition(".")[0]


def fit(texts: Sequence[str], labels: Sequence[str], about: Mapping[str, Any]) -> Wording:
    """Train on texts and their labels (two labels at least). The same input gives the same model."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.svm import LinearSVC

    counted = CountVectorizer(analyzer=grams, binary=True)
    table = csr_array(counted.fit_transform(texts), dtype=np.float32)
    sizes = np.maximum(np.asarray(table.sum(axis=1)).ravel(), 1)
    table = csr_array(table.multiply(1 / np.sqrt(sizes)[:, None]))
    machine = LinearSVC(random_state=0).fit(table, list(labels))
    weights, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:  # one column stands for both
        weights, bias = np.vstack([-weights, weights]), np.append(-bias, bias)
    return Wording(
        tuple(str(name) for name in machine.classes_), tuple(counted.get_feature_names_out()),
        np.ascontiguousarray(weights.T, dtype=np.float32), np.asarray(bias, dtype=np.float32), dict(about),
    )  # fmt: skip


def shipped_texts() -> list[tuple[str, str]]:
    """(text, label) of what the shipped model was trained on."""
    rows = (line.split("\t") for line in TEXTS.read_text(encoding="utf-8").splitlines())
    return [(text, label) for label, text in rows]


def ship(texts: Sequence[tuple[str, str]]) -> Wording:
    """Make the shipped files anew from (text, label). The same texts give the same files."""
    TEXTS.write_text("".join(f"{label}\t{text}\n" for text, label in texts), encoding="utf-8")
    model = fit([text for text, _ in texts], [label for _, label in texts], {"texts": len(texts), "choices": 0})
    save(model, SHIPPED)
    return model


def retrained(choices: Sequence[tuple[str, str]], when: str) -> Wording:
    """A model of the shipped texts and of (text, category) that people chose: each choice counts as much as a text.

    A choice takes the subject that the shipped model sees within the category, else a subject of its own.
    """
    base, first = shipped_texts(), load(SHIPPED)
    learnt = [(text, first.subject_in(text, category) or f"{category}.0") for text, category in choices]
    told = base + learnt
    about = {"texts": len(base), "choices": len(learnt), "trained_at": when}
    return fit([text for text, _ in told], [label for _, label in told], about)


def save(model: Wording, path: Path) -> None:
    """Write a model as arrays: no code, nothing that runs when it is read. Weights are kept in 255 steps."""
    step = float(np.abs(model.weights).max()) / 127 or 1.0
    draft = path.with_suffix(".draft.npz")
    np.savez_compressed(
        draft, labels=np.array(model.labels), vocabulary=np.array(model.vocabulary), step=np.float32(step),
        weights=np.round(model.weights / step).astype(np.int8), bias=model.bias,
        about=np.array(json.dumps(dict(model.about), ensure_ascii=False)),
    )  # fmt: skip
    draft.replace(path)


def load(path: Path) -> Wording:
    """Read what `save` wrote. Raises ValueError for anything else."""
    with np.load(path, allow_pickle=False) as held:
        return Wording(
            tuple(held["labels"].tolist()), tuple(held["vocabulary"].tolist()),
            held["weights"].astype(np.float32) * held["step"], held["bias"], json.loads(str(held["about"])),
        )  # fmt: skip


@lru_cache(maxsize=4)
def _held(path: Path, changed_ns: int) -> Wording:
    del changed_ns  # part of the key
    return load(path)


def current(folder: Path) -> Wording:
    """The model that the site trained (`wording.npz` in this folder), else the shipped one; changes count at once."""
    own = folder / SHIPPED.name
    path = own if own.exists() else SHIPPED
    return _held(path, path.stat().st_mtime_ns)
