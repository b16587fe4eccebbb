"""Which text of a pool means the place of a query: the trained reranker, against the bigram index alone.

The pool is every text of --pairs, each once. A text counts as exact or partial when people judged it so for that query;
all others count as wrong. top1_exact is asked of the queries that have an exact text, top1_exact_or_partial of those
that have an exact or a partial one. With --train the reranker learns from that file; without, --pairs is cut by query.
"""

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from address.learned.judging import FOUND, Pool, Reranker
from address.learned.pairs import EXACT, NONE, PARTIAL, Judged, numbered, read_pairs
from bench._said import said
from bench.address_pairs import FOLDS, parts_of

Order = list[list[int]]


def measure(pairs: Path, learn: Path | None, seed: int) -> dict[str, Any]:
    """The figures of one file."""
    judged = read_pairs(pairs)
    began = time.process_time()
    pool, numbers = pool_of(judged)
    built = time.process_time() - began
    order: Order = [[] for _ in judged]
    asking = training = 0.0
    parts = parts_of(judged, learn, seed)
    for known, asked in parts:
        began = time.process_time()
        home = (pool, numbers) if learn is None else pool_of(known)
        reranker = Reranker.train(known, *home, seed=seed)
        trained = time.process_time()
        for i, texts in zip(asked, reranker.best(pool, [judged[i].query for i in asked]), strict=True):
            order[i] = texts.tolist()
        training, asking = training + trained - began, asking + time.process_time() - trained
    began = time.process_time()
    first = [texts.tolist() for texts in pool.look([one.query for one in judged])]
    looking = time.process_time() - began
    labels = [dict(zip((numbers[text] for text in one.texts), one.labels, strict=True)) for one in judged]
    return {
        **_figures(labels, order, asking),
        "recall_at_50": _share(labels, first, EXACT, EXACT, FOUND),
        "build_cpu_seconds": built,
        "train_cpu_seconds": training / len(parts),
        "scored": f"trained on {learn.name}" if learn else f"cross-validated by query, {FOLDS} parts",
        "baseline_bigrams": _figures(labels, first, looking),
        "queries": len(judged),
        "queries_with_exact": sum(EXACT in known.values() for known in labels),
        "queries_with_exact_or_partial": sum(any(known.values()) for known in labels),
        "texts": len(pool.texts),
        **said(seed),
    }


def pool_of(judged: list[Judged]) -> tuple[Pool, dict[str, int]]:
    """All texts of a file, and the number of each."""
    texts = numbered(judged)[1]
    return Pool(texts), {text: i for i, text in enumerate(texts)}


def _figures(labels: list[dict[int, int]], order: Order, spent: float) -> dict[str, float]:
    return {
        "top1_exact": _share(labels, order, EXACT, EXACT, 1),
        "top1_exact_or_partial": _share(labels, order, PARTIAL, PARTIAL, 1),
        "top1_exact_or_partial_where_exact": _share(labels, order, EXACT, PARTIAL, 1),
        "queries_per_cpu_second": len(order) / max(spent, 1e-9),
    }


def _share(labels: list[dict[int, int]], order: Order, asked: int, enough: int, depth: int) -> float:
    """Of the queries with a text judged `asked` or better: how many have one judged `enough` among the first."""

    def best(known: dict[int, int], texts: Iterable[int]) -> int:
        return max((known.get(text, NONE) for text in texts), default=NONE)

    hits = [
        best(known, texts[:depth]) >= enough
        for known, texts in zip(labels, order, strict=True)
        if max(known.values(), default=NONE) >= asked
    ]
    return float(np.mean(hits)) if hits else 0.0


def main() -> None:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="judged pairs whose queries are asked")
    parser.add_argument("--train", type=Path, help="judged pairs to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    figures = measure(told.pairs, told.train, told.seed)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:34} {value}")


if __name__ == "__main__":
    main()
