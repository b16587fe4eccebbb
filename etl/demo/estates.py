"""What stands inside the blocks: estates in rows, works' dormitories, villas, schools, hospitals and works."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from etl.demo.dividing import Division
from etl.demo.ground import Ground, Points, Zone
from etl.demo.naming import WORKS, Names, estate_words, shuffled
from etl.demo.sizes import CITY, COUNTY
from etl.demo.streets import Network, Use

MARGIN_M: Final = 30.0
"""Between the edge of a block and the first row of an estate: the shops along the street stand there."""
PARK: Final = "旌原经济开发区"
ROOM_STYLES: Final = ("{}号", "{}室", "{}", "{}户")
ROOM_STYLE_SHARES: Final = (0.46, 0.34, 0.17, 0.03)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of estate: distance between buildings in a row and between rows, and the choices for its buildings."""

    name: str
    pitch: tuple[float, float]
    buildings: tuple[int, int]
    floors: tuple[int, ...]
    units: tuple[int, ...]
    doors: tuple[int, ...]


WALK_UP = Kind("walk_up", (54.0, 30.0), (4, 16), (6, 6, 7), (2, 3, 3, 4), (2,))
LIFT = Kind("lift", (44.0, 36.0), (4, 12), (9, 11, 11), (1, 2, 2), (2, 3))
HIGH = Kind("high", (46.0, 44.0), (3, 9), (18, 24, 26, 32), (1, 1, 2), (3, 4))
DORMITORY = Kind("dormitory", (46.0, 26.0), (2, 6), (4, 5, 6), (2, 2, 3), (2,))
VILLAS = Kind("villas", (24.0, 26.0), (10, 30), (2, 3), (0,), (0,))
CAMPUS = Kind("campus", (60.0, 46.0), (4, 9), (0,), (0,), (0,))
KINDS: Final = (WALK_UP, LIFT, HIGH, DORMITORY, VILLAS)
KIND_SHARES: Final = {
    Zone.CORE: (0.50, 0.16, 0.13, 0.19, 0.02),
    Zone.SUBURB: (0.38, 0.24, 0.22, 0.08, 0.08),
    Zone.CENTRE: (0.70, 0.08, 0.0, 0.22, 0.0),
}
CAMPUS_PARTS: Final = {
    "school": ("教学楼", "实验楼", "图书馆", "综合楼", "学生宿舍A栋", "学生宿舍B栋", "食堂", "体育馆", "行政楼"),
    "hospital": ("门诊楼", "急诊楼", "第一住院楼", "第二住院楼", "医技楼", "行政楼", "后勤楼", "感染科楼", "康复楼"),
    "park": ("办公楼", "1号厂房", "2号厂房", "3号厂房", "仓库", "职工宿舍A栋", "职工宿舍B栋", "研发楼", "食堂"),
}
MAKERS: Final = ("鑫源", "宏达", "泰成", "旌发", "华瑞", "金力", "恒远", "嘉禾", "川原", "天拓", "明辉", "科盛")
MAKES: Final = ("机械", "电子", "食品", "包装", "新材料", "电气", "精密铸造", "纺织", "医药", "阀门")


@dataclass(slots=True)
class Estate:
    """One estate in one block; `label` is how its register writes building n ("{}栋")."""

    block: int
    name: str
    alias: str
    kind: Kind
    label: str
    room_style: str
    places: Points
    parts: tuple[str, ...] = ()
    area: str = ""
    has_plate: bool = True


def make_estates(
    ground: Ground, division: Division, network: Network, village_names: list[str], rng: np.random.Generator
) -> list[Estate]:
    """Campuses of the dedicated grids first, then estates in random order of their blocks."""
    taken: set[str] = set()
    names, works = Names(estate_words(rng), taken), shuffled(WORKS, rng)
    found = [
        estate
        for grid, kind in enumerate(division.grid_kind)
        if kind != "base"
        for estate in _campus(ground, np.flatnonzero(division.block_grid == grid), kind, len(works) + grid, rng)
    ]
    used = {estate.block for estate in found}
    blocks = np.flatnonzero((network.uses == Use.ESTATE) & (ground.zones != Zone.RURAL))
    homonyms: list[str] = []
    for block in rng.permutation(blocks).tolist():
        if block in used:
            continue
        zone = Zone(int(ground.zones[block]))
        kind = KINDS[int(rng.choice(len(KINDS), p=KIND_SHARES[zone]))]
        places = _rows(ground.blocks[block], kind, rng)
        if len(places) < 2:
            continue
        if kind is DORMITORY:
            name = f"{works.pop()}{('宿舍', '家属院', '生活区')[int(rng.integers(3))]}" if works else names.take()
        elif homonyms and rng.random() < 0.03:
            name = homonyms.pop()
        else:
            name = names.take()
            homonyms.append(name)
        label = str(rng.choice(("{}栋", "{}幢", "{}号楼", "{}座"), p=(0.78, 0.11, 0.09, 0.02)))
        found.append(
            Estate(
                block, name, _alias(name, village_names[int(division.block_village[block])], rng), kind, label,
                str(rng.choice(ROOM_STYLES, p=ROOM_STYLE_SHARES)), places, has_plate=bool(rng.random() < 0.72),
            )
        )  # fmt: skip
    return _phases(found, division, rng)


