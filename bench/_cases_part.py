"""What `bench/cases` measures, in a process of its own on a scratch site."""

import argparse
import tempfile
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import polars as pl
from sqlalchemy import text

from api.intake import file_report
from bench import _real_site as site
from bench._cases_grouping import curve, judged, spots_of
from bench._etl_load_part import MADE_UNTIL, timed
from cases import service as cases
from cases.service import Filters
from core.actors import Tier
from core.db import unit_of_work
from etl import service as etl
from etl.demo.making import make
from etl.demo.phrases import topics
from incidents import rules
from incidents import service as incidents
from incidents.classify import classify, shipped_rules
from incidents.incoming import Incoming
from incidents.kinds import Channel
from incidents.matter import Thresholds

AT: Final = datetime(2026, 3, 1, 16, tzinfo=UTC)
"""The end of the demo's last day in Shanghai."""
SKIPPED: Final = ("residents", "businesses", "roads", "teams", "staff")
PAGE: Final = 50
DEEP: Final = 1_000
TIMES: Final = 20
CURVE: Final = {
    "radius_m": (30.0, 60.0, 90.0, 120.0, 150.0, 200.0),
    "days": (3.0, 7.0, 14.0, 21.0),
    "share": (0.5, 0.65, 0.8, 0.95),
}
HELD_OUT: Final = Path(__file__).with_name("held_out_words.toml")


def load(folder: Path, most: int) -> int:
    """Ground, addresses and reports through the loaders; how many cases there are."""
    loaded = 0
    for path in etl.ordered(folder):
        if path.name.startswith(SKIPPED) or (most and loaded >= most and path.name.startswith("reports")):
            continue
        report = etl.load(path, actor=site.ACTOR)
        loaded += report.accepted if path.name.startswith("reports") else 0
    return loaded


def per_request(act: Callable[[], object], times: int) -> float:
    """Milliseconds of processor time of client and server, the mean of so many after one to warm up."""
    act()
    with timed() as spent:
        for _ in range(times):
            act()
    return round(spent.cpu * 1000 / times, 2)


def door(texts: pl.DataFrame, times: int) -> dict[str, float]:
    """The costs of filing, of what else was told near by, and of the pages' queries."""
    waiting = texts.sample(times + 1, seed=1).iter_rows(named=True)

    def create() -> None:
        row = next(waiting)
        incoming = Incoming(
            channel=Channel.HOTLINE_12345, reference=f"bench-{uuid4()}", received_at=AT, words=row["words"],
            location_words=row["location_words"],
        )  # fmt: skip
        with unit_of_work(Tier.COMMAND) as session:
            filed = file_report(session, incoming, name="测试甲", phone="12400000001", actor=site.ACTOR, at=AT)
            incidents.alike(session, incidents.report(session, filed.report_id), at=AT)

    def page(before: Any) -> Callable[[], object]:
        def ask() -> None:
            with unit_of_work(Tier.COMMAND) as session:
                cases.cases(session, Filters(), at=AT, before=before, limit=PAGE)

        return ask

    def figures() -> None:
        with unit_of_work(Tier.COMMAND) as session:
            cases.figures(session, at=AT)

    with unit_of_work(Tier.COMMAND) as session:
        count = session.execute(text('SELECT count(*) FROM cases."case"')).scalar_one()
        seen = session.execute(
            text('SELECT opened_at, id FROM cases."case" ORDER BY opened_at DESC, id DESC OFFSET :n LIMIT 1'),
            {"n": min((DEEP - 1) * PAGE, count - PAGE - 1)},
        ).one()
        ids = session.scalars(text("SELECT id FROM incidents.report ORDER BY id LIMIT :n"), {"n": times + 1}).all()
        reports = [incidents.report(session, one) for one in ids]
    asked = iter(reports)

    def near() -> None:
        with unit_of_work(Tier.COMMAND) as session:
            incidents.alike(session, next(asked), at=AT)

    return {
        "cases": count,
        "create_cpu_ms": per_request(create, times),
        "list_cpu_ms_first": per_request(page(None), TIMES),
        "list_cpu_ms_deep": per_request(page((seen.opened_at, seen.id)), TIMES),
        "near_ms": per_request(near, times),
        "figures_ms": per_request(figures, TIMES),
    }


def told_otherwise(reports: pl.DataFrame) -> pl.DataFrame:
    """The same reports, each saying its topic in one of the ways that were held out."""
    lines = tomllib.loads(HELD_OUT.read_text(encoding="utf-8"))["lines"]
    said = [lines[topic][n % len(lines[topic])] for n, topic in enumerate(reports["topic"].to_list())]
    return reports.with_columns(words=pl.col("location_words") + "，" + pl.Series(said))


def grouping(reports: pl.DataFrame) -> dict[str, Any]:
    """Groups against the truth; the curve; the same with held-out words."""
    model, limits = rules.model(), Thresholds()
    told, placed = spots_of(reports, model), reports.filter(pl.col("lon").is_not_null())
    whole = judged(told, reports["matter"].to_numpy(), limits)
    return {
        "grouping_precision": whole["precision"],
        "grouping_recall": whole["recall"],
        "placed_recall": judged(spots_of(placed, model), placed["matter"].to_numpy(), limits)["recall"],
        "grouping": whole,
        "held_out_words": judged(spots_of(told_otherwise(reports), model), reports["matter"].to_numpy(), limits),
        "curve": curve(told, reports["matter"].to_numpy(), CURVE),
    }


def categories(reports: pl.DataFrame) -> dict[str, Any]:
    """Accuracy of the category from words alone, with the model and by the rules only, and on held-out words."""
    held = tomllib.loads(HELD_OUT.read_text(encoding="utf-8"))["lines"]
    sets = {
        "demo": (reports["words"].to_list(), reports["true_category"].to_list()),
        "held_out": (
            [line for lines in held for line in lines],
            [topic.category for topic, lines in zip(topics(), held, strict=True) for _ in lines],
        ),
    }
    found: dict[str, Any] = {}
    for name, (texts, right) in sets.items():
        for way, model in (("model", rules.model()), ("rules", None)):
            told = classify(texts, [None] * len(texts), shipped_rules(), model).category
            hits = pl.DataFrame({"category": right, "hit": [a == b for a, b in zip(told, right, strict=True)]})
            found[f"{name}_{way}"] = round(hits["hit"].mean() or 0, 4)  # type: ignore[arg-type]
            if name == "held_out":
                by = hits.group_by("category").agg(pl.col("hit").mean().round(3)).sort("category")
                found[f"{name}_{way}_by_category"] = dict(by.iter_rows())
    return found


def placed_reports(truth: pl.DataFrame) -> pl.DataFrame:
    """The loaded reports with their truth, in time order."""
    with unit_of_work(Tier.ETL) as session:
        rows = session.execute(
            text("""
                SELECT channel, reference, received_at, words, location_words, code, precision_m, lon, lat
                FROM incidents.report
            """)
        ).all()
    held = pl.DataFrame([row._asdict() for row in rows], infer_schema_length=None)
    known = truth.select("channel", "reference", "matter", "topic", true_category="category")
    return held.join(known, on=["channel", "reference"]).sort("received_at", "reference")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--one-by-one", type=int, required=True)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, scale=words.scale, seed=words.seed, until=MADE_UNTIL)
        site.open_site()
        try:
            load(folder, words.cases)
            reports = placed_reports(pl.read_parquet(folder / "truth" / "reports.parquet"))
            found = grouping(reports) | {"categories": categories(reports)}
            figures = door(reports, words.one_by_one) | found
        finally:
            site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
