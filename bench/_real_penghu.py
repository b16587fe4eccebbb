"""Part (b): the official door plates of Penghu as an address register, and reports spoken with those addresses.

The register is of one city, in traditional characters, without codes of divisions or source numbers: divisions are
derived from its columns with invented codes, grids are drafted from the plates. Truth is the plate a report was
spoken from.
"""

import argparse
import csv
import random
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import text

from bench import _real_site as site
from core import clock
from core.actors import Tier
from core.coords import metres_between
from core.db import unit_of_work

PLATES: Final = Path("address/taiwan/penghu.csv.gz")
COUNTY: Final = "519902"
"""Invented: no county has it."""
SAMPLED: Final = 600
NEAR_M: Final = 30.0
"""A report this near to its plate stands before the right house, whatever its code."""
WORDS: Final = (
    "路灯不亮，晚上看不见路", "垃圾没人收，味道很大", "夜里施工噪声太大，睡不着", "有车乱停，挡住了门口",
    "下水道堵了，污水流到路上", "路面有坑，骑车摔倒过", "流浪狗成群，孩子害怕", "油烟直排，窗户不敢开",
)  # fmt: skip
LAYOUT: Final = ("提交编号", "提交时间", "反映内容", "地点描述", "昵称", "手机号", "服务类别", "状态")
DAYS: Final = 84
FORMS: Final = ("traditional", "traditional_short", "simplified", "street_only", "sentence")


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate of the file; `no` its line."""

    no: int
    full: str
    city: str
    district: str
    village: str
    lon: float
    lat: float


def read_plates(path: Path) -> list[Plate]:
    """The plates of the plain file, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Plate(no, r["full"], r["city"], r["district"], r["village"], float(r["lon"]), float(r["lat"]))
            for no, r in enumerate(csv.DictReader(file), start=2)
        ]


def divisions_of(plates: Sequence[Plate]) -> list[tuple[str, str, str]]:
    """(code, level, name): county, towns and villages as the plates name them, with invented codes."""
    rows = [(COUNTY + "000000", "3", plates[0].city)]
    for t, district in enumerate(sorted({p.district for p in plates}), start=1):
        rows.append((f"{COUNTY}{t:03d}000", "4", district))
        villages = sorted({p.village for p in plates if p.district == district})
        rows += [(f"{COUNTY}{t:03d}{v:03d}", "5", name) for v, name in enumerate(villages, start=1)]
    return rows


def spoken_forms(plate: Plate) -> dict[str, str]:
    """One plate as people put it: as printed, without its city, simplified, and in a sentence."""
    simple = _simplified(plate.full)
    street = simple.partition("邻")[2] or simple
    sentence = f"我家住在{simple.removeprefix(_simplified(plate.city))}这里"
    forms = (plate.full, plate.full.removeprefix(plate.city), simple, street, sentence)
    return dict(zip(FORMS, forms, strict=True))


