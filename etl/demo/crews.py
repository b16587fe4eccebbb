"""Patrol teams and the people who work: every base grid has one worker and one team."""

import numpy as np
import polars as pl

from etl.demo.dividing import Division
from etl.demo.houses import Houses
from etl.demo.layouts import STAFF, TEAMS
from etl.demo.persons import names
from etl.demo.sizes import Sizes, stream


def make_crews(
    division: Division, houses: Houses, villages: list[str], sizes: Sizes, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(teams, staff): a team holds about two neighbouring grids of one town and starts from its first grid's post."""
    rng = stream(seed, "staff")
    codes = division.grid_codes
    town = division.village_town[division.grid_village]
    held = _shares(town, min(sizes.teams, len(codes)))
    posts = _posts(houses, len(codes))
    people = iter(names(len(codes) + len(held) + 4, rng).to_list())
    teams: list[tuple[str, ...]] = []
    staff: list[tuple[str, ...]] = [
        ("zhihui01", next(people), "指挥长", "", ""), ("zhihui02", next(people), "指挥长", "", ""),
        ("zuoxi01", next(people), "坐席", "", ""), ("zuoxi02", next(people), "坐席", "", ""),
    ]  # fmt: skip
    seen: dict[str, int] = {}
    for nth, grids in enumerate(held, start=1):
        village = villages[int(division.grid_village[grids[0]])]
        seen[village] = seen.get(village, 0) + 1
        joined = ";".join(codes[g] for g in grids)
        lon, lat = posts[grids[0]]
        code = f"XL{nth:03d}"
        hall = "党群服务中心" if village.endswith("社区") else "村委会"
        team = f"{village}第{'一二三四五六七八九十'[min(seen[village], 10) - 1]}巡逻队"
        teams.append((code, team, f"{village}{hall}", f"{lon:.7f}", f"{lat:.7f}", joined))
        staff.append((f"dz{nth:03d}", next(people), "队长", joined, code))
        staff += [(f"wg{codes[g][6:]}", next(people), "网格员", codes[g], code) for g in grids]
    return pl.DataFrame(teams, schema=list(TEAMS), orient="row"), pl.DataFrame(staff, schema=list(STAFF), orient="row")


def _shares(town: "np.ndarray[tuple[int], np.dtype[np.int64]]", count: int) -> list[list[int]]:
    """Grids of each team: neighbours in the order of their codes, in one town wherever the count allows it."""
    towns, size = np.unique(town, return_counts=True)
    if count < len(towns):
        return [part.tolist() for part in np.array_split(np.arange(len(town)), count)]
    share = np.ones(len(towns), dtype=np.int64)
    for _ in range(count - len(towns)):
        share[int(np.where(share < size, size / share, 0).argmax())] += 1
    return [
        part.tolist()
        for number, many in zip(towns.tolist(), share.tolist(), strict=True)
        for part in np.array_split(np.flatnonzero(town == number), many)
        if len(part)
    ]


def _posts(houses: Houses, grids: int) -> list[tuple[float, float]]:
    """A place in each grid: its first house on a street, else any house, else the first of the district."""
    ordered = houses.buildings.sort(pl.col("use") != "street", maintain_order=True)
    first = ordered.group_by("grid", maintain_order=True).first().select("grid", "lon", "lat")
    found = {grid: (lon, lat) for grid, lon, lat in first.iter_rows()}
    anywhere = next(iter(found.values()))
    return [found.get(grid, anywhere) for grid in range(grids)]
