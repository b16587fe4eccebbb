"""Every name that a site knows, under every spelling, and where a text mentions them (pure)."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from address.gazetteer import Gazetteer
from address.repair import ADDED_WORDS

CHINESE: Final = dict(zip("123456789", "一二三四五六七八九", strict=True))
Fold = Callable[[str], str]
LATIN: Final = {b: a for a, b in CHINESE.items()}


class Sense(NamedTuple):
    """What a spelling stands for: home, stem, town, village, road, lane, estate or quarter; its name; a fault."""

    kind: str
    name: str
    fault: str = ""


class Mention(NamedTuple):
    """A known spelling in a text, and what it may stand for."""

    start: int
    end: int
    senses: tuple[Sense, ...]


class Lexicon:
    """Spellings in folded form; the longest one that begins at a place counts."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Sense, ...]] = {}
        self._heads: dict[str, tuple[int, ...]] = {}

    def add(self, kind: str, spellings: Iterable[tuple[str, str]], fault: str = "") -> None:
        """Makes (folded spelling, name) pairs known; a spelling that has a sense of this kind keeps it."""
        for spelling, name in spellings:
            if len(spelling) < 2:
                continue
            senses = self.known.get(spelling, ())
            if any(sense.kind == kind and (not sense.fault or fault) for sense in senses):
                continue
            self.known[spelling] = (*senses, Sense(kind, name, fault))
            lengths = self._heads.get(spelling[:2], ())
            if len(spelling) not in lengths:
                self._heads[spelling[:2]] = tuple(sorted((*lengths, len(spelling)), reverse=True))

    def mentions(self, text: str) -> list[Mention]:
        """The names in a folded text, from the left, none inside another."""
        heads, known = self._heads, self.known
        found: list[Mention] = []
        at, end = 0, len(text) - 1
        while at < end:
            if (head := text[at : at + 2]) in heads:
                for length in heads[head]:
                    if (name := text[at : at + length]) in known:
                        found.append(tuple.__new__(Mention, (at, at + len(name), known[name])))
                        at += len(name) - 1
                        break
            at += 1
        return found


def spellings_of(names: dict[str, str], fold: Fold) -> list[tuple[str, str]]:
    """(folded spelling, name) of each, also with the other kind of numeral: 水果湖二小, 水果湖2小."""
    told: dict[str, str] = {}
    for spelling, name in names.items():
        form = fold(spelling).replace("(", "").replace(")", "").replace(",", "")
        told.setdefault(form, name)
        for table in (CHINESE, LATIN):
            other = "".join(table.get(c, c) for c in form)
            if other != form:
                told.setdefault(other, name)
    return list(told.items())


def short_forms(spelled: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names of estates without their classifying end, where enough is left: 人民西路 for 人民西路小区."""
    return [
        (spelling.removesuffix(end), name) for spelling, name in spelled for end in ADDED_WORDS
        if spelling.endswith(end) and len(spelling) - len(end) > 2
    ]  # fmt: skip


def lexicon_of(names: Gazetteer, lanes: Iterable[str], quarters: Iterable[str], fold: Fold) -> Lexicon:
    """The lexicon of a site's gazetteer."""
    found = Lexicon()
    learn(found, names, lanes, quarters, fold)
    home = {name: name for name in (*names.neighbours.home, *names.counties.spelled)}
    home |= {name + "区": name for name in home if name.endswith("市")}
    found.add("home", spellings_of(home, fold))
    found.add("stem", spellings_of(names.neighbours.stems, fold))
    return found


def learn(lexicon: Lexicon, names: Gazetteer, lanes: Iterable[str], quarters: Iterable[str], fold: Fold) -> None:
    """Adds the names of a gazetteer."""
    for kind, known in names.by_kind().items():
        spelled = spellings_of(known.spelled, fold)
        lexicon.add(kind, spelled)
        if kind == "estate":
            lexicon.add(kind, short_forms(spelled), "name.short")
    lexicon.add("quarter", spellings_of({name: name for name in quarters}, fold))
    lexicon.add("lane", spellings_of({lane: lane for lane in lanes if not lane[0].isdigit()}, fold))
