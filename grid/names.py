"""How names of divisions vary: 乔司镇 and 乔司街道, 张家村委会 and 张家社区 share a stem (pure)."""

from functools import cache
from typing import Final

from grid.records import Level

NATIONS: Final = (
    "畲族", "回族", "满族", "彝族", "藏族", "羌族", "苗族", "土家族", "侗族", "壮族", "瑶族", "傣族", "白族",
)  # fmt: skip
ENDS: Final = {
    Level.PROVINCE: ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"),
    Level.CITY: ("自治州", "地区", "市", "州", "盟"),
    Level.COUNTY: ("自治县", "自治旗", "新区", "县", "市", "区", "旗"),
    Level.TOWN: ("街道办事处", "街道办", "办事处", "街道", "镇", "乡"),
    Level.VILLAGE: (
        "社区居民委员会", "社区居委会", "社区村委会", "居民委员会", "村民委员会", "居委会", "村委会", "社区",
        "嘎查", "村",
    ),
}  # fmt: skip
STREETS: Final = ("街道办事处", "街道办", "街道")
CITIZENS: Final = ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区")
VILLAGERS: Final = ("村民委员会", "村委会", "村")


@cache
def stem(name: str, level: Level) -> str:
    """The name without what classifies it, when two characters or more are left: 峰山畲族乡 → 峰山."""
    kept = _without(name, ENDS[level])
    if level in (Level.COUNTY, Level.TOWN):
        kept = _without(kept, NATIONS)
    if level is Level.VILLAGE and kept != name:
        kept = _without(kept, ("村",))  # 新华村村委会
    return kept


@cache
def plain(name: str, level: Level) -> str:
    """The usual form of a name: 三角村委会 as 三角村, 北星社区居委会 as 北星社区, 东湖街道办事处 as 东湖街道."""
    if level is Level.TOWN and name.endswith(STREETS):
        return _without(name, STREETS) + "街道"
    if level is Level.VILLAGE:
        if name.endswith(CITIZENS):
            return stem(name, level) + "社区"
        if name.endswith(VILLAGERS):
            return stem(name, level) + "村"
    return name


def spellings(name: str, level: Level) -> list[str]:
    """How people write a division of this very name: with other words for its class, not for another class.

    三角村 is a 三角村委会 and no 三角社区: that was, or will be, its name in another year.
    """
    usual = plain(name, level)
    if level is Level.TOWN and usual.endswith("街道"):
        return [usual.removesuffix("街道") + end for end in STREETS]
    if level is Level.VILLAGE and usual != stem(name, level):
        ends = CITIZENS if usual.endswith("社区") else VILLAGERS
        return list(dict.fromkeys([name, *(stem(name, level) + end for end in ends)]))
    return [name]


def _without(name: str, ends: tuple[str, ...]) -> str:
    for end in ends:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name
