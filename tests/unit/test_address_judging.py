"""Candidates: what fits goes first, and every difference is said."""

from address.judging import AGAINST, Reason, judge, names_meant, numbers_apart
from address.parse import Parts

KNOWN = ["泰河路", "太和路", "泰河西路", "明珠花园", "名珠花园", "解放路"]


def reasons(said: Parts, has: dict[str, str | None]) -> set[Reason]:
    return {one.reason for one in judge(said, has, names_meant([said.road or said.estate], KNOWN)).reasons}


def cost(said: Parts, has: dict[str, str | None]) -> float:
    return judge(said, has, names_meant([said.road or said.estate], KNOWN)).cost


def test_names_the_same_then_the_sound_then_the_look() -> None:
    meant = names_meant(["泰河路"], KNOWN)
    assert meant["泰河路"].reason is Reason.NAME_SAME
    assert meant["太和路"].reason is Reason.NAME_SOUNDS
    assert meant["泰河西路"].reason is Reason.NAME_LOOKS
    assert "明珠花园" not in meant
    assert meant["泰河路"].cost < meant["太和路"].cost < meant["泰河西路"].cost


def test_what_fits_costs_nothing_and_each_difference_something() -> None:
    said = Parts(town="城南街道", road="泰河路", number="12")
    fits = {"town": "城南街道", "road": "泰河路", "number": "12"}
    assert cost(said, fits) == 0.0
    worse = [
        fits | {"town": "城北街道"}, fits | {"road": "太和路"}, fits | {"number": "14"}, fits | {"building": "3"},
        fits | {"sub_number": "附2号"},
    ]  # fmt: skip
    assert all(cost(said, one) > 0 for one in worse)
    assert all(reasons(said, one) & AGAINST for one in worse)


def test_a_neighbouring_number_is_offered_as_one_and_a_far_one_costs_more() -> None:
    said = Parts(road="泰河路", number="12")
    near, far = {"road": "泰河路", "number": "14"}, {"road": "泰河路", "number": "120"}
    assert Reason.NUMBER_NEAR in reasons(said, near)
    assert cost(said, near) < cost(said, far)


def test_sub_numbers_count_however_they_are_kept() -> None:
    said = Parts(road="泰河路", number="12", sub_number="2")
    for kept in ("2", "附2", "附2号"):
        assert Reason.SUB_SAME in reasons(said, {"road": "泰河路", "number": "12", "sub_number": kept})
    assert Reason.SUB_OTHER in reasons(said, {"road": "泰河路", "number": "12", "sub_number": None})


def test_numbers_apart() -> None:
    assert numbers_apart("12", "15") == 3
    assert numbers_apart("甲", "15") is None