def measure(shared: Path, seed: int) -> site.Figures:
    """The figures of this part."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plates = read_plates(site.unpacked(shared / PLATES, folder))
        divisions = divisions_of(plates)
        table = site.write_table(folder / "divisions.csv", ("code", "level", "name"), divisions)
        figures: site.Figures = {"divisions": site.load(table, by="divisions_2023")}
        numbered = site.write_table(folder / "plates.csv", *_numbered(shared / PLATES))
        figures["plates"] = site.load(numbered, by="door_plates")
        figures["grids"] = site.load(_grids(folder, plates, divisions, seed))
        figures["plates_again"] = site.load(numbered, by="door_plates")
        figures["register"] = _register()
        spoken = _spoken(plates, seed)
        table = site.write_table(folder / "reports.csv", LAYOUT, _report_rows(spoken, seed))
        figures["reports"] = site.load(table, kind="reports:web")
    site.do_jobs()
    return figures | _judged(spoken, {plate.full for plate in plates}) | _after()


def _numbered(path: Path) -> tuple[list[str], list[list[str]]]:
    """The file with its line numbers as a column `plate`: its only way to tell a plate again."""
    import gzip

    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = ["plate", *next(rows)]
        return header, [[str(no), *row] for no, row in enumerate(rows, start=2)]


def _grids(folder: Path, plates: Sequence[Plate], divisions: Sequence[tuple[str, str, str]], seed: int) -> Path:
    from grid import service as grid

    town_of = {code[:9]: name for code, level, name in divisions if level == "4"}
    code_of = {(town_of[code[:9]], name): code for code, level, name in divisions if level == "5"}
    lon, lat = np.array([p.lon for p in plates]), np.array([p.lat for p in plates])
    drafted = grid.draft_grids(lon, lat, [code_of[p.district, p.village] for p in plates], seed=seed)
    path = folder / "grids.gpkg"
    drafted.to_file(path, layer="grids", driver="GPKG")
    return path


def _register() -> dict[str, Any]:
    """What the loaded plates became: objects by level, and how many have a valid code, a cell, a grid, a village."""
    from address import codes

    with unit_of_work(Tier.ETL) as session:
        levels = session.execute(text("select level, count(*) from address.address group by 1 order by 2 desc")).all()
        one = session.execute(_OBJECTS).one()
        minted = session.execute(text("select code from address.address")).scalars().all()
    return {
        "objects": one.n,
        "by_level": {row[0]: row[1] for row in levels},
        "valid_codes": sum(codes.valid(code) for code in minted),
        "with_cells": one.cells,
        "with_grid": one.grids,
        "with_village": one.villages,
    }


_OBJECTS = text("""
    select count(*) n, count(*) filter (where h3_10 <> 0) cells, count(grid_id) grids, count(village_code) villages
      from address.address""")


def _spoken(plates: Sequence[Plate], seed: int) -> dict[str, tuple[Plate, str, str]]:
    """Reference → (plate, form, words) of so many plates, each in every form."""
    chosen = random.Random(seed).sample(list(plates), min(SAMPLED, len(plates)))
    return {
        f"R{plate.no:06d}-{form}": (plate, form, words)
        for plate in chosen
        for form, words in spoken_forms(plate).items()
    }


def _report_rows(spoken: Mapping[str, tuple[Plate, str, str]], seed: int) -> list[tuple[str, ...]]:
    chance = random.Random(seed + 1)
    now = clock.now().astimezone(clock.SHANGHAI)
    rows: list[tuple[str, ...]] = []
    for reference, (_, _, words) in spoken.items():
        at = now - timedelta(minutes=chance.randrange(60, DAYS * 24 * 60))
        rows.append((reference, f"{at:%Y-%m-%d %H:%M}", chance.choice(WORDS), words, "", "", "", "处理中"))
    return rows


def _judged(spoken: Mapping[str, tuple[Plate, str, str]], printed: Set[str]) -> dict[str, Any]:
    """The reports against their plates; `text_as_printed` is the baseline, a search for the very text."""
    with unit_of_work(Tier.ETL) as session:
        known = session.execute(text("select source_ref, code, parent_code from address.address")).all()
        rows = session.execute(text("select reference, code, precision, lon, lat from incidents.report")).all()
    truth: dict[str, str] = {row.source_ref: row.code for row in known}
    parent: dict[str, str | None] = {row.code: row.parent_code for row in known}
    precision: dict[str, Counter[str]] = {"all": Counter()}
    hit: dict[str, Counter[str]] = {"all": Counter()}
    metres: list[float] = []
    missed: list[str] = []
    for row in rows:
        plate, form, words = spoken[row.reference]
        wanted = truth.get(str(plate.no))
        away_m = float("nan") if row.lon is None else float(metres_between(row.lon, row.lat, plate.lon, plate.lat))
        metres += [away_m] if row.lon is not None else []
        for key in ("all", form):
            precision.setdefault(key, Counter())[row.precision] += 1
            tally = hit.setdefault(key, Counter())
            tally["n"] += 1
            tally["text_as_printed"] += words in printed
            tally["code_is_the_plate"] += wanted is not None and row.code == wanted
            tally["code_is_its_house"] += row.code is not None and row.code in _line(wanted, parent)
            tally["within_30_m"] += away_m <= NEAR_M
        if row.code is not None and row.code not in _line(wanted, parent) and wanted is not None:
            missed.append(words)
    return {
        "placed": {form: dict(count.most_common()) for form, count in precision.items()},
        "right": {form: {k: round(v / t["n"], 4) for k, v in t.items() if k != "n"} for form, t in hit.items()},
        "plates_without_a_code_of_their_own": sum(str(plate.no) not in truth for plate, _, _ in spoken.values())
        // len(FORMS),
        "metres_p50_p95": [round(float(x), 1) for x in np.percentile(metres or [np.nan], (50, 95))],
        "another_plate": len(missed),
        "another_plate_examples": missed[:6],
    }


def _line(code: str | None, parent: Mapping[str, str | None]) -> set[str]:
    """A code and everything it stands in."""
    found: set[str] = set()
    while code is not None and code not in found:
        found.add(code)
        code = parent.get(code)
    return found


def _after() -> dict[str, Any]:
    """Cases opened, heat counted."""
    from incidents import service as incidents

    until = clock.today()
    since = until - timedelta(days=DAYS)
    with unit_of_work(Tier.JOBS) as session:
        cases = session.execute(text("select count(*), count(grid_id) from cases.case")).one()
        frame = incidents.heat(session, resolution=9, since=since, until=until)
    return {
        "cases": {"opened": cases[0], "with_grid": cases[1]},
        "heat_r9": {"cells": len(frame.cell), "reports": int(frame.n.sum()), "too_vague": frame.unplaced},
    }


def _simplified(words: str) -> str:
    from opencc import OpenCC

    return str(OpenCC("t2s").convert(words))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    words = parser.parse_args()
    site.open_site()
    try:
        figures = measure(words.shared, words.seed)
    finally:
        site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
