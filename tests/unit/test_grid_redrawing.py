"""Random splits, merges and shifts of a small map: every point stays in exactly one grid; what does not fit is told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from grid.coverage import MAX_FAULT_M2
from grid.geometry import as_multipolygon
from grid.locate import NOWHERE, Ground
from grid.redrawing import FOREIGN, GAP, OUTSIDE, OVERLAP, area_m2, changed_ground, coverage, fitted, places
from maps.faults import faults_page

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
COUNTY = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
SLIVER = 2e-10
"""Degrees: over a kilometre less than 0.03 m²."""


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    return shapely.box(WEST + west * SIDE, SOUTH + south * SIDE, WEST + east * SIDE, SOUTH + north * SIDE)


def areas(shape: BaseGeometry) -> BaseGeometry:
    """As the loader makes them of what a file holds."""
    made = as_multipolygon(shape)
    assert made is not None
    return made


@dataclass
class Board:
    """Grids by code, and edits as an office draws them, a hair beside the line now and then."""

    drawn: dict[str, BaseGeometry] = field(default_factory=lambda: {"1": box(0, 0, 0.5, 1), "2": box(0.5, 0, 1, 1)})
    serial: int = 2

    def edit(self, what: str, number: int, cut: float, jitter: float) -> None:
        codes = sorted(self.drawn)
        code = codes[number % len(codes)]
        shape = self.drawn[code]
        touching = [c for c in codes if c != code and shape.intersection(self.drawn[c]).length > SIDE / 1000]
        west, south, east, north = shape.bounds
        line = west + (east - west) * cut
        left = shapely.box(west - 1, south - 1, line, north + 1)
        right = shapely.box(line + jitter, south - 1, east + 1, north + 1)
        if what == "split" and east - west > SIDE / 50:
            self.serial += 1
            self.put({code: shape}, {code: shape.intersection(left), str(self.serial): shape.intersection(right)})
        elif what == "merge" and touching:
            other = touching[0]
            old = {code: shape, other: self.drawn[other]}
            self.put(old, {code: shape.union(self.drawn[other])})
        elif what == "shift" and touching and not shape.intersection(left).is_empty:
            other = touching[0]
            old = {code: shape, other: self.drawn[other]}
            self.put(old, {code: shape.intersection(right), other: self.drawn[other].union(shape.intersection(left))})

    def put(self, old: dict[str, BaseGeometry], new: dict[str, BaseGeometry]) -> None:
        new = {code: areas(shape) for code, shape in new.items() if area_m2(shape) > MAX_FAULT_M2}
        beside = {code: shape for code, shape in self.drawn.items() if code not in old}
        village_of = dict.fromkeys([*old, *new], "v")
        assert places(old, new, beside, village_of, {"v": COUNTY}, COUNTY) == []
        self.drawn = beside | fitted(old, new, beside)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("split", "merge", "shift")),
            st.integers(0, 99),
            st.floats(0.05, 0.95),
            st.sampled_from((0.0, SLIVER, -SLIVER)),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 1000),
)
def test_every_point_stays_in_exactly_one_grid(edits: list[tuple[str, int, float, float]], seed: int) -> None:
    board = Board()
    chance = np.random.default_rng(seed)
    lon, lat = WEST + SIDE * chance.random(300), SOUTH + SIDE * chance.random(300)
    for edit in edits:
        board.edit(*edit)
        shapes = np.array(list(board.drawn.values()), dtype=object)
        shapely.prepare(shapes)
        inside = sum(shapely.contains_xy(shape, lon, lat).astype(int) for shape in shapes)
        assert np.max(inside) == 1
        found = Ground(np.arange(len(shapes), dtype=np.int32), shapes).find(lon, lat)
        assert (found != NOWHERE).all()
    assert coverage(board.drawn, COUNTY) == []
    assert shapely.union_all(list(board.drawn.values())).symmetric_difference(COUNTY).area < SLIVER * SIDE / 1e3


OLD = {"a": box(0, 0, 0.5, 1), "b": box(0.5, 0, 1, 1)}
VILLAGES = {"a": "west", "b": "east"}
OUTLINES = {"west": OLD["a"], "east": OLD["b"]}


@pytest.mark.parametrize(
    ("new", "kinds"),
    [
        ({"a": box(0, 0, 0.6, 1), "b": OLD["b"]}, {OVERLAP}),
        ({"a": box(0, 0, 0.4, 1), "b": OLD["b"]}, {GAP}),
        ({"a": box(0, 0, 0.4, 1), "b": box(0.4, 0, 1, 1)}, {FOREIGN}),
        ({"a": OLD["a"], "b": box(0.5, 0, 1.1, 1)}, {OUTSIDE}),
        ({"a": box(0, 0, 0.45, 1), "b": box(0.55, 0, 1.1, 1)}, {GAP, OUTSIDE}),
        ({"a": OLD["a"], "b": OLD["b"]}, set()),
    ],
)
def test_what_does_not_fit_is_told(new: dict[str, BaseGeometry], kinds: set[str]) -> None:
    found = places(OLD, new, {}, VILLAGES, OUTLINES, COUNTY)
    assert {place.kind for place in found} == kinds
    assert all(place.codes and place.m2 == pytest.approx(area_m2(place.shape)) for place in found)


def test_one_square_metre_is_the_limit() -> None:
    metre = 1 / (111_195.0 * np.cos(np.radians(SOUTH)))
    height = SIDE * 111_195.0
    for width, is_told in ((0.9 / height * metre, False), (1.1 / height * metre, True)):
        east = shapely.box(WEST + SIDE / 2 + width, SOUTH, WEST + SIDE, SOUTH + SIDE)
        found = places(OLD, {"a": OLD["a"], "b": east}, {}, VILLAGES, {}, COUNTY)
        assert bool(found) is is_told
        if not is_told:
            made = fitted(OLD, {"a": OLD["a"], "b": east}, {})
            assert shapely.union_all(list(made.values())).symmetric_difference(COUNTY).area == pytest.approx(
                0, abs=1e-18
            )


def test_only_the_ground_that_changed_is_named() -> None:
    ground = changed_ground(OLD, {"a": box(0, 0, 0.6, 1), "b": box(0.6, 0, 1, 1)})
    assert ground.equals(box(0.5, 0, 0.6, 1))


def test_holes_and_overlaps_of_a_whole_map() -> None:
    drawn = {"a": box(0, 0, 0.6, 1), "b": box(0.5, 0, 1, 0.5)}
    assert [place.kind for place in coverage(drawn, COUNTY)] == [GAP, OVERLAP]
    ring = {"r": box(0, 0, 1, 1).difference(box(0.4, 0.4, 0.6, 0.6))}
    assert [place.kind for place in coverage(ring, None)] == [GAP]
    assert coverage({}, COUNTY) == []


def test_faults_are_drawn_into_one_file() -> None:
    found = places(OLD, {"a": box(0, 0, 0.6, 1), "b": OLD["b"]}, {}, VILLAGES, {}, None)
    page = faults_page(
        "边界<script>",
        found,
        OLD,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        old=OLD,
        spots=[(WEST, SOUTH, "{{ 7*7 }}路1号")],
    )
    assert "同时在两个网格里" in page
    assert "<script>边界" not in page
    assert "边界<script>" not in page
    assert "49路" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
