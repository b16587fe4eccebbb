"""Part (c): a real road extract as the graph of a site, and a day planned on it.

The extract brings roads and nothing else. A community is drafted from points beside its roads, a team is given the
grids nearest to its post, and residents report with pins from there: a dozen of their reports are still open, the
rest make the heat.
"""

import argparse
import math
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
from sqlalchemy import text

from bench import _real_site as site
from bench.matrix import scatter
from core import clock
from core.actors import Tier
from core.coords import metres_between
from core.db import unit_of_work
from grid import service as grid
from patrol import service as patrol
from patrol.roads import F8

POINTS: Final = 4_000
POINTS_A_GRID: Final = 100
REACH_M: Final = 2_500.0
"""How far from its post a team's ground goes: what a walker or an e-bike looks after."""
OPEN_REPORTS: Final = 12
HOT_CELLS: Final = 60
DAYS: Final = 28
HOME_POINTS: Final = 1_200
"""Points beside roads near the post that reports are made at."""
LAYOUT: Final = ("提交编号", "提交时间", "反映内容", "地点描述", "经度", "纬度", "状态", "处理完成时间")
OPEN_WORDS: Final = ("路面塌了一个大坑，很危险", "下水道井盖不见了", "路灯不亮", "垃圾堆满没人清运")
CLOSED_WORDS: Final = ("夜里施工噪声太大", "车辆乱停堵住通道", "占道摆摊", "垃圾没有清运", "路灯不亮")


