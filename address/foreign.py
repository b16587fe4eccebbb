"""Which counties, cities and provinces are not ours: 绵竹市和平村 is not the 和平村 of the district (pure)."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("counties.tsv")
VAGUE: Final = frozenset({"郊区", "城区", "矿区", "市中区", "城中区", "新城区", "东区", "西区", "南区", "北区"})
"""Names of counties that people also use for parts of any town."""
FORMER: Final = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{2,3}[市县])(?=[\u4e00-\u9fff]{1,6}?(?:镇|乡|街道|区|县|村))"
)
"""A city or county at the start of a text that the list does not hold, like one that was abolished (双城市)."""
ENDS: Final = re.compile(r"(?:省|市|县|区|旗|自治州|州|盟|地区)$")


KINDS: Final = {2: "province", 4: "city", 6: "county"}
SIGNS: Final = frozenset("省市县区旗州盟")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Which names of counties, cities and provinces are not ours, for an installation of some counties."""

    counties: frozenset[str] = frozenset()
    home: frozenset[str] = frozenset()
    """Names of the own counties and what lies above them."""
    foreign: frozenset[str] = frozenset()
    """Every other name."""
    near: frozenset[str] = frozenset()
    """Names of the other counties of the same city, and their stems: people say 广汉 for 广汉市."""
    stems: dict[str, str] = field(default_factory=dict)
    """德阳 and 旌阳 for the names of home; the longest first."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Every listed name as province, city or county."""

    def named_in(self, before: str, text: str) -> str:
        """The foreign name in words that stand before an address, "" when there is none, or home is not known.

        `text` begins with `before`. What stands behind the own county is a quarter of it, whatever its name; behind
        the own city only its other counties are foreign (德阳市天元区 is no 天元区 of 株洲市).
        """
        if not self.home or len(before) < 2 or any(name in before for name in self.counties):
            return ""
        is_in_city = any(name in before for name in self.home if self.kinds.get(name) == "city")
        found = self._listed(before, self.near if is_in_city else self.foreign) if SIGNS & set(before) else ""
        if found or is_in_city:
            return found or next((name for name in self.near if before.endswith(name)), "")
        is_told = "市" in text[2:7] or "县" in text[2:7]
        if (
            is_told
            and (told := FORMER.match(text)) is not None
            and told.end() <= len(before)
            and told.group(1) not in self.home
            and not self._is_ours(before)
        ):
            return told.group(1)
        return next((name for name in self.near if before.endswith(name)), "") or self._only_stems(before)

    def _listed(self, before: str, names: frozenset[str]) -> str:
        for start in range(len(before) - 1):
            for end in range(len(before), start + 1, -1):
                if before[start:end] in self.home:
                    break
                if before[start:end] in names:
                    return before[start:end]
        return ""

    def _is_ours(self, before: str) -> bool:
        return any(name in before for name in self.home)

    def _only_stems(self, before: str) -> str:
        """甘肃兰州: foreign when the words are nothing but two or more stems of divisions, and none is ours."""
        count = 0
        stems = {ENDS.sub("", name) for name in self.home}
        rest, told = before, ""
        while rest:
            for length in (4, 3, 2):
                piece = rest[:length]
                if len(piece) == length and (piece in stems or piece in self.home):
                    if self.kinds.get(piece, "") != "province" and piece + "省" not in self.home:
                        return ""
                    break
                if len(piece) == length and piece in _stems():
                    told = piece
                    break
            else:
                return ""
            rest, count = rest[length:], count + 1
        return told if count > 1 else ""


def neighbours(counties: tuple[str, ...]) -> Neighbours:
    """What is home and what is not, for these counties; only counties are foreign to one that is not listed."""
    return _neighbours(counties) if counties else Neighbours()


@cache
def _neighbours(counties: tuple[str, ...]) -> Neighbours:
    known = listed()
    own = {code for code, name in known if name in counties}
    above = {code[:length] for code in own for length in (2, 4, 6)}
    home = {name for code, name in known if code in above} | set(counties)
    shortest = 2 if own else 6  # what lies above a county that is not listed is not known
    foreign = frozenset(
        name for code, name in known if len(code) >= shortest and name not in home and name not in VAGUE
    )  # fmt: skip
    cities = {code[:4] for code in own}
    near = {name for code, name in known if len(code) == 6 and code[:4] in cities and name not in home}
    near |= {stem for name in near if len(stem := ENDS.sub("", name)) > 1}
    kinds = {name: KINDS[len(code)] for code, name in reversed(known)}
    stems = {stem: name for name in sorted(home, key=len, reverse=True) if len(stem := ENDS.sub("", name)) > 1}
    return Neighbours(frozenset(counties), frozenset(home), foreign, frozenset(near), stems, kinds)


@cache
def listed() -> tuple[tuple[str, str], ...]:
    """Code (2, 4 or 6 digits) and name of every province, city and county."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return tuple((code, name) for code, name in (line.split("\t") for line in lines if line[:1].isdigit()))


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem for _, name in listed() if len(stem := ENDS.sub("", name)) > 1)
