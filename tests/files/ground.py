"""An invented county of one town and two villages, drawn as squares, and rows that lie in it."""

import csv
import io
import json
from collections.abc import Sequence
from random import Random

from core.coords import Crs, from_wgs84

WEST, SOUTH, SIDE = 104.50, 31.20, 0.02
COUNTY, TOWN = "519902000000", "519902001000"
VILLAGES = {"明珠社区": "519902001001", "河东村": "519902001201"}
NAMES = tuple(VILLAGES)
ADDRESS_HEADER = ("源编号", "地址名称", "乡镇街道", "社区/村", "街路巷", "门牌", "经度", "纬度")
Ring = list[tuple[float, float]]


def text_of(rows: Sequence[Sequence[object]], *, delimiter: str = ",") -> str:
    """Rows as CSV."""
    body = io.StringIO()
    csv.writer(body, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return body.getvalue()


def square(west: float, south: float, wide: float = SIDE, high: float = SIDE) -> Ring:
    """A closed ring, clockwise as shapefiles want it."""
    east, north = west + wide, south + high
    return [(west, south), (west, north), (east, north), (east, south), (west, south)]


def feature(ring: object, kind: str = "Polygon", **properties: str) -> dict[str, object]:
    """One feature; `ring` are the coordinates of its geometry, None for no geometry."""
    rings = [ring] if kind == "Polygon" and ring is not None else ring
    shape = None if ring is None else {"type": kind, "coordinates": rings}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(features: Sequence[object], **more: object) -> bytes:
    """A GeoJSON collection."""
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)}, ensure_ascii=False).encode()


def grid_rows() -> list[tuple[dict[str, str], Ring]]:
    """The three grids: attributes and ring."""
    first, second = VILLAGES.values()
    half = SIDE / 2
    return [
        ({"网格编码": f"{first}001", "网格名称": "一格", "网格类型": "基础网格"}, square(WEST, SOUTH, half)),
        ({"网格编码": f"{first}002", "网格名称": "二格", "网格类型": "基础网格"}, square(WEST + half, SOUTH, half)),
        ({"网格编码": f"{second}001", "网格名称": "三格", "网格类型": "基础网格"}, square(WEST + SIDE, SOUTH)),
    ]


def grids(**more: object) -> bytes:
    """The grids as GeoJSON."""
    return collection([feature(ring, **words) for words, ring in grid_rows()], **more)


def files() -> dict[str, bytes]:
    """What makes the county, in the order of loading."""
    divisions = [("区划代码", "级别", "名称"), (COUNTY, "county", "丹原县"), (TOWN, "town", "明珠街道")]
    divisions += [(code, "village", name) for name, code in VILLAGES.items()]
    areas = [feature(square(WEST + at * SIDE, SOUTH), 区划代码=code) for at, code in enumerate(VILLAGES.values())]
    return {
        "divisions.csv": text_of(divisions).encode(),
        "areas.geojson": collection(areas),
        "grids.geojson": grids(),
    }


def addresses(chance: Random, road: str, count: int, crs: Crs = Crs.WGS84) -> list[list[str]]:
    """So many doors of a road, each inside the village it names, in that coordinate system; without a header."""
    rows = []
    for number in range(1, count + 1):
        village = chance.randrange(2)
        lon = WEST + SIDE * (village + chance.uniform(0.01, 0.99))
        lat = SOUTH + SIDE * chance.uniform(0.01, 0.99)
        x, y = from_wgs84([lon], [lat], crs)
        name = f"丹原县明珠街道{NAMES[village]}{road}{number}号"
        rows.append(
            [f"{road}{number}", name, "明珠街道", NAMES[village], road, str(number), f"{x[0]:.7f}", f"{y[0]:.7f}"]
        )
    return rows
