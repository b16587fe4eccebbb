"""Which of the categories a report's words suggest, and because of which words.

The rules are rows (`incidents.category`, `incidents.category_word`), first seeded from `categories.toml`; beside them
speaks a trained model of words (`incidents.wording`), which also tells the subject within the category.
A suggestion always names its reasons; a text without any known word is "other", said so, never guessed.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from incidents.wording import SURE, Wording, category_of

STRONG_WEIGHT: Final = 3.0
"""A word that nearly settles it; an ordinary word weighs 1. Both are data in the word table afterwards."""

HINT_WEIGHT: Final = 2.5
"""The source's own category counts less than one strong word: hotline clerks file much under the wrong head."""

MODEL_WEIGHT: Final = 8.0
"""What the model adds to a category that it is certain of; unsure, it adds the share of it."""

LONGEST_REASON: Final = 6
"""Matched words named in a reason."""

OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its place in the list decides ties."""

    code: str
    name_zh: str
    name_en: str
    is_sensitive: bool
    rank: int
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The categories in order of rank, and (word, category code, weight) rows."""

    categories: tuple[Category, ...]
    words: tuple[tuple[str, str, float], ...]

    def codes_by_name(self) -> dict[str, str]:
        """Every name a category goes by, ours and other offices', with its code."""
        names = {name: c.code for c in self.categories for name in (*c.also, c.name_en, c.name_zh, c.code)}
        return names | {c.code: c.code for c in self.categories}


@dataclass(frozen=True, slots=True)
class Classified:
    """One category code, one reason (zh) and one subject (None = none is sure) for each text, in order."""

    category: list[str]
    why: list[str]
    subject: list[str | None]


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    """The rules as shipped in `categories.toml`."""
    listed = tomllib.loads(Path(__file__).with_name("categories.toml").read_text(encoding="utf-8"))["category"]
    categories = tuple(
        Category(c["code"], c["name_zh"], c["name_en"], bool(c.get("is_sensitive", False)), rank, tuple(c["also"]))
        for rank, c in enumerate(listed, start=1)
    )
    words = [
        (word, str(c["code"]), weight)
        for c in listed
        for key, weight in (("strong", STRONG_WEIGHT), ("words", 1.0))
        for word in c[key]
    ]
    return Rules(categories, tuple(words))


def classify(
    texts: Sequence[str], hints: Sequence[str | None], rules: Rules, model: Wording | None = None
) -> Classified:
    """The best category for each text, with the words that say so.

    `hints` are the sources' own categories, in any words; unknown ones count nothing. A word counts once however
    often it stands there. A tie goes to the category listed first, and the reason says "并列".
    """
    codes = [c.code for c in rules.categories]
    column = {code: i for i, code in enumerate(codes)}
    score = np.zeros((len(texts), len(codes)))
    found = _matches(texts, rules)
    np.add.at(score, (found["at"].to_numpy(), found["column"].to_numpy()), found["weight"].to_numpy())
    hinted = _hinted(hints, rules, column)
    chances, columns = _told_by(model, texts, column)
    np.add.at(score.T, columns, MODEL_WEIGHT * np.where(chances >= SURE, chances, 0).T)
    has_hint = np.flatnonzero(hinted >= 0)
    score[has_hint, hinted[has_hint]] += np.where(hinted[has_hint] == column[OTHER], 0.5, HINT_WEIGHT)
    best = score.argmax(axis=1)
    top = score[np.arange(len(texts)), best] if len(texts) else np.zeros(0)
    best = np.where(top > 0, best, column[OTHER])
    is_tie = (score == top[:, None]).sum(axis=1) > 1
    words = _words_of_winner(found, best, len(texts))
    subject = _subjects(chances, columns, best)
    for i in np.flatnonzero(subject >= 0).tolist():
        if model is not None:
            words[i] = list(dict.fromkeys([*words[i], *model.reasons(texts[i], int(subject[i]))]))[:LONGEST_REASON]
    why = [
        _reason(words[i], None if hinted[i] != best[i] else hints[i], tie=bool(is_tie[i] and top[i] > 0))
        for i in range(len(texts))
    ]
    labels = () if model is None else model.labels
    return Classified([codes[i] for i in best], why, [labels[n] if n >= 0 else None for n in subject.tolist()])


def _told_by(
    model: Wording | None, texts: Sequence[str], column: dict[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The chance of each label for each text, and the column of each label's category."""
    if model is None or not len(texts):
        return np.zeros((len(texts), 0)), np.zeros(0, dtype=np.int64)
    known = np.array([column.get(category_of(label), -1) for label in model.labels], dtype=np.int64)
    chances = np.where(known >= 0, model.chances(texts), 0).astype(np.float64)
    return chances, np.where(known >= 0, known, column[OTHER])


def _subjects(chances: NDArray[np.float64], columns: NDArray[np.int64], best: NDArray[np.int64]) -> NDArray[np.int64]:
    """The likeliest label within the category that was chosen; -1 where none is sure."""
    if not len(columns) or not len(best):
        return np.full(len(best), -1, dtype=np.int64)
    within = np.where(columns == best[:, None], chances, 0)
    top = within.argmax(axis=1)
    return np.where(within[np.arange(len(best)), top] >= SURE, top, -1)


def _matches(texts: Sequence[str], rules: Rules) -> pl.DataFrame:
    """Rows (at, word, column, weight): each known word of each text once.

    A word inside a longer known word of the same category is not counted beside it.
    """
    column = {c.code: i for i, c in enumerate(rules.categories)}
    table = pl.DataFrame(
        [(word, column[code], weight) for word, code, weight in rules.words if code in column],
        schema={"word": pl.String, "column": pl.Int64, "weight": pl.Float64},
        orient="row",
    )
    found = (
        pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
        .with_row_index("at")
        .select(
            pl.col("at").cast(pl.Int64),
            pl.col("text").str.extract_many(table["word"].unique().sort().to_list(), overlapping=True).alias("word"),
        )
        .explode("word", empty_as_null=True)
        .drop_nulls()
        .unique(maintain_order=True)
        .join(table, on="word", maintain_order="left")
    )
    longer = found.join(found, on=["at", "column"], suffix="_longer").filter(
        (pl.col("word") != pl.col("word_longer")) & pl.col("word_longer").str.contains(pl.col("word"), literal=True)
    )
    return found.join(longer, on=["at", "column", "word"], how="anti", maintain_order="left")


def _hinted(hints: Sequence[str | None], rules: Rules, column: dict[str, int]) -> NDArray[np.int64]:
    names = rules.codes_by_name()
    return np.array([column[names[h]] if h is not None and h in names else -1 for h in hints], dtype=np.int64)


def _words_of_winner(found: pl.DataFrame, best: NDArray[np.int64], size: int) -> list[list[str]]:
    winner = pl.DataFrame({"at": np.arange(size), "column": best}, schema={"at": pl.Int64, "column": pl.Int64})
    grouped = (
        found.join(winner, on=["at", "column"], how="semi")
        .sort("at", pl.col("weight"), descending=[False, True], maintain_order=True)
        .group_by("at", maintain_order=True)
        .agg(pl.col("word").head(LONGEST_REASON))
    )
    words: list[list[str]] = [[] for _ in range(size)]
    for at, listed in grouped.iter_rows():
        words[at] = listed
    return words


def _reason(words: Sequence[str], hint: str | None, *, tie: bool) -> str:
    parts = []
    if words:
        parts.append("词语：" + "、".join(words))
    if hint is not None:
        parts.append(f"来源归类：{hint}")
    if tie:
        parts.append("并列，取排在前面的类别")
    return "；".join(parts) or "没有可识别的词语"
