"""Which coordinate system a table's positions are in: judged on a sample against the ground, never guessed (pure).

Metres are told by their size. GCJ-02 and BD-09 shift a point by 300 to 1,300 m: each system is tried, and the share of
rows that then lie in the community they name decides. Where nothing decides, that is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.coords import Crs
from etl.coordinates import Floats, System, moved

SAMPLE: Final = 2_000
FEWEST: Final = 30
"""Fewer rows that name a place cannot decide."""
MARGIN: Final = 0.05
"""The best system must fit so much more of the rows than the next."""
MIXED: Final = 0.05
"""Both systems must be the better one for at least so much of the rows (and for eight)."""
FEWEST_MIXED: Final = 8
PROJECTED: Final = (*range(4534, 4555), *range(4513, 4534), *range(4502, 4513), *range(4491, 4502))
"""CGCS2000 Gauss-Krüger: 3° zones without and with zone number, then 6° zones."""
TRIED: Final = (Crs.WGS84, Crs.GCJ02, Crs.BD09)
NAMES: Final = {Crs.WGS84: "WGS84/CGCS2000", Crs.GCJ02: "GCJ-02", Crs.BD09: "BD-09"}

Bools = NDArray[np.bool_]
Fits = Callable[[Floats, Floats], Bools]
"""Which of the points (WGS84) lie where their row says they are."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the positions seem to be. `is_sure` when something decided; then a load in another system is refused."""

    system: System | None
    is_sure: bool
    zh: str
    en: str


UNKNOWN: Final = Judgement(
    None,
    is_sure=False,
    zh="坐标系无法判断（缺少可对照的社区或网格），按 WGS84 处理；如不是，请用 --crs 指明",
    en="the coordinate system cannot be judged (nothing to compare with): taken as WGS84; name another with --crs",
)


def judge(x: Floats, y: Floats, bounds: tuple[float, float, float, float] | None, fits: Fits) -> Judgement:
    """`x` and `y` as in the file (x east), NaN where there is none; `bounds` of the district in WGS84."""
    known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    if not known.any():
        return UNKNOWN
    if np.mean((np.abs(x[known]) > 360) & (np.abs(y[known]) > 360)) > 0.5:
        return _metres(x[known], y[known], bounds)
    agreed = {crs: fits(*moved(x, y, crs)) & known for crs in TRIED}
    return _shifted(agreed, int(known.sum()))


def _metres(x: Floats, y: Floats, bounds: tuple[float, float, float, float] | None) -> Judgement:
    for epsg in PROJECTED if bounds is not None else ():
        for is_turned, (east, north) in ((False, (x, y)), (True, (y, x))):
            if _share_inside(*moved(east, north, epsg), bounds) > 0.8:
                turn_zh, turn_en = (
                    ("，且两列颠倒（X 在国标里是北向）", ", and the columns are turned") if is_turned else ("", "")
                )
                return Judgement(
                    epsg, True, f"坐标是米，像 EPSG:{epsg}{turn_zh}；请加 --crs EPSG:{epsg}",
                    f"the positions are metres, like EPSG:{epsg}{turn_en}: add --crs EPSG:{epsg}",
                )  # fmt: skip
    return Judgement(
        None, True, "坐标是米而不是经纬度；请用 --crs EPSG:编号 指明投影（如 EPSG:4544）",
        "the positions are metres, not degrees: name the projection with --crs EPSG:number (EPSG:4544)",
    )  # fmt: skip


def _share_inside(lon: Floats, lat: Floats, bounds: tuple[float, float, float, float] | None) -> float:
    west, south, east, north = bounds or (0, 0, 0, 0)
    return float(np.mean((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)))


def _shifted(agreed: dict[Crs, Bools], count: int) -> Judgement:
    share = {crs: float(fit.sum()) / count for crs, fit in agreed.items()}
    ranked = sorted(TRIED, key=lambda crs: -share[crs])
    told = "，".join(f"{NAMES[crs]} {share[crs]:.0%}" for crs in TRIED)
    best, second = ranked[:2]
    if count < FEWEST or share[best] == 0:
        return UNKNOWN
    if (mixed := _mixed(agreed, count)) is not None:
        return mixed
    if share[best] - share[second] < MARGIN:
        return UNKNOWN
    return Judgement(
        best, True, f"坐标系像 {NAMES[best]}（落在所写社区或网格内的比例：{told}）",
        f"the positions seem to be {NAMES[best]} (share that lies in the place the row names: "
        f"{told.replace('，', ', ')})",
    )  # fmt: skip


def _mixed(agreed: dict[Crs, Bools], count: int) -> Judgement | None:
    least = max(FEWEST_MIXED, MIXED * count)
    one = max(TRIED, key=lambda crs: agreed[crs].sum())
    for other in TRIED:
        only_one, only_other = (agreed[one] & ~agreed[other]).sum(), (agreed[other] & ~agreed[one]).sum()
        if min(only_one, only_other) >= least:
            return Judgement(
                None, True,
                f"文件里混有两种坐标系：约 {only_one} 行像 {NAMES[one]}，{only_other} 行像 {NAMES[other]}；"
                "请按来源拆成两个文件",
                f"two coordinate systems are mixed: about {only_one} rows look like {NAMES[one]}, {only_other} like "
                f"{NAMES[other]}; split the file by its sources",
            )  # fmt: skip
    return None


def sample_of(count: int) -> NDArray[np.int64]:
    """Places of a sample of the rows, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).astype(np.int64)) if count else np.zeros(0, np.int64)


def same_place(named: Sequence[str | None], found: Sequence[str | None]) -> Bools:
    """Whether the community a row names is the one its point lies in, whatever the ending (社区, 村, 居委会)."""
    return np.array([bool(a) and bool(b) and _bare(str(a)) == _bare(str(b)) for a, b in zip(named, found, strict=True)])


def _bare(name: str) -> str:
    for ending in ("社区居委会", "居民委员会", "村民委员会", "社区", "居委会", "村委会", "村"):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name
