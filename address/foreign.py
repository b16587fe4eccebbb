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
    r"^(?:[\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{2,3}[市县])(?![场民区政委容内里集医人城局中级重])"
)
"""A city or county at the start of a text that the list does not hold, like one that was abolished (双城市)."""
ENDS: Final = re.compile(r"(?:省|市|县|区|旗|自治州|州|盟|地区)$")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`home`: names of the own county and what lies above it. `foreign`: every other name, to its stem."""

    home: frozenset[str] = frozenset()
    foreign: dict[str, str] = field(default_factory=dict)
    near: frozenset[str] = frozenset()
    """Stems of the other counties of the same city: people say 广汉 for 广汉市."""

    def named_in(self, before: str) -> str:
        """The foreign name in words that stand before an address; "" when there is none, or home is not known."""
        if not self.home or len(before) < 2:
            return ""
        for start in range(len(before) - 1):
            for end in range(len(before), start + 1, -1):
                if before[start:end] in self.home:
                    break
                if before[start:end] in self.foreign:
                    return before[start:end]
        if (told := FORMER.match(before)) is not None and told.group(1) not in self.home and not self._is_ours(before):
            return told.group(1)
        return next((name for name in self.near if before.endswith(name)), "") or self._only_stems(before)

    def _is_ours(self, before: str) -> bool:
        return any(name in before for name in self.home)

    def _only_stems(self, before: str) -> str:
        """甘肃兰州: foreign when the words are nothing but stems of divisions, one of them not ours."""
        stems = {ENDS.sub("", name) for name in self.home}
        rest, told = before, ""
        while rest:
            for length in (4, 3, 2):
                piece = rest[:length]
                if len(piece) == length and (piece in stems or piece in self.home):
                    break
                if len(piece) == length and piece in _stems():
                    told = piece
                    break
            else:
                return ""
            rest = rest[length:]
        return told


def neighbours(counties: tuple[str, ...]) -> Neighbours:
    """What is home and what is not, for an installation of these counties; nothing is foreign to none."""
    return _neighbours(counties) if counties else Neighbours()


@cache
def _neighbours(counties: tuple[str, ...]) -> Neighbours:
    listed = _listed()
    own = {code for code, name in listed if name in counties}
    above = {code[:length] for code in own for length in (2, 4, 6)}
    home = {name for code, name in listed if code in above} | set(counties)
    foreign = {name: ENDS.sub("", name) for _, name in listed if name not in home and name not in VAGUE}
    cities = {code[:4] for code in own}
    near = {ENDS.sub("", name) for code, name in listed if len(code) == 6 and code[:4] in cities and name not in home}
    return Neighbours(frozenset(home), foreign, frozenset(name for name in near if len(name) > 1))


@cache
def _listed() -> tuple[tuple[str, str], ...]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return tuple((code, name) for code, name in (line.split("\t") for line in lines if line[:1].isdigit()))


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem for _, name in _listed() if len(stem := ENDS.sub("", name)) > 1)
