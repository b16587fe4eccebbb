"""Part (a): the real divisions of 旌阳区 and the registered companies of Deyang; no address register is known.

What a company's address can be placed by are then the names of the divisions alone. The baseline is a plain search for
these names in the text. A company of another county of Deyang must be placed nowhere, whatever its village is called.
"""

import argparse
import csv
import gzip
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bench import _real_site as site
from core.actors import Tier
from core.db import unit_of_work

COUNTY: Final = "510603"
DIVISIONS: Final = Path("address/divisions/divisions_2023_5level.csv.gz")
COMPANIES: Final = Path("address/enterprises/deyang.csv.gz")
OTHER_COUNTIES: Final = ("广汉", "绵竹", "什邡", "罗江", "中江")
OURS, UNSAID = "旌阳", "unsaid"
VILLAGE_WORDS: Final = ("社区居民委员会", "居民委员会", "村民委员会", "社区", "村")
TOWN_WORDS: Final = ("街道", "镇", "乡")


def county_of(address: str) -> str:
    """The county an address names: the one named first; `unsaid` when none is."""
    found = [(at, name) for name in (OURS, *OTHER_COUNTIES) if (at := address.find(name)) >= 0]
    return min(found)[1] if found else UNSAID


def said_by_search(address: str, towns: Iterable[str], villages: Iterable[str]) -> str:
    """The baseline: the finest division whose name stands in the text, village, town or none.

    Villages in the short form people use (福兴村 for 福兴村村民委员会).
    """
    if any(name in address for name in villages):
        return "village"
    return "town" if any(name in address for name in towns) else "none"


def spoken(name: str) -> str:
    """How people call a village that is a committee on paper."""
    for word in VILLAGE_WORDS[:3]:
        if name.endswith(word):
            short = name.removesuffix(word)
            return short if short.endswith(("村", "社区")) else short + ("社区" if "居民" in word else "村")
    return name


def county_rows(path: Path, county: str) -> tuple[list[str], list[list[str]]]:
    """The header of a packed divisions table, and the rows of one county."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        return header, [row for row in rows if row[0].startswith(county)]


def measure(shared: Path) -> site.Figures:
    """The figures of this part."""
    header, divisions = county_rows(shared / DIVISIONS, COUNTY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = site.write_table(folder / "divisions_510603.csv", header, divisions)
        companies = site.unpacked(shared / COMPANIES, folder)
        loaded = site.load(table, by="divisions_2023")
        first = site.load(companies, by="enterprises")
        again = site.load(companies, by="enterprises")
        with companies.open(encoding="utf-8", newline="") as file:
            addresses = [row["addr"] for row in csv.DictReader(file)]
    site.do_jobs()
    counts = {key: first["counts"].pop(key) for key in list(first["counts"]) if key.startswith("placed_")}
    return {
        "divisions": loaded,
        "companies": first,
        "companies_again": {key: again[key] for key in ("read", "accepted", "rejected", "repeated")},
        "placed": {key.removeprefix("placed_"): count for key, count in counts.items()},
        **_judged(addresses, divisions),
    }


def _judged(addresses: Sequence[str], divisions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Every row of the file, placed again by text: by the county it names, beside the plain search."""
    from address import service as address

    different = sorted({one for one in addresses if one})
    with unit_of_work(Tier.ETL) as session:
        found = address.place(session, different)
    level = dict(zip(different, found.precision, strict=True))
    town_of = dict(zip(different, found.town, strict=True))
    towns = [row[2] for row in divisions if row[1] == "4"]
    villages = [spoken(row[2]) for row in divisions if row[1] == "5"]
    by_county: dict[str, Counter[str]] = {}
    said, kept, strayed = Counter[str](), Counter[str](), []
    for one in addresses:
        if not one:
            continue
        county = county_of(one)
        by_county.setdefault(county, Counter())[level[one]] += 1
        if county in OTHER_COUNTIES and level[one] != "none":
            strayed.append(one)
        if county == OURS:
            wanted = said_by_search(one, towns, villages)
            said[wanted] += 1
            kept[wanted] += level[one] == wanted or (wanted == "town" and level[one] == "village")
    own_town = [one for one in different if county_of(one) == OURS and any(name in one for name in towns)]
    wrong_town = [one for one in own_town if (answered := town_of[one]) and answered not in one]
    return {
        "by_county_named": {county: dict(count.most_common()) for county, count in sorted(by_county.items())},
        "other_counties_placed_here": len(strayed),
        "other_counties_examples": strayed[:5],
        "ours_by_plain_search": dict(said),
        "ours_placed_as_well_as_plain_search": dict(kept),
        "town_named_but_another_answered": len(wrong_town),
        "town_examples": wrong_town[:5],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--seed", type=int)
    words = parser.parse_args()
    site.open_site()
    try:
        figures = measure(words.shared)
    finally:
        site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
