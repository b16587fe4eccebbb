"""The names of a site: divisions, roads, estates. Finds the longest one that begins at a place in a text (pure)."""

from collections.abc import Iterable
from typing import Final

VILLAGE_ENDS: Final = (
    "社区居民委员会", "居民委员会", "村民委员会", "社区居委会", "居委会", "村委会", "社区", "村", "里",
)  # fmt: skip
SECTIONS: Final = {a: b for n, c in enumerate("一二三四五六七八九", 1) for a, b in ((c, str(n)), (str(n), c))}
COMMITTEES: Final = ("居委会", "居民委员会", "村委会", "村民委员会")
TOWN_ENDS: Final = ("街道办事处", "街道办", "街道", "镇", "乡")


def stem(name: str, ends: tuple[str, ...]) -> str:
    """The name without its classifying end, when two characters or more are left."""
    for end in ends:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name


class Names:
    """A set of names; each spelling leads to the name it stands for."""

    def __init__(self, spelled: dict[str, str]) -> None:
        self._spelled = spelled
        self._longest: dict[str, int] = {}
        for spelling in spelled:
            head = spelling[:2]
            self._longest[head] = max(self._longest.get(head, 0), len(spelling))

    def at(self, text: str, start: int) -> tuple[str, int] | None:
        """(the name, where it ends) of the longest spelling that begins here; None when none does."""
        for length in range(self._longest.get(text[start : start + 2], 0), 1, -1):
            spelling = text[start : start + length]
            if len(spelling) == length and spelling in self._spelled:
                return self._spelled[spelling], start + length
        return None

    def find(self, text: str, start: int = 0) -> tuple[str, int, int] | None:
        """(the name, its start, its end): the first place at or after `start` where a name stands."""
        for position in range(start, len(text) - 1):
            if (found := self.at(text, position)) is not None:
                return found[0], position, found[1]
        return None

    def __contains__(self, name: str) -> bool:
        return name in self._spelled

    def all(self) -> list[str]:
        """The names, each once."""
        return sorted(set(self._spelled.values()))


class Gazetteer:
    """The site's own names. Towns and villages are also known by their stems (泰安 for 泰安社区居民委员会)."""

    def __init__(
        self,
        *,
        counties: Iterable[str] = (),
        towns: Iterable[str] = (),
        villages: Iterable[str] = (),
        roads: Iterable[str] = (),
        estates: Iterable[str] = (),
    ) -> None:
        self.counties = Names({name: name for name in counties if len(name) > 1})
        self.towns = Names(_with_ends(towns, TOWN_ENDS))
        self.villages = Names(_with_ends(villages, VILLAGE_ENDS))
        self.roads = Names(_with_sections(roads))
        self.estates = Names({name: name for name in estates if len(name) > 1})


def _with_sections(names: Iterable[str]) -> dict[str, str]:
    """Each road, its section also with the other kind of numeral: 佛山街二段, 佛山街2段."""
    spelled: dict[str, str] = {}
    for name in names:
        if len(name) > 1:
            if name[-1] == "段" and name[-2] in SECTIONS:
                spelled.setdefault(name[:-2] + SECTIONS[name[-2]] + "段", name)
            spelled[name] = name
    return spelled


def _with_ends(names: Iterable[str], ends: tuple[str, ...]) -> dict[str, str]:
    """Each name in full and with every other end of its class; the bare stem is left to the caller, it is too bold."""
    spelled: dict[str, str] = {}
    for name in names:
        if len(name) < 2:
            continue
        base = stem(name, ends)
        if base != name:
            spelled |= {base + end: name for end in ends if base + end not in spelled}
        spelled |= {name + end: name for end in COMMITTEES if ends is VILLAGE_ENDS}
        spelled[name] = name
    return spelled
