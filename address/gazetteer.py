"""The names of a site: divisions, roads, estates. Finds the longest one that begins at a place in a text (pure)."""

from collections.abc import Iterable
from typing import Final

from address.foreign import Neighbours, neighbours
from address.normalise import normalise, simplify

VILLAGE_ENDS: Final = (
    "社区居民委员会", "居民委员会", "村民委员会", "社区居委会", "居委会", "村委会", "社区", "村", "里",
)  # fmt: skip
SECTIONS: Final = {a: b for n, c in enumerate("一二三四五六七八九", 1) for a, b in ((c, str(n)), (str(n), c))}
COMMITTEES: Final = ("居委会", "居民委员会", "村委会", "村民委员会")
TOWN_ENDS: Final = ("街道办事处", "街道办", "街道", "场镇", "镇", "乡")


def stem(name: str, ends: tuple[str, ...]) -> str:
    """The name without its classifying end, when two characters or more are left."""
    for end in ends:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end)
    return name


class Names:
    """A set of names; each spelling leads to the name it stands for."""

    def __init__(self, spelled: dict[str, str]) -> None:
        self.spelled = spelled
        self._lengths: dict[str, list[int]] = {}
        for spelling in spelled:
            lengths = self._lengths.setdefault(spelling[:2], [])
            if len(spelling) not in lengths:
                lengths.append(len(spelling))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def at(self, text: str, start: int) -> tuple[str, int] | None:
        """(the name, where it ends) of the longest spelling that begins here; None when none does."""
        lengths = self._lengths.get(text[start : start + 2])
        if lengths is not None:
            for length in lengths:
                if (name := self.spelled.get(text[start : start + length])) is not None:
                    return name, min(start + length, len(text))
        return None

    def find(self, text: str, start: int = 0, end: int | None = None) -> tuple[str, int, int] | None:
        """(the name, its start, its end): the first place at or after `start`, before `end`, where a name stands."""
        heads = self._lengths
        for position in range(start, len(text) - 1 if end is None else min(end, len(text) - 1)):
            if text[position : position + 2] in heads and (found := self.at(text, position)) is not None:
                return found[0], position, found[1]
        return None

    def __contains__(self, name: str) -> bool:
        return name in self.spelled

    def all(self) -> list[str]:
        """The names, each once."""
        return sorted(set(self.spelled.values()))


class Gazetteer:
    """The site's own names. Towns and villages are known by every end of their class, none by its bare stem.

    `site` holds all of them, `home` the county with the city and province above it, `neighbours` every other county,
    city and province: what names one of these is not ours. Without counties nothing is foreign.
    """

    def __init__(
        self,
        *,
        counties: Iterable[str] = (),
        towns: Iterable[str] = (),
        villages: Iterable[str] = (),
        roads: Iterable[str] = (),
        estates: Iterable[str] = (),
    ) -> None:
        self.counties = Names({simplify(name): simplify(name) for name in counties if len(name) > 1})
        self.towns = Names(_with_ends(towns, TOWN_ENDS))
        self.villages = Names(_with_ends(villages, VILLAGE_ENDS))
        self.roads = Names(_with_sections(roads))
        self.estates = Names(_as_written({name: name for name in estates if len(name) > 1}))
        self.neighbours: Neighbours = neighbours(tuple(sorted(self.counties.spelled)))
        home = {name: name for name in self.neighbours.home}
        home |= {name + "区": name for name in home if name.endswith("市")}  # 德阳市区
        known = (self.towns, self.villages, self.roads, self.estates)
        self.inner = Names({spelling: spelling for names in known for spelling in names.spelled})
        self.site = Names(self.inner.spelled | self.counties.spelled | home)

    def by_kind(self) -> dict[str, Names]:
        """The names by what they are called in a frame."""
        return {"town": self.towns, "village": self.villages, "road": self.roads, "estate": self.estates}


def _as_written(spelled: dict[str, str]) -> dict[str, str]:
    """Also the standard form of each spelling, as texts are searched in it: simplified, 三弄 as 3弄."""
    more = {form: name for spelling, name in spelled.items() if (form := normalise(spelling)) != spelling}
    more |= {form: name for spelling, name in spelled.items() if (form := simplify(spelling)) != spelling}
    return {form: name for form, name in more.items() if len(form) > 1} | spelled


def _with_sections(names: Iterable[str]) -> dict[str, str]:
    """Each road, its section also with the other kind of numeral: 佛山街二段, 佛山街2段."""
    spelled: dict[str, str] = {}
    for name in names:
        if len(name) > 1:
            if name[-1] == "段" and name[-2] in SECTIONS:
                spelled.setdefault(name[:-2] + SECTIONS[name[-2]] + "段", name)
            spelled[name] = name
    return _as_written(spelled)


def _with_ends(names: Iterable[str], ends: tuple[str, ...]) -> dict[str, str]:
    """Each name in full and with every other end of its class; the bare stem is left to the caller, it is too bold."""
    spelled: dict[str, str] = {}
    listed = [name for name in names if len(name) > 1]
    for name in listed:
        base = stem(stem(name, ends), ends)
        if base != name:
            spelled |= {base + end: name for end in ends if base + end not in spelled}
            if (once := stem(name, ends)) != base:
                spelled.setdefault(once, name)
        spelled |= {name + end: name for end in COMMITTEES if ends is VILLAGE_ENDS}
    return _as_written(spelled | {name: name for name in listed})
