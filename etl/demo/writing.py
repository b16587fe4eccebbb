"""Tables and shapes into files as offices keep them: xlsx of text cells, CSV in its encoding, GeoJSON, GPKG."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import geopandas as gpd
import polars as pl
import pyogrio
from rustpy_xlsxwriter import FastExcel

from etl.demo.layouts import CSV_ENCODINGS

Done = Callable[[str, int], None]
"""Called with the name of a finished file and its rows."""

STAMP: Final = "2026-01-01T00:00:00Z"
"""What GDAL writes into a GPKG as the time of its making, so that the same district gives the same file."""


def write_csv(out: Path, name: str, table: pl.DataFrame, done: Done) -> None:
    """A CSV with commas and LF, in the encoding that `layouts.CSV_ENCODINGS` gives for its name."""
    pattern = f"{name.split('_')[0]}_*.csv" if name.startswith("residents_") else name
    text = table.write_csv()
    (out / name).write_bytes(text.encode(CSV_ENCODINGS[pattern]))
    done(name, table.height)


def write_xlsx(out: Path, name: str, table: pl.DataFrame, done: Done) -> None:
    """One sheet, all cells text, empty cells for ""."""
    FastExcel(str(out / name)).sheet("Sheet1", table).save()
    done(name, table.height)


def write_geojson(out: Path, name: str, table: gpd.GeoDataFrame, done: Done) -> None:
    """Seven decimals: a centimetre."""
    table.to_file(out / name, driver="GeoJSON", COORDINATE_PRECISION=7)
    done(name, len(table))


def write_gpkg(out: Path, name: str, layer: str, table: gpd.GeoDataFrame, done: Done) -> None:
    """A GPKG with one layer."""
    (out / name).unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    table.to_file(out / name, layer=layer, driver="GPKG")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    done(name, len(table))
