"""Reports that may tell of one matter: near in place, time, kind and words; anything less is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from core.coords import Place
from incidents.matter import Spots, Thresholds, alike_to, bigrams, likeness, names_in, same_matter

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
    metres: float = 10.0
    place: str = "泰山路"
    is_sure: bool = True


def spots(reports: Sequence[Told]) -> Spots:
    lat = np.array([HERE.lat + told.north_m * METRE for told in reports])
    lon = np.full(len(reports), HERE.lon)
    return Spots(
        at_days=np.array([told.day for told in reports]), lon=lon, lat=lat,
        metres=np.array([told.metres for told in reports]), code=np.array([told.code for told in reports]),
        kind=np.array([told.kind for told in reports]), is_sure=np.array([told.is_sure for told in reports]),
        places=[told.place for told in reports], words=[told.words for told in reports],
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
        Told(1, north_m=130),
        Told(15),
        Told(1, kind=2),
        Told(1, words="路灯坏了没有人修", is_sure=False),
        Told(1, metres=np.inf),
        Told(1, north_m=300, metres=400, place="长江路附近"),
        Told(1, north_m=1700, metres=400),
    ],
    ids=["too far", "too late", "another kind", "other words", "not placed", "another road", "too far along the road"],
)
def test_what_is_not_near_in_everything_is_not_shown(second: Told) -> None:
    assert pairs(Told(0), second) == []


def test_one_building_is_one_place_however_far_its_corners() -> None:
    assert pairs(Told(0, code=9), Told(1, north_m=130, code=9)) == [(1, 0)]
    assert pairs(Told(0, code=9), Told(1, north_m=130, code=8)) == []


def test_a_coarse_place_is_shown_where_its_words_name_the_same_road_and_one_place_fits() -> None:
    assert pairs(Told(0), Told(1, north_m=300, metres=400, place="旌原区泰山路附近")) == [(1, 0)]
    two_places = (Told(0), Told(0.5, north_m=500), Told(1, north_m=250, metres=400))
    assert [pair for pair in pairs(*two_places) if pair[0] == 2] == []  # nobody can say which


def test_names_of_a_place_are_left_when_county_and_numbers_are_taken_away() -> None:
    assert names_in("旌原区泰山路12号") == {"泰山", "山路"}
    assert names_in("德安市旌原区明珠小区3栋2单元501室") == {"明珠", "珠小", "小区"}
    assert names_in("泰山路附近") == {"泰山", "山路"}


def test_one_report_is_compared_with_earlier_and_later_ones() -> None:
    held = spots([Told(0), Told(2), Told(20), Told(1, kind=2)])
    found = alike_to(held, LIMITS, 1, np.array([0, 2, 3]))
    assert [(pair.earlier, pair.days) for pair in found] == [(0, 2.0)]


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