def measure(road_file: Path, *, county: str, seed: int) -> site.Figures:
    """The figures of one extract."""
    begin = time.perf_counter()
    roads = site.load(road_file)
    load_seconds = time.perf_counter() - begin
    with unit_of_work(Tier.JOBS) as session:
        begin = time.perf_counter()
        network = patrol.network(session, patrol.Profile.EBIKE)
        network_seconds = time.perf_counter() - begin
    lon, lat = scatter(network, POINTS, seed)
    post = busiest(lon, lat)
    near_lon, near_lat = nearest(lon, lat, post, HOME_POINTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = _ground(folder, county, near_lon, near_lat, post, seed)
        reports = _report_rows(near_lon, near_lat, seed)
        figures["reports"] = site.load(site.write_table(folder / "reports.csv", LAYOUT, reports), kind="reports:web")
    site.do_jobs()
    return {
        "file": road_file.name,
        "roads": roads,
        "load_seconds": round(load_seconds, 1),
        "junctions": network.graph.junctions,
        "edges": network.graph.edges,
        "usable_km": round(network.usable_km, 1),
        "network_seconds": round(network_seconds, 2),
        **figures,
        "plan": _plan(seed),
        "credit": patrol.OSM_CREDIT,
    }


def busiest(lon: F8, lat: F8) -> tuple[float, float]:
    """The point with most others within `REACH_M`: where a post would stand."""
    places = list(zip(lon.tolist(), lat.tolist(), strict=True))[:: max(1, len(lon) // 400)]
    counts = [int((metres_between(x, y, lon, lat) <= REACH_M).sum()) for x, y in places]
    return places[int(np.argmax(counts))]


def nearest(lon: F8, lat: F8, post: tuple[float, float], most: int) -> tuple[F8, F8]:
    """The points near the post, at most so many; the nearest first."""
    away = metres_between(post[0], post[1], lon, lat)
    order = np.argsort(away, kind="stable")[:most]
    return lon[order], lat[order]


def _ground(folder: Path, county: str, lon: F8, lat: F8, post: tuple[float, float], seed: int) -> site.Figures:
    """Divisions, grids and a team on the ground around the post."""
    village = county + "001001"
    rows = [(county + "000000", "3", "测区"), (county + "001000", "4", "测镇"), (village, "5", "测社区")]
    table = site.write_table(folder / "divisions.csv", ("code", "level", "name"), rows)
    drafted: gpd.GeoDataFrame = grid.draft_grids(
        lon, lat, [village] * len(lon), seed=seed, plates_per_grid=POINTS_A_GRID
    )
    drafted.to_file(folder / "grids.gpkg", layer="grids", driver="GPKG")
    figures: site.Figures = {"divisions": site.load(table, by="divisions_2023")}
    figures["grids"] = site.load(folder / "grids.gpkg")
    team = ("T1", "测试队", "测试驻点", post[0], post[1], ";".join(drafted["code"]))
    header = ("队伍编码", "队伍名称", "驻点名称", "驻点经度", "驻点纬度", "管辖网格")
    figures["teams"] = site.load(site.write_table(folder / "teams.csv", header, [team]))
    return figures


def _report_rows(lon: F8, lat: F8, seed: int) -> list[tuple[object, ...]]:
    """Open reports scattered over the ground; closed ones thickest in some places, as they are in towns."""
    chance = random.Random(seed)
    now = clock.now().astimezone(clock.SHANGHAI)
    rows: list[tuple[object, ...]] = []
    for n, at in enumerate(chance.sample(range(len(lon)), OPEN_REPORTS)):
        when = now - timedelta(minutes=chance.randrange(30, 600))
        words = OPEN_WORDS[n % len(OPEN_WORDS)]
        rows.append((f"O{n:03d}", f"{when:%Y-%m-%d %H:%M}", words, "", lon[at], lat[at], "处理中", ""))
    places = chance.sample(range(len(lon)), min(4 * HOT_CELLS, len(lon)))
    for n, at in enumerate(places):
        for k in range(1 + int(chance.paretovariate(1.2))):
            when = now - timedelta(minutes=chance.randrange(24 * 60, DAYS * 24 * 60))
            done = when + timedelta(hours=chance.randrange(2, 20))
            words = chance.choice(CLOSED_WORDS)
            row = (f"C{n:03d}-{k}", f"{when:%Y-%m-%d %H:%M}", words, "", lon[at], lat[at], "已办结")
            rows.append((*row, f"{done:%Y-%m-%d %H:%M}"))
    return rows


def _plan(seed: int) -> dict[str, Any]:
    """Tomorrow's plan of the team, drafted through the door."""
    at = clock.now()
    with unit_of_work(Tier.JOBS) as session:
        team = patrol.teams(session)[0]
        open_cases = session.execute(text("select count(*) from cases.case where closed_at is null")).scalar_one()
        hot = session.execute(_HOT, {"since": clock.day_of(at) - timedelta(days=DAYS)}).scalar_one()
        begin = time.perf_counter()
        day = clock.day_of(at) + timedelta(days=1)
        plan = patrol.draft(session, team.id, day, actor=site.ACTOR, at=at, seed=seed)
        seconds = time.perf_counter() - begin
    kinds = Counter(stop.kind.value for stop in plan.stops)
    left = Counter(f"{one.kind.value}: {one.reason.value}" for one in plan.left_out)
    straight = sum(
        float(metres_between(a.lon, a.lat, b.lon, b.lat))
        for a, b in _pairs([plan.post, *(s.place for s in plan.stops)])
    )
    return {
        "open_cases": open_cases,
        "cells_with_reports": hot,
        "draft_seconds": round(seconds, 2),
        "stops": len(plan.stops),
        "stops_by_kind": dict(kinds),
        "late_stops": sum(stop.is_late for stop in plan.stops),
        "left_out": len(plan.left_out),
        "left_out_by_reason": dict(left.most_common()),
        "km": round(plan.metres / 1000, 1),
        "km_straight": round(straight / 1000, 1),
        "minutes": round(plan.minutes),
        "points_of_its_line": len(plan.line),
        "coverage_of_heat": round(plan.coverage_after, 3),
        "is_whole": math.isfinite(plan.minutes) and math.isfinite(plan.metres) and kinds["must"] > 0,
    }


_HOT = text("select count(distinct h3) from incidents.heat_day where resolution = 9 and day >= :since")


def _pairs(places: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each place with the next, and the last with the first."""
    return list(zip(places, [*places[1:], places[0]], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roads", type=Path, required=True)
    parser.add_argument("--county", required=True)
    parser.add_argument("--seed", type=int, required=True)
    words = parser.parse_args()
    site.open_site()
    try:
        figures = measure(words.roads, county=words.county, seed=words.seed)
    finally:
        site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
