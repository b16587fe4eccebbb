"""H3 cells as plain integers: the unit of heat, of tiles and of grouping. Never an identity.

A point gets its cell at the finest resolution we keep; the coarser cells are that cell's parents. H3's children
do not tile their parent exactly, so a point near an edge may lie a few metres outside its coarse cell; in return
counts add up exactly from level to level, which is what a map that zooms must promise.
"""

from collections.abc import Sequence

import h3.api.basic_int as h3_int
import numpy as np
from numpy.typing import NDArray

from core.coords import Place

RESOLUTIONS = (8, 9, 10)
FINEST = RESOLUTIONS[-1]
NO_CELL = 0
"""Stands for "no position" in arrays of cells; H3 never gives it out."""

_RESOLUTION_SHIFT = 52
_RESOLUTION_MASK = np.int64(0xF << _RESOLUTION_SHIFT)
_FINEST_OF_H3 = 15
_BITS_PER_DIGIT = 3

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]


def cells(lon: Floats, lat: Floats, resolution: int) -> Cells:
    """The cell of every point. Points with NaN or infinite coordinates get NO_CELL.

    Resolutions in RESOLUTIONS agree with each other: `parents(cells(.., 10), 8)` equals `cells(.., 8)`.
    A resolution above 10 is computed from the point itself.
    """
    finest = max(FINEST, resolution)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(lon) & np.isfinite(lat)
    found = np.zeros(len(lon), dtype=np.int64)
    to_cell = h3_int.latlng_to_cell
    pairs = zip(lat[known].tolist(), lon[known].tolist(), strict=True)
    found[known] = np.fromiter((to_cell(y, x, finest) for y, x in pairs), dtype=np.int64, count=int(known.sum()))
    return parents(found, resolution)


def cell(place: Place, resolution: int) -> int:
    """The cell of one place, the same that `cells` gives."""
    return int(cells(np.array([place.lon]), np.array([place.lat]), resolution)[0])


def parents(fine: Cells, resolution: int) -> Cells:
    """The ancestor of every cell at a coarser resolution, by the bits of the index; NO_CELL stays NO_CELL.

    Cells that are as coarse already are returned as they are.
    """
    fine = np.asarray(fine, dtype=np.int64)
    unused_digits = np.int64((1 << (_BITS_PER_DIGIT * (_FINEST_OF_H3 - resolution))) - 1)
    coarse = (fine & ~_RESOLUTION_MASK) | np.int64(resolution << _RESOLUTION_SHIFT) | unused_digits
    return np.where((fine == NO_CELL) | (resolutions(fine) <= resolution), fine, coarse)


def resolutions(some: Cells) -> NDArray[np.int64]:
    """The resolution of every cell."""
    return (np.asarray(some, dtype=np.int64) & _RESOLUTION_MASK) >> _RESOLUTION_SHIFT


def children(cell_id: int, resolution: int) -> list[int]:
    """The cells of a finer resolution whose parent this is."""
    return sorted(int(child) for child in h3_int.cell_to_children(cell_id, resolution))


def cell_boundary(cell_id: int) -> list[Place]:
    """The corners, counter-clockwise, the first not repeated at the end."""
    return [Place(lon=lon, lat=lat) for lat, lon in h3_int.cell_to_boundary(cell_id)]


def boundaries(some: Sequence[int] | Cells) -> list[list[tuple[float, float]]]:
    """Closed rings of (lon, lat) for many cells, as GeoJSON and shapely want them."""
    rings = []
    for cell_id in np.asarray(some, dtype=np.int64).tolist():
        ring = [(lon, lat) for lat, lon in h3_int.cell_to_boundary(cell_id)]
        rings.append([*ring, ring[0]])
    return rings


def cell_centre(cell_id: int) -> Place:
    """The middle of the cell."""
    lat, lon = h3_int.cell_to_latlng(cell_id)
    return Place(lon=lon, lat=lat)


def centres(some: Sequence[int] | Cells) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the middles of many cells."""
    ids = np.asarray(some, dtype=np.int64).tolist()
    if not ids:
        return np.zeros(0), np.zeros(0)
    both = np.array([h3_int.cell_to_latlng(cell_id) for cell_id in ids], dtype=np.float64)
    return both[:, 1].copy(), both[:, 0].copy()


def neighbours(cell_id: int, rings: int = 1) -> list[int]:
    """The cells around this one up to so many steps away, itself left out, in ascending order."""
    return sorted(int(near) for near in h3_int.grid_disk(cell_id, rings) if near != cell_id)


def cell_text(cell_id: int) -> str:
    """The usual 15 hexadecimal digits."""
    return f"{int(cell_id):x}"


def cell_of_text(text: str) -> int:
    """The cell written as hexadecimal digits. Raises ValueError when there is no such cell."""
    try:
        found = int(text.strip(), 16)
    except ValueError:
        raise ValueError(f"not an H3 cell: {text!r}") from None
    if not 0 < found < 1 << 63 or not h3_int.is_valid_cell(found):
        raise ValueError(f"not an H3 cell: {text!r}")
    return found
