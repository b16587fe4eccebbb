"""Farm houses of the countryside: clusters beside the village roads, numbered by villagers' group."""

from typing import Final

import numpy as np
import polars as pl
import shapely

from etl.demo.dividing import Division
from etl.demo.frontage import Lots, best
from etl.demo.ground import Ground, Points, Zone

GROUP_HOUSES: Final = 38
"""Houses of one villagers' group (村民小组)."""
HOUSE_APART_M: Final = 17.0
HAMLET_ENDS: Final = ("湾", "院子", "坝", "沟", "巷子", "大院", "坡")
FAMILIES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑谢唐邓曹曾彭肖蒋谭廖"
NAMED_SHARE: Final = 0.2
"""Villages whose addresses name the hamlet (张家湾12号) instead of the group (3组12号)."""


def make_farms(ground: Ground, division: Division, lots: Lots, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Columns block, x, y, hamlet (3组 or 张家湾), number."""
    free = lots.taken(np.flatnonzero(ground.zones[lots.block] == Zone.RURAL))
    weight = division.weight[free.block] * rng.lognormal(0, 0.6, len(free))
    block, xy = np.empty(0, dtype=np.int64), np.empty((0, 2))
    hamlet = np.empty(0, dtype=np.int64)
    hamlets = max(4, round(count / 15))
    while len(block) < count:
        hearts = free.taken(best(weight, hamlets, rng))
        sizes = np.clip(rng.gamma(2.0, 8.0, len(hearts)).astype(np.int64), 3, 60)
        block, xy, hamlet = _houses(ground, hearts, sizes, rng)
        if hamlets >= len(free):
            block, xy, hamlet = (np.concatenate([part, part]) for part in (block, xy, hamlet))
            xy[len(xy) // 2 :] += 7.0
        hamlets = min(round(hamlets * 1.25) + 1, len(free))
    keep = np.sort(rng.permutation(len(block))[:count])
    block, xy, hamlet = block[keep], xy[keep], hamlet[keep]
    village = division.block_village[block]
    order = np.lexsort((xy[:, 1], hamlet, np.round(ground.centres[block, 0]), village))
    block, xy, hamlet, village = block[order], xy[order], hamlet[order], village[order]
    labels, numbers = _numbered(village, hamlet, rng)
    return pl.DataFrame({"block": block, "x": xy[:, 0], "y": xy[:, 1], "hamlet": labels, "number": numbers})


def _houses(
    ground: Ground, hearts: Lots, sizes: "np.ndarray[tuple[int], np.dtype[np.int64]]", rng: np.random.Generator
) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Points, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Rows of houses around each heart, turned as the road runs; those outside the block are left out."""
    side = np.arange(-4, 5) * HOUSE_APART_M
    pattern = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    pattern = pattern[np.argsort(np.hypot(*pattern.T) + 0.01 * np.arange(len(pattern)), kind="stable")]
    owner = np.repeat(np.arange(len(hearts)), sizes)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shape = pattern[nth] + rng.normal(0, 2.2, (len(owner), 2))
    turn = hearts.heading[owner]
    x = shape[:, 0] * np.cos(turn) - shape[:, 1] * np.sin(turn)
    y = shape[:, 0] * np.sin(turn) + shape[:, 1] * np.cos(turn)
    middle = ground.centres[hearts.block] - hearts.xy
    toward = middle / np.maximum(np.hypot(*middle.T), 1.0)[:, None] * rng.uniform(20, 70, len(hearts))[:, None]
    xy = (hearts.xy + toward)[owner] + np.stack([x, y], axis=1)
    block = hearts.block[owner]
    inside = shapely.contains_xy(ground.blocks[block], xy[:, 0], xy[:, 1])
    return block[inside], xy[inside], owner[inside]


def _numbered(
    village: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    hamlet: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    rng: np.random.Generator,
) -> tuple[list[str], list[int]]:
    """Group or hamlet of each house and its number there; houses come village by village, hamlet by hamlet."""
    is_named = rng.random(int(village.max()) + 1) < NAMED_SHARE
    labels: list[str] = []
    numbers: list[int] = []
    taken: dict[tuple[int, str], int] = {}
    before = (-1, -1)
    label, nth, name = "", 0, ""
    skip = (rng.random(len(village)) < 0.04).tolist()
    for here, cluster, skipped in zip(village.tolist(), hamlet.tolist(), skip, strict=True):
        if (here, cluster) != before:
            name = FAMILIES[cluster * 7 % len(FAMILIES)] + "家" + HAMLET_ENDS[cluster % len(HAMLET_ENDS)]
            nth = 0 if here != before[0] else nth
            before = (here, cluster)
        label = name if is_named[here] else f"{nth // GROUP_HOUSES + 1}组"
        nth += 1
        taken[here, label] = taken.get((here, label), 0) + (2 if skipped else 1)
        labels.append(label)
        numbers.append(taken[here, label])
    return labels, numbers
