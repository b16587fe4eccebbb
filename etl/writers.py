"""Rows of text as CSV, XLSX, GeoJSON or GPKG, written as they come (pure but for the scratch file of XLSX and GPKG).

No cell can be taken for a formula, and every cell is text: codes keep their digits.
"""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

import geopandas as gpd
import shapely
from rustpy_xlsxwriter import FastExcel

from core.errors import BadInput

AT_ONCE: Final = 5_000
PIECE_BYTES: Final = 2**18
MOST_ROWS: Final = 1_048_575
"""What a sheet holds below its header."""
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
GUARD: Final = "'"
"""Put before a cell that a spreadsheet would take for a formula; our own readers take it off again."""


class Format(StrEnum):
    """What a file is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    GPKG = "gpkg"


@dataclass(frozen=True, slots=True)
class Item:
    """One row: its cells under the headers, and its geometry (EPSG:4326, as WKB) when it has one."""

    cells: Sequence[str]
    geometry: bytes | None = None


def safe(cell: str) -> str:
    """The cell as plain text for any spreadsheet: no formula, no NUL."""
    bare = cell.replace("\0", "")
    return GUARD + bare if cell.startswith(DANGEROUS) else bare


def written(form: Format, name: str, headers: Sequence[str], items: Iterable[Item]) -> Iterator[bytes]:
    """The file, piece by piece. `name` is that of the sheet or layer.

    Raises BadInput when a sheet cannot hold the rows.
    """
    if form is Format.CSV:
        return _csv(headers, items)
    if form is Format.GEOJSON:
        return _geojson(headers, items)
    return _scratch(form, name, headers, items)


def _csv(headers: Sequence[str], items: Iterable[Item]) -> Iterator[bytes]:
    """With a byte order mark, by which Excel knows UTF-8."""
    yield "\ufeff".encode()
    for rows in _in_pieces([headers], (item.cells for item in items)):
        text = io.StringIO()
        csv.writer(text).writerows([safe(cell) for cell in row] for row in rows)
        yield text.getvalue().encode()


def _in_pieces(first: Iterable[Sequence[str]], rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    yield list(first)
    source = iter(rows)
    while piece := list(islice(source, AT_ONCE)):
        yield piece


def _geojson(headers: Sequence[str], items: Iterable[Item]) -> Iterator[bytes]:
    yield b'{"type": "FeatureCollection", "features": ['
    comma = ""
    source = iter(items)
    while piece := list(islice(source, AT_ONCE)):
        told = (comma if at == 0 else ",\n" for at in range(len(piece)))
        features = (sign + _feature(headers, item) for sign, item in zip(told, piece, strict=True))
        yield "".join(features).encode()
        comma = ",\n"
    yield b"]}\n"


def _feature(headers: Sequence[str], item: Item) -> str:
    shape = None if item.geometry is None else json.loads(shapely.to_geojson(shapely.from_wkb(item.geometry)))
    told = {"type": "Feature", "properties": dict(zip(headers, item.cells, strict=True)), "geometry": shape}
    return json.dumps(told, ensure_ascii=False)


def _scratch(form: Format, name: str, headers: Sequence[str], items: Iterable[Item]) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="wangge-export-") as folder:
        path = Path(folder) / f"export.{form.value}"
        (_xlsx if form is Format.XLSX else _gpkg)(path, name, headers, items)
        with path.open("rb") as opened:
            while piece := opened.read(PIECE_BYTES):
                yield piece


def _xlsx(path: Path, name: str, headers: Sequence[str], items: Iterable[Item]) -> None:
    rows = (dict(zip(headers, map(safe, item.cells), strict=True)) for item in _few(items))
    FastExcel(str(path), columns=list(headers)).sheet(name, rows).save()


def _few(items: Iterable[Item]) -> Iterator[Item]:
    for count, item in enumerate(items, start=1):
        if count > MOST_ROWS:
            raise BadInput(
                zh=f"超过一张表能容纳的 {MOST_ROWS:,} 行；请导出为 csv",
                en=f"more rows than a sheet holds ({MOST_ROWS:,}): export csv",
            )
        yield item


def _gpkg(path: Path, name: str, headers: Sequence[str], items: Iterable[Item]) -> None:
    source = iter(items)
    is_more = False
    while (piece := list(islice(source, AT_ONCE))) or not is_more:
        columns = {header: [item.cells[at] for item in piece] for at, header in enumerate(headers)}
        shapes = gpd.GeoSeries(shapely.from_wkb([item.geometry for item in piece]), crs=4326)
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
        frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio", append=is_more)
        is_more = True
        if not piece:
            break
