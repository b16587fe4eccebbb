"""Do codes and names of older yearly division tables find today's, judged by villages that were hidden from us.

The rule of the judge: half of the villages (by a hash of the stem of their name and the seed) are taken out of every
table before anything is inferred. A town's right successors are the towns of the newest table that hold its hidden
villages: of villages whose stem stands once in the city in both years, at least four of a town. One town with 80 % of
them is the one right answer; otherwise every town with 15 % is a right part. Towns with fewer are not judged. A
county is judged by the hidden villages of all its towns, at least twelve. A village that was not hidden is judged by
the town it is said to lie in today: that town must be among the right parts of its old one.
Nothing of the files stays: they are read, measured and forgotten.
"""

import argparse
import hashlib
import json
import platform
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

import polars as pl

from core.settings import CHECKOUT
from grid.former import FormerDivisions, former_divisions
from grid.lineage import Lineage
from grid.names import plain
from grid.records import Level
from grid.succession import Node
from grid.yearly import Tables, read_tables

MOST: Final = 0.8
PART: Final = 0.15
REST: Final = "和平路18号"
"""What follows the division in a text."""
FEWEST: Final = {Level.TOWN: 4, Level.COUNTY: 12}
JUDGED: Final = (Level.COUNTY, Level.TOWN, Level.VILLAGE)
Truth = dict[str, set[str]]


def hidden(tables: Tables, seed: int) -> tuple[Tables, Tables]:
    """The tables without the hidden half of the villages, and that half alone."""
    kept: Tables = {}
    held: Tables = {}
    for year, table in tables.items():
        kept[year], held[year] = {}, {}
        for key, node in table.items():
            is_held = node.level is Level.VILLAGE and hashlib.sha256(f"{seed}{node.stem}".encode()).digest()[0] % 2 == 0
            (held if is_held else kept)[year][key] = node
    return kept, held


def truth(tables: Tables, held: Tables, year: int) -> dict[Level, Truth]:
    """By the hidden villages: the right successors of each town and county of that year that can be judged."""
    last = max(tables)
    before, after = _by_stem(held[year]), _by_stem(held[last])
    flow: dict[str, Counter[str]] = defaultdict(Counter)
    for place, olds in before.items():
        news = after.get(place, [])
        if len(olds) == len(news) == 1:
            old, new = held[year][olds[0]], held[last][news[0]]
            flow[old.parent][new.parent] += 1
            flow[tables[year][old.parent].parent][tables[last][new.parent].parent] += 1
    right: dict[Level, Truth] = {level: {} for level in JUDGED}
    for key, went in flow.items():
        level = tables[year][key].level
        if went.total() < FEWEST.get(level, 0):
            continue
        best, n = went.most_common(1)[0]
        is_one = n >= MOST * went.total()
        right[level][key] = {best} if is_one else {one for one, m in went.items() if m >= PART * went.total()}
        if level is Level.TOWN:
            right[Level.VILLAGE][key] = {one for one, m in went.items() if m >= PART * went.total()}
    return right


