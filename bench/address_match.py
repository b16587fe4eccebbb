"""How many addresses as people write them find their row of a register, against plain similarity of the whole text.

A query counts as found when exactly its row is answered. coverage_p99 is the share of answerable queries answered
rightly while 99 % of all answers are right; a door, building or room for a query that must be refused is wrong.
Positions are drawn, a different one for each row: only the row is judged.
"""

import argparse
import json
import platform
import resource
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
from rapidfuzz import fuzz, process

from address.match import AddressIndex
from address.parse import parse

BASELINE_QUERIES = 100
"""Queries given to the baseline: it reads the whole register for each."""
FINE = ("room", "unit", "building", "door")
COARSE = ("estate",)
"""Right for a query that means an estate; no answer to one that must be refused."""


def register_frame(path: Path) -> pl.DataFrame:
    """The register's columns under the names that the index takes; sections belong to the road's name."""
    raw = pl.read_csv(path, infer_schema_length=0).with_columns(pl.all().fill_null(""))
    level = (
        pl.when(pl.col("room") != "").then(pl.lit("room")).when(pl.col("bld") != "").then(pl.lit("building"))
        .when(pl.col("comp") != "").then(pl.lit("estate")).otherwise(pl.lit("door"))
    )  # fmt: skip
    return raw.select(
        "town", "group", "unit", "room", "full", code="id", level=level, village="comm", lane=pl.lit(""),
        road=pl.col("road") + pl.col("seg"), number="no", sub_number="sub", estate="comp", building="bld",
        lon=104.0 + pl.int_range(pl.len()) * 1e-5, lat=31.0 + pl.int_range(pl.len()) * 1e-6, grid_id=pl.lit(-1),
    )  # fmt: skip


def counties_of(frame: pl.DataFrame) -> list[str]:
    """The counties that stand before the town in the full texts of a register."""
    before = {full[: full.index(town)] for full, town in zip(frame["full"], frame["town"], strict=True) if town in full}
    return sorted({county for text in before if (county := parse(text).county)})


def measure(register: Path, queries: Path, limit: int | None, seed: int = 1) -> dict[str, Any]:
    """The figures of one register and one list of queries."""
    frame = register_frame(register)
    asked = pl.read_csv(queries, infer_schema_length=0).with_columns(pl.all().fill_null("")).head(limit or 10**9)
    before = time.perf_counter()
    index = AddressIndex.build(frame, counties_of(frame))
    build = time.perf_counter() - before
    began = time.process_time()
    found = index.match_many(asked["query"].to_list())
    spent = time.process_time() - began
    codes = frame["code"].to_list()
    answers = [codes[row] if row >= 0 else "" for row in found.row.tolist()]
    tags: dict[str, list[bool]] = defaultdict(list)
    judged: list[tuple[float, bool]] = []
    good: list[bool] = []
    for answer, level, score, truth, said in zip(
        answers, found.level, found.score.tolist(), asked["truth"], asked["tags"], strict=True
    ):
        is_answered = bool(answer) and level in FINE + COARSE * bool(truth)
        right = answer in truth.split("|") if truth else not is_answered
        if truth:
            good.append(right)
        if is_answered:
            judged.append((score, right))
        for tag in said.split(",") if said else ["plain"]:
            tags[tag].append(right)
    answerable = len(good)
    return {
        "recall_at_1": sum(good) / max(len(good), 1),
        "coverage_p99": _coverage(judged, answerable, 0.99),
        "coverage_p95": _coverage(judged, answerable, 0.95),
        "queries_per_cpu_second": len(asked) / max(spent, 1e-9),
        "build_seconds": build,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "by_tag": {tag: sum(hits) / len(hits) for tag, hits in sorted(tags.items())},
        "baseline_rapidfuzz": _baseline(frame, asked, seed),
        "queries": len(asked),
        "machine": platform.platform(),
        "commit": _commit(),
        "seed": seed,
    }


def _coverage(judged: list[tuple[float, bool]], answerable: int, precision: float) -> float:
    """The share of answerable queries that are answered rightly at the lowest score that keeps the precision.

    `judged` holds score and rightness of every query that was answered with a row, must-refuse ones among them: an
    answer to one of those is wrong.
    """
    best = right = 0
    ranked = sorted(judged, key=lambda one: -one[0])
    for count, (score, is_right) in enumerate(ranked, 1):
        right += is_right
        is_step = count == len(ranked) or ranked[count][0] < score
        if is_step and right / count >= precision:
            best = right
    return best / max(answerable, 1)


def _baseline(frame: pl.DataFrame, asked: pl.DataFrame, seed: int) -> dict[str, float]:
    """rapidfuzz over every full text, for a drawn sample of all queries, judged in the same way."""
    sample = asked.sample(min(BASELINE_QUERIES, len(asked)), seed=seed)
    texts, codes = frame["full"].to_list(), frame["code"].to_list()
    began = time.process_time()
    found = [process.extractOne(query, texts, scorer=fuzz.ratio) for query in sample["query"]]
    spent = time.process_time() - began
    judged = [(best[1], codes[best[2]] in truth.split("|")) for best, truth in zip(found, sample["truth"], strict=True)]
    answerable = sample.filter(pl.col("truth") != "").height
    return {
        "recall_at_1": sum(right for _, right in judged) / max(answerable, 1),
        "coverage_p99": _coverage(judged, answerable, 0.99),
        "queries_per_cpu_second": len(sample) / max(spent, 1e-9),
        "queries": len(sample),
    }


def _commit() -> str:
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    return asked.stdout.strip()


def main() -> None:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--register", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=1, help="draws the baseline's sample")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    figures = measure(told.register, told.queries, told.limit, told.seed)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:24} {value}")


if __name__ == "__main__":
    main()
