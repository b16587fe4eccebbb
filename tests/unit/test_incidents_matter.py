"""Reports that may tell of one matter: near in place, time, kind and words; anything less is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from core.coords import Place
from grid import cells
from incidents.matter import Spots, Thresholds, bigrams, likeness, same_matter

HERE = Place(104.39, 31.13)
METRE = 1 / 111_195
LIMITS = Thresholds()


@dataclass(frozen=True, slots=True)
class Told:
    """A report `day` days after the first, `north_m` metres north of here."""

    day: float
    words: str = "楼下烧烤店噪声扰民"
    north_m: float = 0.0
    kind: int = 1
    code: int = 0
    is_vague: bool = False


def spots(reports: Sequence[Told]) -> Spots:
    lat = np.array([HERE.lat + told.north_m * METRE for told in reports])
    lon = np.full(len(reports), HERE.lon)
    cell = cells.cells(lon, lat, 10)
    return Spots(
        at_days=np.array([told.day for told in reports]), lon=lon, lat=lat,
        cell=np.where([told.is_vague for told in reports], 0, cell), code=np.array([told.code for told in reports]),
        category=np.array([told.kind for told in reports]), words=[told.words for told in reports],
    )  # fmt: skip


def pairs(*reports: Told, limits: Thresholds = LIMITS, is_new: Sequence[bool] | None = None) -> list[tuple[int, int]]:
    fresh = None if is_new is None else np.array(is_new)
    return [(pair.later, pair.earlier) for pair in same_matter(spots(reports), limits, fresh)]


def test_likeness_by_hand() -> None:
    assert bigrams("路灯，坏了") == {"路灯", "灯坏", "坏了"}
    assert likeness(bigrams("路灯坏了"), bigrams("路灯坏")) == pytest.approx(2 * 2 / (3 + 2))
    assert likeness(bigrams("路灯"), bigrams("路灯")) == 1.0
    assert likeness(bigrams("灯"), bigrams("灯")) == 0.0  # too short to say anything
    assert likeness(frozenset(), frozenset()) == 0.0


def test_two_reports_of_one_noise_are_shown_together_with_the_evidence() -> None:
    (pair,) = same_matter(spots([Told(0), Told(2.5, "楼下烧烤店晚上噪声扰民", north_m=20)]), LIMITS)
    assert (pair.later, pair.earlier, pair.days, pair.same_code) == (1, 0, 2.5, False)
    assert pair.metres == pytest.approx(20, abs=0.5)
    assert pair.likeness > LIMITS.likeness


@pytest.mark.parametrize(
    "second",
    [
        Told(1, north_m=60),
        Told(15),
        Told(1, kind=2),
        Told(1, words="路灯坏了没有人修"),
        Told(1, is_vague=True),
    ],
    ids=["too far", "too late", "another kind", "other words", "placed too vaguely"],
)
def test_what_is_not_near_in_everything_is_not_shown(second: Told) -> None:
    assert pairs(Told(0), second) == []


def test_one_building_is_one_place_however_far_its_corners() -> None:
    assert pairs(Told(0, code=9), Told(1, north_m=60, code=9)) == [(1, 0)]
    assert pairs(Told(0, code=9), Told(1, north_m=60, code=8)) == []
    assert pairs(Told(0, code=9, is_vague=True), Told(1, code=9, is_vague=True)) == [(1, 0)]


def test_a_border_of_cells_parts_nothing() -> None:
    edge = next(
        m for m in np.arange(0, 200, 1.0)
        if cells.cell(Place(HERE.lon, HERE.lat + m * METRE), 10) != cells.cell(HERE, 10)
    )  # fmt: skip
    assert pairs(Told(0, north_m=edge - 5), Told(1, north_m=edge + 5)) == [(1, 0)]


def test_only_the_likest_few_are_shown_best_first() -> None:
    many = [Told(n / 10, "楼下烧烤店噪声扰民晚上十一点还在响"[: 8 + 2 * n]) for n in range(6)]
    found = pairs(*many, limits=Thresholds(suggests=2))
    last = [earlier for later, earlier in found if later == 5]
    assert last == [4, 3]


def test_old_pairs_are_not_made_again() -> None:
    reports = [Told(0), Told(1), Told(2)]
    assert pairs(*reports) == [(1, 0), (2, 0), (2, 1)]
    assert pairs(*reports, is_new=[False, False, True]) == [(2, 0), (2, 1)]
    assert pairs(*reports, is_new=[True, False, False]) == [(1, 0), (2, 0)]
    assert pairs(*reports, is_new=[False, False, False]) == []
