"""Official door plates as an address register in memory: parsed, indexed, and found again when they are told mildly.

The file has `full`, `city`, `district`, `village`, `lon`, `lat`; its divisions are the gazetteer that the plates are
read with. A query counts as found when the answer lies within a metre of a plate that is told in just these words.
"""

import argparse
import csv
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import polars as pl

from address.gazetteer import Gazetteer
from address.match import AddressIndex
from address.parse import Parts, parse
from core.coords import metres_between

NEAR_M: Final = 1.0
FULL: Final = str.maketrans("0123456789", "０１２３４５６７８９")
Row = dict[str, str]


def _simplified(text: str) -> str:
    from opencc import OpenCC

    return str(OpenCC("t2s").convert(text))


def _spaced(row: Row) -> str:
    return f"{row['city']} {row['district']} {row['village']} {row['full'].split(row['village'], 1)[-1]}"


FORMS: Final[dict[str, Callable[[Row], str]]] = {
    "as_printed": lambda row: row["full"],
    "without_city": lambda row: row["full"].removeprefix(row["city"]),
    "without_district": lambda row: row["full"].replace(row["city"] + row["district"], row["city"]),
    "without_village": lambda row: re.sub(r"\d+鄰", "", row["full"].replace(row["village"], "", 1)),
    "without_neighbours": lambda row: re.sub(r"\d+鄰", "", row["full"]),
    "simplified": lambda row: _simplified(row["full"]),
    "no_number_word": lambda row: row["full"].removesuffix("號"),
    "full_width": lambda row: row["full"].translate(FULL),
    "dash_for_zhi": lambda row: row["full"].replace("之", "-"),
    "spaced": _spaced,
    "tai": lambda row: row["full"].replace("臺", "台"),
    "sentence": lambda row: f"您好，我家住在{row['full'].removeprefix(row['city'])}，路燈不亮",
    "commented": lambda row: row["full"] + "（一樓店面）",
}  # fmt: skip


def level_of(parts: Parts) -> str:
    """The finest level that was read."""
    if parts.room or parts.floor:
        return "room"
    if parts.building:
        return "building"
    return "door" if parts.number else "estate" if parts.estate else "village"


def measure(path: Path, count: int, seed: int) -> dict[str, Any]:
    """The figures of one file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = Gazetteer(
        counties={row["city"] for row in rows}, towns={row["district"] for row in rows},
        villages={row["village"] for row in rows},
    )  # fmt: skip
    read = [parse(row["full"], names) for row in rows]
    frame = pl.DataFrame([asdict(parts) for parts in read]).with_columns(
        pl.Series("level", [level_of(parts) for parts in read]),
        pl.Series("town", [row["district"] for row in rows]), pl.Series("village", [row["village"] for row in rows]),
        pl.Series("lon", [float(row["lon"]) for row in rows]), pl.Series("lat", [float(row["lat"]) for row in rows]),
    )  # fmt: skip
    index = AddressIndex.build(frame.with_columns(pl.col("floor").replace("", None)), [rows[0]["city"]])
    chosen = random.Random(seed).sample(range(len(rows)), min(count, len(rows)))
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    spent, asked = 0.0, 0
    for form, told in FORMS.items():
        by_words: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(rows):
            by_words[told(row)].append(at)
        texts = [told(rows[at]) for at in chosen]
        began = time.process_time()
        found = index.match_many(texts)
        spent, asked = spent + time.process_time() - began, asked + len(texts)
        for text, row_no, lon, lat in zip(texts, found.row.tolist(), found.lon, found.lat, strict=True):
            away = min(
                float(metres_between(float(rows[at]["lon"]), float(rows[at]["lat"]), lon, lat)) for at in by_words[text]
            )
            hits[form]["n"] += 1
            hits[form]["right"] += row_no >= 0 and away <= NEAR_M
            hits[form]["wrong"] += row_no >= 0 and away > NEAR_M
    every = sum(hits.values(), Counter[str]())
    return {
        "plates": len(rows),
        "recall_at_1": every["right"] / every["n"],
        "wrong": every["wrong"] / every["n"],
        "by_form": {form: round(tally["right"] / tally["n"], 4) for form, tally in hits.items()},
        "queries_per_cpu_second": asked / max(spent, 1e-9),
        "queries": asked,
        "seed": seed,
    }


def main() -> None:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plates", type=Path, required=True, help="csv.gz: full, city, district, village, lon, lat")
    parser.add_argument("--limit", type=int, default=1_000, help="plates that are asked for, each in every form")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    figures = measure(told.plates, told.limit, told.seed)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:24} {value}")


if __name__ == "__main__":
    main()