def _by_stem(table: dict[str, Node]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, node in table.items():
        found[node.parent[:4], node.stem].append(key)
    return found


def judged(answer: set[str], right: set[str]) -> str:
    """right, tie (several, all of them right parts or more), none, or wrong."""
    if not answer:
        return "none"
    if len(answer) > 1:
        return "tie" if answer & right else "wrong"
    return "right" if answer <= right else "wrong"


def by_code(lineage: Lineage, held: Tables, year: int) -> dict[str, Counter[str]]:
    """What became of every division of that year, by its key."""
    right = truth(lineage.tables, held, year)
    told: dict[str, Counter[str]] = {level.value: Counter() for level in JUDGED}
    for key, node in lineage.tables[year].items():
        if node.level not in JUDGED:
            continue
        found = {one.node.key for one in lineage.successors(year, key)}
        if node.level is Level.VILLAGE:
            wanted = right[Level.VILLAGE].get(node.parent)
            found = {lineage.today[one].parent for one in found}
        else:
            wanted = right[node.level].get(key)
        told[node.level.value]["not judged" if wanted is None else judged(found, wanted)] += 1
    return told


def by_words(lineage: Lineage, former: FormerDivisions, held: Tables, year: int, *, codes: bool) -> Counter[str]:
    """Every judged town of that year as people write it (county and town, or its code, and a road): where it leads."""
    right = truth(lineage.tables, held, year)[Level.TOWN]
    present = defaultdict(set)
    for key, node in lineage.today.items():
        if node.level is Level.TOWN:
            present[_usual(lineage, lineage.years[-1], node)].add(key)
    told: Counter[str] = Counter()
    for key, wanted in right.items():
        node = lineage.tables[year][key]
        words = key if codes else _usual(lineage, year, node)
        rewriting = former.rewrite(words + REST)
        texts = (words,) if rewriting is None else rewriting.others or (rewriting.text,)
        found = {one for text in texts for one in present.get(text.removesuffix(REST), ())}
        told[judged(found, wanted)] += 1
        is_other = wanted != {key} if codes else not any(one in wanted for one in present.get(words, ()))
        told["changed"] += is_other
        told["fault named"] += is_other and rewriting is not None and bool(rewriting.faults or rewriting.others)
    return told


def measure(path: Path, seed: int) -> dict[str, Any]:
    """All figures of one file of yearly tables."""
    clock = time.process_time
    begun = clock()
    frame = pl.read_csv(path, infer_schema_length=0)
    read_in = read_tables(frame)
    tables = read_in.tables
    read = clock()
    kept, held = hidden(tables, seed)
    started = clock()
    lineage = Lineage(kept).infer()
    inferred = clock()
    former = former_divisions(lineage)
    made = clock()
    years = lineage.years[:-1]
    figures: dict[str, Any] = {
        "rows": frame.height, "rejected": len(read_in.rejected), "years": lineage.years,
        "by_key": {year: {level: dict(told) for level, told in by_code(lineage, held, year).items()} for year in years},
        "by_name": {year: dict(by_words(lineage, former, held, year, codes=False)) for year in years},
        "by_code": {year: dict(by_words(lineage, former, held, year, codes=True)) for year in years},
        "read_cpu_seconds": round(read - begun, 2), "infer_cpu_seconds": round(inferred - started, 2),
        "former_cpu_seconds": round(made - inferred, 2), "rewrites_per_cpu_second": _speed(lineage, former),
    }  # fmt: skip
    for kind in ("by_name", "by_code"):
        total = sum((Counter(told) for told in figures[kind].values()), Counter())
        answered = sum(total[word] for word in ("right", "tie", "none", "wrong"))
        figures[f"{kind}_right"] = round(total["right"] / answered, 4) if answered else None
        figures[f"{kind}_wrong"] = round(total["wrong"] / answered, 4) if answered else None
        figures[f"{kind}_tie"] = round(total["tie"] / answered, 4) if answered else None
        figures[f"{kind}_fault_named"] = round(total["fault named"] / max(1, total["changed"]), 4)
    return figures


def _usual(lineage: Lineage, year: int, town: Node) -> str:
    """County and town as people write them."""
    return lineage.tables[year][town.parent].name + plain(town.name, town.level)


def _speed(lineage: Lineage, former: FormerDivisions) -> int:
    first = lineage.years[0]
    words = [lineage.full_name(first, node) + REST for node in lineage.tables[first].values()][:20_000]
    begun = time.process_time()
    for one in words:
        former.rewrite(one)
    return round(len(words) / (time.process_time() - begun))


def main(words: list[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="wangge bench divisions", description=__doc__.partition("\n")[0])
    parser.add_argument("--snapshots", type=Path, required=True, help="yearly tables in one file (csv, csv.gz)")
    parser.add_argument("--seed", type=int, default=20261125, help="which half of the villages is hidden")
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    asked = parser.parse_args(words)
    figures = measure(asked.snapshots, asked.seed)
    figures |= {"seed": asked.seed, "machine": platform.machine(), "commit": _commit()}
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
        return 0
    print(__doc__)
    for year, levels in figures.pop("by_key").items():
        for level, told in levels.items():
            print(f"{year} {level:8} {told}")
    for kind in ("by_name", "by_code"):
        for year, told in figures.pop(kind).items():
            print(f"{year} {kind:8} {told}")
    for key, value in figures.items():
        print(f"{key:28} {value}")
    return 0


def _commit() -> str:
    found = subprocess.run(  # noqa: S603 - fixed words
        ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
