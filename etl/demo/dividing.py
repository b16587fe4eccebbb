"""Who is responsible for which block: towns, villages, grids and micro-grids, each tiling the one above.

One method for every level: a set of blocks is cut in two across its longer axis in the ratio of what each half
must hold, again and again. Parts come out compact, balanced and, after a repair, in one piece.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from etl.demo.ground import Ground, Numbers, Points, Zone
from etl.demo.sizes import COUNTY_CODE, Sizes, stream

HOUSEHOLDS_KM2: Final = {Zone.CORE: 4_400.0, Zone.SUBURB: 640.0, Zone.CENTRE: 2_900.0, Zone.RURAL: 90.0}
"""Dwellings a square kilometre: about 327,000 rooms and 55,000 farm houses over the model district."""
BAND_M: Final = 500.0
"""Grids whose centres lie in one band of this height are numbered from west to east, bands from north to south."""


@dataclass(frozen=True, slots=True)
class Division:
    """Each block's town, village, grid and micro-grid as running numbers, and what the numbers stand for.

    `village_town`, `grid_village` and `micro_grid` lead upwards. Codes follow GB/T 2260 and DB11: 12 digits for
    divisions, 15 for grids, 17 for micro-grids. `grid_kind` is base, park, school or hospital.
    """

    block_town: Numbers
    block_village: Numbers
    block_grid: Numbers
    block_micro: Numbers
    village_town: Numbers
    grid_village: Numbers
    micro_grid: Numbers
    is_street: npt.NDArray[np.bool_]
    is_community: npt.NDArray[np.bool_]
    grid_kind: list[str]
    town_codes: list[str]
    village_codes: list[str]
    grid_codes: list[str]
    micro_codes: list[str]
    weight: Points


def divide(ground: Ground, sizes: Sizes, seed: int) -> Division:
    """Divide the district four times over; every grid holds at least two blocks where its village allows it."""
    rng = stream(seed, "division")
    homes = ground.areas / 1e6 * np.array([HOUSEHOLDS_KM2[z] for z in Zone])[ground.zones]
    weight = homes * rng.uniform(0.7, 1.3, len(homes))
    mixed = weight / weight.sum() + 0.8 * ground.areas / ground.areas.sum()
    near = _adjacency(ground)
    everything = np.arange(len(weight))
    block_town = _relabel(ground, _parts(ground, near, everything, sizes.towns, mixed), outward=True)
    counts = share_out(np.bincount(block_town, mixed), sizes.villages, np.bincount(block_town) // 3)
    block_village, village_town = _below(ground, near, block_town, counts, mixed)
    room = np.maximum(np.bincount(block_village) // 2, 1)
    counts = share_out(np.bincount(block_village, weight), sizes.grids, room)
    block_grid, grid_village = _below(ground, near, block_village, counts, weight)
    held = np.bincount(block_grid)
    counts = np.minimum(np.clip(np.round(held * rng.uniform(0.3, 0.8, len(held))), 2, 6), held).astype(np.int64)
    block_micro, micro_grid = _below(ground, near, block_grid, counts, weight)
    urban = ground.zones != Zone.RURAL
    is_community = np.bincount(block_village, weight * urban) > 0.6 * np.bincount(block_village, weight)
    core = np.isin(ground.zones, (Zone.CORE, Zone.SUBURB))
    is_street = np.bincount(block_town, weight * core) > 0.5 * np.bincount(block_town, weight)
    town_codes = _town_codes(is_street)
    village_codes = _village_codes(village_town, is_community, town_codes)
    return Division(
        block_town=block_town,
        block_village=block_village,
        block_grid=block_grid,
        block_micro=block_micro,
        village_town=village_town,
        grid_village=grid_village,
        micro_grid=micro_grid,
        is_street=is_street,
        is_community=is_community,
        grid_kind=_kinds(ground, block_grid, grid_village, sizes.dedicated),
        town_codes=town_codes,
        village_codes=village_codes,
        grid_codes=_serial(grid_village, village_codes, 3),
        micro_codes=_serial(micro_grid, _serial(grid_village, village_codes, 3), 2),
        weight=weight,
    )


def share_out(
    weight: npt.NDArray[np.floating[Any]] | npt.NDArray[np.integer[Any]], total: int, highest: Numbers
) -> Numbers:
    """Share a total out by weight, at least one each and at most `highest` each; sums to the total if it can."""
    counts = np.ones(len(weight), dtype=np.int64)
    highest = np.maximum(highest, 1)
    for _ in range(total - len(weight)):
        need = np.where(counts < highest, weight / (counts + 0.5), -1)
        best = int(need.argmax())
        if need[best] < 0:
            break
        counts[best] += 1
    return counts


def outlines(ground: Ground, label: Numbers) -> npt.NDArray[Any]:
    """The polygons of a division of the blocks, by running number, sharing every vertex with their neighbours."""
    order = np.argsort(label, kind="stable")
    groups = np.split(ground.blocks[order], np.flatnonzero(np.diff(label[order])) + 1)
    return np.array([shapely.normalize(shapely.coverage_union_all(group)) for group in groups])


def _adjacency(ground: Ground) -> csr_matrix:
    pairs = ground.sides[(ground.sides >= 0).all(axis=1)]
    count = len(ground.blocks)
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return csr_matrix(graph + graph.T)


def _below(
    ground: Ground, near: csr_matrix, above: Numbers, counts: Numbers, weight: Points
) -> tuple[Numbers, Numbers]:
    """Cut every part of a level into its number of parts; returns each block's part and each part's parent."""
    label = np.full(len(above), -1)
    parents: list[int] = []
    for parent, count in enumerate(counts):
        members = np.flatnonzero(above == parent)
        inner = _relabel(ground, _parts(ground, near, members, int(count), weight), members=members)
        label[members] = inner + len(parents)
        parents.extend([parent] * (int(inner.max()) + 1))
    return label, np.array(parents)


def _parts(ground: Ground, near: csr_matrix, members: Numbers, count: int, weight: Points) -> Numbers:
    """Cut a set of blocks into `count` connected parts of about equal weight; a part for each member in turn."""
    label = np.zeros(len(members), dtype=np.int64)
    queue = [(np.arange(len(members)), count, 0)]
    while queue:
        inside, pieces, first = queue.pop()
        label[inside] = first
        if pieces == 1:
            continue
        near_half = pieces // 2
        points = ground.centres[members[inside]]
        spread = points - points.mean(axis=0)
        axis = np.linalg.svd(spread, full_matrices=False)[2][0]
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        inside = inside[np.argsort(spread @ axis, kind="stable")]
        sums = np.cumsum(weight[members[inside]])
        cut = int(np.searchsorted(sums, sums[-1] * near_half / pieces)) + 1
        cut = min(
            max(cut, _least(near_half, len(inside), pieces)),
            len(inside) - _least(pieces - near_half, len(inside), pieces),
        )
        queue.append((inside[:cut], near_half, first))
        queue.append((inside[cut:], pieces - near_half, first + near_half))
    return _mend(near[members][:, members], label, count)


def _least(parts: int, blocks: int, pieces: int) -> int:
    """How many blocks a side must keep: two for each part when there are enough."""
    return parts * (2 if blocks >= 2 * pieces else 1)


def _mend(near: csr_matrix, label: Numbers, count: int) -> Numbers:
    """Give cut-off pieces of a part to the neighbour they touch most, until every part is in one piece."""
    for _ in range(40):
        changed = False
        for part in range(count):
            members = np.flatnonzero(label == part)
            pieces, piece = connected_components(near[members][:, members], directed=False)
            if pieces <= 1:
                continue
            main = np.bincount(piece).argmax()
            for other in range(pieces):
                lost = members[piece == other]
                touching = label[near[lost].indices]
                touching = touching[touching != part]
                if other != main and len(touching):
                    label[lost] = np.bincount(touching).argmax()
                    changed = True
        if not changed:
            break
    return np.unique(label, return_inverse=True)[1]


def _relabel(ground: Ground, label: Numbers, *, members: Numbers | None = None, outward: bool = False) -> Numbers:
    """Number parts from west to east, bands from north to south; or from the middle outward."""
    centres = ground.centres if members is None else ground.centres[members]
    size = np.bincount(label)
    x, y = (np.bincount(label, centres[:, axis]) / size for axis in (0, 1))
    order = np.argsort(np.hypot(x, y)) if outward else np.lexsort((x, -np.round(y / BAND_M)))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[label]


def _town_codes(is_street: npt.NDArray[np.bool_]) -> list[str]:
    """001-099 street offices, 100-199 market towns."""
    streets = np.cumsum(is_street)
    towns = np.cumsum(~is_street) + 99
    return [f"{COUNTY_CODE}{s if flag else t:03d}000" for s, t, flag in zip(streets, towns, is_street, strict=True)]


def _village_codes(town: Numbers, is_community: npt.NDArray[np.bool_], town_codes: list[str]) -> list[str]:
    """001-199 residents' committees, 200-399 villagers' committees, numbered within the town."""
    codes: list[str] = []
    seen: dict[tuple[int, bool], int] = {}
    for parent, flag in zip(town.tolist(), is_community.tolist(), strict=True):
        seen[parent, flag] = seen.get((parent, flag), 0 if flag else 199) + 1
        codes.append(f"{town_codes[parent][:9]}{seen[parent, flag]:03d}")
    return codes


def _serial(parent: Numbers, parent_codes: list[str], width: int) -> list[str]:
    codes, seen = [], dict.fromkeys(range(len(parent_codes)), 0)
    for number in parent.tolist():
        seen[number] += 1
        codes.append(f"{parent_codes[number]}{seen[number]:0{width}d}")
    return codes


def _kinds(ground: Ground, block_grid: Numbers, grid_village: Numbers, dedicated: int) -> list[str]:
    """A few grids are dedicated: the parks lie in the suburbs, schools and hospitals in the core."""
    kinds = ["base"] * len(grid_village)
    zone = np.array([np.bincount(ground.zones[block_grid == grid], minlength=4).argmax() for grid in range(len(kinds))])
    has_sisters = np.bincount(grid_village)[grid_village] >= 2
    wanted = [("park", Zone.SUBURB), ("school", Zone.CORE), ("hospital", Zone.CORE)] * dedicated
    used: set[int] = set()
    for kind, where in wanted:
        fitting = np.flatnonzero((zone == where) & has_sisters)
        free = [int(g) for g in fitting if int(grid_village[g]) not in used and kinds[int(g)] == "base"]
        if free and len(used) < dedicated:
            grid = free[(len(used) * 7) % len(free)]
            kinds[grid] = kind
            used.add(int(grid_village[grid]))
    return kinds
