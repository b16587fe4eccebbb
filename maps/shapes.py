"""Cell shapes in few bytes: sent to a page once, coloured by values that come later. Pure.

Corners are whole steps of `STEP` degrees from a base point, each told as the difference from the corner before it, so
that the numbers stay short. Neighbours share corners exactly, because the same corner is rounded the same way.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grid.cells import boundaries, cell_text

STEP: Final = 1e-5
"""Degrees; about one metre, finer than a pixel at the closest zoom."""

SIDES: Final = 6
"""Corners of a cell, but for the few that an edge of H3's icosahedron crosses."""

Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Cells in ascending order and their corners. `sizes` is None when every cell has `SIDES` corners.

    `version` changes with the set of cells; values are told for exactly one version.
    """

    version: str
    cells: Cells
    base: tuple[float, float]
    corners: tuple[int, ...]
    sizes: tuple[int, ...] | None

    def as_json(self, resolution: int) -> dict[str, object]:
        """For the page: cells as hexadecimal texts, flat corner differences."""
        return {
            "version": self.version,
            "resolution": resolution,
            "step": STEP,
            "base": self.base,
            "cells": [cell_text(cell) for cell in self.cells.tolist()],
            "corners": self.corners,
            "sizes": self.sizes,
        }


def version_of(cells: Cells) -> str:
    """A short fingerprint of a set of cells in order."""
    return sha256(np.ascontiguousarray(cells, dtype=np.int64).tobytes()).hexdigest()[:16]


def pack(cells: Cells) -> Shapes:
    """The shapes of these cells, which must be in ascending order."""
    rings = [ring[:-1] for ring in boundaries(cells)]
    if not rings:
        return Shapes(version_of(cells), cells, (0.0, 0.0), (), None)
    points = np.array([corner for ring in rings for corner in ring])
    base = points.min(axis=0).round(5)
    steps = np.rint((points - base) / STEP).astype(np.int64)
    told = np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    sizes = tuple(len(ring) for ring in rings)
    return Shapes(
        version=version_of(cells),
        cells=cells,
        base=(float(base[0]), float(base[1])),
        corners=tuple(told.reshape(-1).tolist()),
        sizes=None if set(sizes) == {SIDES} else sizes,
    )


def unpack(shapes: Shapes) -> list[NDArray[np.float64]]:
    """The rings again, as the page makes them: one array of (lon, lat) a cell, not closed."""
    told = np.array(shapes.corners, dtype=np.int64).reshape(-1, 2)
    points = np.array(shapes.base) + told.cumsum(axis=0) * STEP
    sizes = shapes.sizes or (SIDES,) * len(shapes.cells)
    return [np.asarray(ring) for ring in np.split(points, np.cumsum(sizes)[:-1])] if len(points) else []
