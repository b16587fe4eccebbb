"""Which rows of an address register cannot be taken, and why. Behind the door: call `address.service.ingest`."""

from dataclasses import asdict, dataclass

import polars as pl
from sqlalchemy.orm import Session

from address import parse
from address._objects import PARTS
from address._words import gazetteer
from core.rows import Reject
from grid import service as grid

MARGIN_DEGREES = 0.05
"""About 5 km: houses on the edge of the district are drawn a little outside; farther out is another place."""

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north of what can be an address of ours at all, while no district is loaded."""

FROM_NAME = (
    "town",
    "village",
    "group",
    "road",
    "lane",
    "number",
    "sub_number",
    "estate",
    "building",
    "unit",
    "floor",
    "room",
)


@dataclass(frozen=True, slots=True)
class Sifted:
    """Rows to take, rejected rows, and how many repeat an earlier row of the same file."""

    rows: pl.DataFrame
    rejected: list[Reject]
    repeated: int


def sift(session: Session, rows: pl.DataFrame) -> Sifted:
    """Take out rows without a usable position and rows that repeat or contradict an earlier one."""
    rows, rejected = _with_positions(session, rows)
    rows = _read_names(session, rows)
    referred = rows.filter(pl.col("source_ref").is_not_null())
    first = referred.unique("source_ref", keep="first", maintain_order=True)
    again = referred.join(first.select("row_no"), on="row_no", how="anti")
    content = ["source_ref", *PARTS, "name", "lon", "lat"]
    same = again.join(first.select(content), on=content, how="semi", nulls_equal=True)
    other = again.join(same.select("row_no"), on="row_no", how="anti")
    rejected += [double(row_no) for row_no in other["row_no"]]
    kept = rows.join(again.select("row_no"), on="row_no", how="anti", maintain_order="left")
    return Sifted(kept, rejected, len(same))


def double(row_no: int) -> Reject:
    """A row whose source number an earlier row of the file has, with other contents."""
    return Reject(
        row_no,
        "来源编号在文件中重复且内容不同；请保留正确的一行",
        "this source number appears twice in the file with different content; keep the right row",
        "source_ref",
    )


def _with_positions(session: Session, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    known = grid.district_bounds(session)
    west, south, east, north = CHINA
    if known is not None:
        west, south = known[0] - MARGIN_DEGREES, known[1] - MARGIN_DEGREES
        east, north = known[2] + MARGIN_DEGREES, known[3] + MARGIN_DEGREES
    lon, lat = pl.col("lon"), pl.col("lat")
    is_known = lon.is_finite() & lat.is_finite()
    is_inside = lon.is_between(west, east) & lat.is_between(south, north)
    is_swapped = lat.is_between(west, east) & lon.is_between(south, north)
    judged = rows.with_columns(
        pl.when(~is_known.fill_null(value=False))
        .then(pl.lit("missing"))
        .when(is_inside)
        .then(None)
        .when(is_swapped)
        .then(pl.lit("swapped"))
        .otherwise(pl.lit("outside"))
        .alias("fault")
    )
    bad = judged.filter(pl.col("fault").is_not_null())
    rejected = [_reject(*row) for row in bad.select("row_no", "fault").iter_rows()]
    return judged.filter(pl.col("fault").is_null()).drop("fault"), rejected


def _reject(row_no: int, fault: str) -> Reject:
    if fault == "missing":
        return Reject(row_no, "缺少经纬度；请补充坐标", "coordinates are missing; add them", "lon")
    if fault == "swapped":
        return Reject(
            row_no,
            "经纬度颠倒；请对调两列",
            "longitude and latitude are swapped: exchange the two columns",
            "lon",
        )
    return Reject(
        row_no,
        "坐标不在本辖区；请核对坐标与坐标系",
        "the position lies outside the district: check it and its coordinate system",
        "lon",
    )


def _read_names(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose structured columns are all empty get the parts read from their name."""
    deep = [part for part in PARTS if part not in ("town", "village", "floor")]
    is_bare = pl.all_horizontal(pl.col(deep).is_null()) & pl.col("name").is_not_null()
    bare = rows.filter(is_bare)
    if bare.is_empty():
        return rows
    words = gazetteer(session)
    told = [asdict(parse.parse(name, words)) for name in bare["name"]]
    columns = [pl.Series(part, [one[part] or None for one in told], dtype=pl.String) for part in FROM_NAME]
    kept = [pl.coalesce(pl.col(part), column).alias(part) for part, column in zip(FROM_NAME, columns, strict=True)]
    read = bare.with_columns(kept)
    return pl.concat([rows.filter(~is_bare), read]).sort("row_no")
