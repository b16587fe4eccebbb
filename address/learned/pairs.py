"""Queries and texts that people judged: files in two layouts, and the measure (pure)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from address.learned.labelled import NotLabelled

NONE, PARTIAL, EXACT = 0, 1, 2
LABELS: Final = {"不匹配": NONE, "部分匹配": PARTIAL, "完全匹配": EXACT, "0": NONE, "1": PARTIAL, "2": EXACT}


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the texts that were held against it, each with none, partial or exact."""

    query: str
    texts: tuple[str, ...]
    labels: tuple[int, ...]


def read_pairs(path: Path) -> list[Judged]:
    """JSON lines of {query, candidate: [{text, label}]}, or lines of query, text and 0, 1 or 2 between tabs."""
    found: dict[object, tuple[str, list[str], list[int]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            if line.lstrip().startswith("{"):
                row = json.loads(line)
                texts = [str(one["text"]) for one in row["candidate"]]
                labels = [LABELS[str(one["label"])] for one in row["candidate"]]
                found[number] = (str(row["query"]), texts, labels)
            else:
                query, text, label = line.split("\t")
                _, texts, labels = found.setdefault(query, (query, [], []))
                texts.append(text)
                labels.append(LABELS[label.strip()])
        except (ValueError, KeyError, TypeError) as exc:
            raise NotLabelled(
                zh=f"{path.name} 第 {number} 行不是一对地址：应为带 query、candidate 的 JSON，"
                "或以制表符分开的“查询、地址、0/1/2”",
                en=f"{path.name} line {number} is no judged pair: JSON with query and candidate, or query, text and "
                "0, 1 or 2 between tabs",
            ) from exc
    if not found:
        raise NotLabelled(zh=f"{path.name} 里没有一对地址", en=f"{path.name} holds no judged pair")
    return [Judged(query, tuple(texts), tuple(labels)) for query, texts, labels in found.values()]


def f1_by_class(truth: NDArray[np.int64], said: NDArray[np.int64]) -> list[float]:
    """F1 of none, of partial and of exact."""
    return [
        float(2 * ((truth == c) & (said == c)).sum() / max((truth == c).sum() + (said == c).sum(), 1))
        for c in (NONE, PARTIAL, EXACT)
    ]


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """The mean of the three."""
    return float(np.mean(f1_by_class(truth, said)))


def numbered(judged: Sequence[Judged]) -> tuple[list[str], list[str], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Queries, texts (each once) and, for every judged pair, the numbers of both."""
    queries = [one.query for one in judged]
    number: dict[str, int] = {}
    left = [i for i, one in enumerate(judged) for _ in one.texts]
    right = [number.setdefault(text, len(number)) for one in judged for text in one.texts]
    return queries, list(number), (np.array(left), np.array(right))