def _alias(name: str, village: str, rng: np.random.Generator) -> str:
    """What else people call an estate: short, or as the developer called it. Empty for most."""
    draw = rng.random()
    if draw < 0.06 and len(name) >= 4:
        return name[:2] + ("小区" if not name.endswith("小区") else "花园")
    if draw < 0.10:
        return village.removesuffix("社区").removesuffix("村") + ("安置点", "还房小区", "集资房")[int(rng.integers(3))]
    return ""


def _phases(estates: list[Estate], division: Division, rng: np.random.Generator) -> list[Estate]:
    """Some estates of one village are phases of one: 锦绣花园一期, 锦绣花园二期."""
    by_village: dict[int, Estate] = {}
    for estate in estates:
        village = int(division.block_village[estate.block])
        if estate.kind in (CAMPUS, DORMITORY) or rng.random() > 0.2:
            continue
        first = by_village.pop(village, None)
        if first is None:
            by_village[village] = estate
        else:
            estate.name, first.name = f"{first.name}二期", f"{first.name}一期"
            estate.alias = first.alias = ""
    return estates


def _campus(
    ground: Ground, blocks: npt.NDArray[np.int64], kind: str, serial: int, rng: np.random.Generator
) -> list[Estate]:
    """A school or a hospital fills its grid's largest block; a park has a maker in each."""
    blocks = blocks[np.argsort(-ground.areas[blocks], kind="stable")]
    chosen = blocks if kind == "park" else blocks[:1]
    estates = []
    for nth, block in enumerate(chosen.tolist()):
        if kind == "school":
            name, alias = f"{CITY}第{'二三四五六七八九'[serial % 8]}中学", ""
        elif kind == "hospital":
            name, alias = (f"{COUNTY}{('人民医院', '中医院', '第二人民医院', '妇幼保健院')[serial % 4]}", "")
        else:
            make = MAKES[(serial * 3 + nth) % len(MAKES)]
            name, alias = f"{MAKERS[(serial + nth * 5) % len(MAKERS)]}{make}厂区", f"{make}厂"
        places = _rows(ground.blocks[block], CAMPUS, rng)
        parts = CAMPUS_PARTS[kind]
        if len(places):
            area = PARK if kind == "park" else ""
            estates.append(Estate(block, name, alias, CAMPUS, "{}", "{}", places[: len(parts)], parts, area))
    return estates


def _rows(block: Any, kind: Kind, rng: np.random.Generator) -> Points:
    """Places of the buildings of one estate: in rows parallel to the longest side, from the north-west on."""
    core = block.buffer(-MARGIN_M)
    if core.is_empty:
        return np.empty((0, 2))
    core = max(shapely.get_parts(core), key=lambda part: part.area)
    corners = shapely.get_coordinates(core.minimum_rotated_rectangle)
    sides = np.diff(corners, axis=0)
    longest = sides[np.hypot(*sides.T).argmax()]
    turn = float(np.arctan2(longest[1], longest[0]))
    turn = (turn + np.pi / 4) % (np.pi / 2) - np.pi / 4
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    heart = np.array(core.centroid.coords[0])
    reach = float(np.hypot(*(corners - heart).T).max())
    steps_x = np.arange(-reach, reach, kind.pitch[0])
    steps_y = np.arange(reach, -reach, -kind.pitch[1])
    grid = np.stack(np.meshgrid(steps_x, steps_y), axis=-1).reshape(-1, 2)
    points = grid @ matrix + heart + rng.uniform(-1.5, 1.5, grid.shape)
    points = points[shapely.contains_xy(core, points[:, 0], points[:, 1])]
    return np.asarray(points[: int(rng.integers(kind.buildings[0], kind.buildings[1] + 1))], dtype=np.float64)
