"""How many addresses as people write them find their row of a register, against plain similarity of the whole text.

The queries come from a file, or are made: `--noise all`, with `--held-out` of kinds that nothing was tuned on.
A query counts as found when exactly its row is answered. coverage_p99 is the share of answerable queries answered
rightly while 99 % of all answers are right; a door, building or room for a query that must be refused is wrong.
Where several rows are true, each of them is right, and so is the answer that just these fit equally. memory_mb is what
a process grows by that reads the finished index; positions are drawn: only the row is judged.
"""

import argparse
import json
import pickle
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
from rapidfuzz import fuzz, process

from address.match import AddressIndex
from address.parse import parse
from bench.noise import TOLD, Ground, Kind, queries
from bench.noise_kinds import HELD_OUT, TUNED

BASELINE_QUERIES = 100
"""Queries given to the baseline: it reads the whole register for each."""
FINE = ("room", "unit", "building", "door")
SINGLE = 2_000
"""Questions that are timed one by one."""
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


def noisy(frame: pl.DataFrame, kinds: dict[str, Kind], count: int, seed: int) -> pl.DataFrame:
    """So many noisy queries about a register: query, truth (codes separated by |), tags (kinds, by commas)."""
    head = _head_of(frame)
    abroad = ["江苏省南京市玄武区", "甘肃省兰州市", "绵竹市", "湖南省株洲市天元区", "杭州市西湖区"]
    ground = Ground(frame.select(*TOLD, "level").to_dicts(), head, [a for a in abroad if head[1] not in a])
    codes = frame["code"].to_list()
    told = [(text, "|".join(codes[at] for at in truth), ",".join(names)) for text, truth, names
            in queries(ground, kinds, count, seed)]  # fmt: skip
    return pl.DataFrame(told, schema=["query", "truth", "tags"], orient="row")


def _head_of(frame: pl.DataFrame) -> tuple[str, str, str]:
    """Province, city and county as the first text of a register begins, "" where one is missing."""
    full, town = frame["full"][0], frame["town"][0]
    parts = parse(full[: full.index(town)] if town in full else full)
    return parts.province, parts.city, parts.county


def measure(frame: pl.DataFrame, asked: pl.DataFrame, seed: int = 1, misses: int = 0) -> dict[str, Any]:
    """The figures of one register and one list of queries."""
    counties = counties_of(frame)
    before = time.perf_counter()
    index = AddressIndex.build(frame, counties)
    build = time.perf_counter() - before
    memory = _memory_mb(index)
    began = time.process_time()
    found = index.match_many(asked["query"].to_list())
    spent = time.process_time() - began
    codes = frame["code"].to_list()
    tags: dict[str, list[bool]] = defaultdict(list)
    missed: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    judged: list[tuple[float, bool]] = []
    good: list[bool] = []
    answers = zip(found.row.tolist(), found.level, found.score.tolist(), found.tied, strict=True)
    for (row, level, score, tied), query, truth, said in zip(
        answers, asked["query"], asked["truth"], asked["tags"], strict=True
    ):
        answer = codes[row] if row >= 0 else ""
        is_answered = bool(answer) and level in FINE + COARSE * bool(truth)
        right = answer in truth.split("|") if truth else not is_answered
        if truth and tied and {codes[row] for row in tied} == set(truth.split("|")):
            is_answered = right = True
        if truth:
            good.append(right)
        if is_answered:
            judged.append((score, right))
        for tag in said.split(",") if said else ["plain"]:
            tags[tag].append(right)
            if not right and len(missed[tag]) < misses:
                missed[tag].append((query, truth, answer))
    answerable = len(good)
    return {
        "recall_at_1": sum(good) / max(len(good), 1),
        "coverage_p99": _coverage(judged, answerable, 0.99),
        "coverage_p95": _coverage(judged, answerable, 0.95),
        "queries_per_cpu_second": len(asked) / max(spent, 1e-9),
        "single_p99_ms": _single_ms(index, asked["query"].to_list()),
        "build_seconds": build,
        "memory_mb": memory,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "by_tag": {tag: sum(hits) / len(hits) for tag, hits in sorted(tags.items())},
        "baseline_rapidfuzz": _baseline(frame, asked, seed),
        "queries": len(asked),
        "machine": platform.platform(),
        "commit": _commit(),
        "seed": seed,
    } | ({"missed": dict(missed)} if misses else {})


def _single_ms(index: AddressIndex, texts: list[str]) -> float:
    """How long 99 of 100 single questions take at most, milliseconds of CPU time."""
    took = []
    for text in texts[:SINGLE]:
        began = time.process_time()
        index.match_one(text)
        took.append(time.process_time() - began)
    return sorted(took)[int(len(took) * 0.99)] * 1000


def _memory_mb(index: AddressIndex) -> float:
    """How much a fresh process grows by when it reads the index."""
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump(index, file, protocol=pickle.HIGHEST_PROTOCOL)
        file.flush()
        told = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", READER, file.name], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
    return float(told.stdout)


READER = """
import gc, pickle, sys
import address.match
def grown():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
before = grown()
with open(sys.argv[1], "rb") as file:
    index = pickle.load(file)
index.match_one("")
gc.collect()
print(grown() - before)
"""


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
    parser.add_argument("--queries", type=Path, help="csv: qid, query, truth ids separated by |, tags")
    parser.add_argument("--noise", nargs="+", metavar="KIND", help="make queries of these kinds of noise, or of all")
    parser.add_argument("--held-out", action="store_true", help="with --noise all: the kinds nothing was tuned on")
    parser.add_argument("--limit", type=int, help="so many queries (noise: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="draws the noise and the baseline's sample")
    parser.add_argument("--misses", type=int, default=0, help="print so many wrong answers of each kind")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    frame = register_frame(told.register)
    if told.noise:
        every = HELD_OUT if told.held_out else TUNED
        kinds = every if told.noise == ["all"] else {name: (TUNED | HELD_OUT)[name] for name in told.noise}
        asked = noisy(frame, kinds, told.limit or 5000, told.seed)
    elif told.queries:
        asked = pl.read_csv(told.queries, infer_schema_length=0).with_columns(pl.all().fill_null(""))
        asked = asked.head(told.limit or len(asked))
    else:
        parser.error("--queries FILE or --noise all")
    figures = measure(frame, asked, told.seed, told.misses)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:24} {value}")


if __name__ == "__main__":
    main()
