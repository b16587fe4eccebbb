"""How long it takes to build a road graph and to fill a matrix of travel times, against two plain ways of doing it.

Baselines: a bare scipy Dijkstra, one call for each source (same graph, no batch), and
1.3 × straight line, whose time is nothing and whose error is what the road graph is for.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from core.coords import metres_between
from core.settings import CHECKOUT
from patrol.network import NOWHERE, Network, Snaps
from patrol.profiles import Profile
from patrol.roadfiles import OSM_CREDIT, read_roads
from patrol.roads import F8

DETOUR = 1.3
"""The usual factor between a straight line and the road."""

BARE_SOURCES = 50
"""Sources timed for the unbatched baseline; the figure is scaled to all points."""

STRAY_M = 40.0
"""Points are scattered about this far from their road, as houses are."""


def measure(path: Path, *, points: int, profile: Profile, seed: int) -> dict[str, Any]:
    """The figures of one road file. `memory_mb` is what this adds to a process that has the libraries loaded."""
    before_mb = _memory_mb()
    begin = time.perf_counter()
    graph = read_roads(path).graph
    network = Network(graph, profile)
    build_seconds = time.perf_counter() - begin
    lon, lat = scatter(network, points, seed)
    begin = time.perf_counter()
    snaps = network.snap(lon, lat)
    snap_seconds = time.perf_counter() - begin
    cpu = time.process_time()
    minutes = network.matrix(snaps)
    matrix_cpu_seconds = time.process_time() - cpu
    memory_mb = _memory_mb() - before_mb
    return {
        "junctions": graph.junctions,
        "edges": graph.edges,
        "usable_km": round(network.usable_km, 1),
        "points": points,
        "off_road": int((snaps.edge == NOWHERE).sum()),
        "unreachable_share": round(float(np.isinf(minutes).mean()), 4),
        "build_seconds": round(build_seconds, 3),
        "snap_seconds": round(snap_seconds, 3),
        "matrix_cpu_seconds": round(matrix_cpu_seconds, 3),
        "memory_mb": round(memory_mb, 1),
        "baseline": {
            "one_source_a_call_cpu_seconds": round(_bare(network, snaps), 3),
            "straight_line_x1.3": _straight(network, lon, lat, snaps, minutes),
        },
    }


def scatter(network: Network, points: int, seed: int) -> tuple[F8, F8]:
    """Points beside the usable roads, more where there is more road; the same for the same seed."""
    chance = np.random.default_rng(seed)
    weight = network.graph.length_m[network.edge]
    edge = chance.choice(network.edge, points, p=weight / weight.sum())
    middle = (network.graph.at[edge] + network.graph.at[edge + 1]) // 2
    xy = network.graph.xy[middle] + chance.normal(0.0, STRAY_M / 111_195, (points, 2))
    return xy[:, 0].copy(), xy[:, 1].copy()


def _bare(network: Network, snaps: Snaps) -> float:
    """CPU seconds of calling scipy once a source and looking up the targets, scaled to all points."""
    rows = np.flatnonzero(snaps.edge != NOWHERE)[:BARE_SOURCES]
    links = network.links()
    cpu = time.process_time()
    for row in rows:
        dijkstra(links, directed=True, indices=np.array([network.graph.a[snaps.edge[row]]]))
    return (time.process_time() - cpu) * len(snaps) / max(len(rows), 1)


def _straight(network: Network, lon: F8, lat: F8, snaps: Snaps, minutes: npt.NDArray[np.float32]) -> dict[str, float]:
    """How wrong 1.3 × straight line is about the way on the road: road metres divided by it, for sampled pairs."""
    chance = np.random.default_rng(0)
    pairs = chance.integers(0, len(lon), (300, 2))
    ratios = []
    for i, j in pairs[np.isfinite(minutes[pairs[:, 0], pairs[:, 1]])]:
        line_m = float(metres_between(lon[i], lat[i], lon[j], lat[j])) * DETOUR
        if line_m > 0:
            ratios.append(network.legs(snaps, [int(i), int(j)])[0].metres / line_m)
    found = np.array(ratios or [np.nan])
    return {
        "road_over_it_median": round(float(np.median(found)), 3),
        "road_over_it_p99": round(float(np.percentile(found, 99)), 3),
        "pairs_without_any_way_it_would_invent": round(float(np.isinf(minutes).mean()), 4),
    }


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _commit() -> str:
    words = ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(prog="wangge bench matrix", description=__doc__)
    parser.add_argument("--pbf", type=Path, required=True, help="road file: .osm.pbf, or a table of lines")
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--profile", type=Profile, choices=list(Profile), default=Profile.FOOT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    found = {
        "bench": "matrix",
        "file": words.pbf.name,
        "profile": words.profile.value,
        "machine": f"{platform.machine()} {platform.system()} Python {platform.python_version()}",
        "commit": _commit(),
        "seed": words.seed,
        **measure(words.pbf, points=words.points, profile=words.profile, seed=words.seed),
    }
    if words.json:
        json.dump(found, sys.stdout, ensure_ascii=False)
        print()
        return
    for key, value in found.items():
        print(f"{key:>22}  {value}")
    print(f"{'':>22}  {OSM_CREDIT}")


if __name__ == "__main__":
    main()
