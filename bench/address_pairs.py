"""Whether a text means the place of a query (none, partial, exact), against a threshold on rapidfuzz.

With --train the judge learns from that file and is scored on --pairs; without, --pairs is cut by query into parts and
each is judged by a judge of the others. The texts of one query are judged in sight of each other.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rapidfuzz import fuzz

from address.learned.judging import Judge
from address.learned.pairs import Judged, f1_by_class, macro_f1, read_pairs
from bench._said import said

FOLDS: Final = 5
CUTS: Final = range(20, 100, 3)


def parts_of(judged: list[Judged], learn: Path | None, seed: int) -> list[tuple[list[Judged], list[int]]]:
    """What is learnt from, and the numbers of the queries that are then asked; no query is on both sides."""
    if learn is not None:
        return [(read_pairs(learn), list(range(len(judged))))]
    words = sorted({one.query for one in judged})
    fold = dict(zip(random.Random(seed).sample(words, len(words)), (i % FOLDS for i in range(len(words))), strict=True))
    return [
        (
            [one for one in judged if fold[one.query] != part],
            [i for i, one in enumerate(judged) if fold[one.query] == part],
        )
        for part in range(FOLDS)
    ]


def measure(pairs: Path, learn: Path | None, seed: int) -> dict[str, Any]:
    """The figures of one file."""
    judged = read_pairs(pairs)
    truth, answers, plain = [], [], []
    judging = training = ratios = 0.0
    parts = parts_of(judged, learn, seed)
    for known, numbers in parts:
        asked = [judged[i] for i in numbers]
        began = time.process_time()
        judge = Judge.train(known, seed)
        trained = time.process_time()
        answers.append(judge.judge(asked))
        told = time.process_time()
        plain.append(_by_ratio(known, asked))
        truth.append([label for one in asked for label in one.labels])
        training, judging, ratios = training + trained - began, judging + told - trained, ratios + _since(told)
    wanted, given, ruled = np.concatenate(truth), np.concatenate(answers), np.concatenate(plain)
    return {
        "macro_f1": macro_f1(wanted, given),
        "pairs_per_cpu_second": len(wanted) / max(judging, 1e-9),
        "f1_by_class": dict(zip(("none", "partial", "exact"), f1_by_class(wanted, given), strict=True)),
        "train_cpu_seconds": training / len(parts),
        "scored": f"trained on {learn.name}" if learn else f"cross-validated by query, {FOLDS} parts",
        "baseline_rapidfuzz": {
            "macro_f1": macro_f1(wanted, ruled), "pairs_per_cpu_second": len(wanted) / max(ratios, 1e-9),
        },
        "pairs": len(wanted),
        **said(seed),
    }  # fmt: skip


def _since(began: float) -> float:
    return time.process_time() - began


def _by_ratio(known: Sequence[Judged], asked: Sequence[Judged]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """rapidfuzz ratio with the two thresholds that did best on what was learnt from."""
    ratios, labels = _ratios(known), np.array([label for one in known for label in one.labels])
    best = max(
        ((low, high) for low in CUTS for high in CUTS if low <= high),
        key=lambda cuts: macro_f1(labels, np.digitize(ratios, cuts)),
    )
    told: np.ndarray[Any, np.dtype[np.int64]] = np.digitize(_ratios(asked), best)
    return told


def _ratios(judged: Sequence[Judged]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([fuzz.ratio(one.query, text) for one in judged for text in one.texts])


def main() -> None:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="judged pairs to be asked")
    parser.add_argument("--train", type=Path, help="judged pairs to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    figures = measure(told.pairs, told.train, told.seed)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:22} {value}")


if __name__ == "__main__":
    main()
