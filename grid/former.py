"""Former names and codes of divisions in what people write, put into today's (pure).

余杭区乔司镇 is 临平区乔司街道 today, and so is 330110100000. Where a former name fits two divisions of today, both are
said and nothing is put in its place.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from grid.lineage import Lineage, Successor
from grid.names import plain, spellings
from grid.records import Level
from grid.succession import Change, Node

JOINED: Final = (Level.COUNTY, Level.TOWN, Level.VILLAGE)
DEEPEST: Final = len(JOINED) - 1
WHOLE: Final = 0.9
"""From this share on a successor is the only one that a name is put into."""
NEAR: Final = 12
"""Names that stand with a code begin among so many characters."""
FAR: Final = 32
"""A division is looked for among so many characters."""
CODE: Final = re.compile(
    r"^(\d{6})(?!\d)[,:\s]*|[(\[]?(?:区划)?(?:代码|编码)?:?(?<!\d)(\d{12}|\d{9})(?!\d)[)\],:\s]*", re.ASCII
)
"""A county's code in front (elsewhere six digits are a postcode), a town's or village's anywhere."""
CITY: Final = re.compile(r"[\u4e00-\u9fff]{2,4}?[市州]$")
BEHIND: Final = re.compile(r"(?:^|[省市州县区旗镇乡,\s]|街道)$")
"""What stands before a village that is named without anything above it."""
ROADS: Final = frozenset("路街巷弄道场")
"""富阳市场 is no place in 富阳市, 乔司镇路 is a road."""
NOTHING: Final = re.compile(r"(?!)")
Path = tuple[str, str, str]
"""Names of county, town and village; "" for what is not said or lies below."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A text with today's names in it. `others` are the texts that fit equally: then `text` is as it was."""

    text: str
    faults: tuple[str, ...]
    """Of name.former, division.former, code.former."""
    said: str
    today: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a former name or code stands for."""

    said: Path
    today: tuple[Path, ...]
    faults: tuple[tuple[str, ...], ...]
    """Of county, town and village."""
    is_other_city: bool = False

    def fits(self, path: Path, depth: int) -> bool:
        """Whether what is said above the deepest name was so then, or is so today."""
        if depth < DEEPEST and self.said[depth + 1]:
            return False
        return all(
            not path[at] or path[at] == self.said[at] or any(path[at] == today[at] for today in self.today)
            for at in range(depth)
        )

    def joined_by(self, other: "_Entry") -> "_Entry":
        """The same words for another division: both."""
        return replace(self, today=tuple(dict.fromkeys((*self.today, *other.today))))


@dataclass(slots=True)
class FormerDivisions:
    """What older tables call the divisions of today. Empty, it says nothing to any text."""

    firsts: re.Pattern[str] = NOTHING
    heads: frozenset[str] = frozenset()
    """The first, and the first two characters of everything that a former name may begin with."""
    names: dict[str, Path] = field(default_factory=dict)
    """Spelling → usual form as a county, a town, a village; "" where it is none."""
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)
    entries: dict[str, tuple[_Entry, ...]] = field(default_factory=dict)
    """By the usual form of the deepest name."""
    present: frozenset[Path] = frozenset()
    """Paths of today, those of our own also with names left out."""
    codes: dict[str, _Entry] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.entries or self.codes)

    def rewrite(self, text: str) -> Rewriting | None:
        """The text in today's words; None when nothing in it is known to be former. `text` is in its standard form."""
        for found in CODE.finditer(text):
            if (entry := self.codes.get((found.group(1) or found.group(2)).ljust(12, "0"))) is not None:
                return self._by_code(text, found, entry)
        heads = self.heads
        for found in self.firsts.finditer(text, 0, FAR):
            if text[found.start() : found.start() + 2] in heads:
                return self._by_names(text)
        return None

    def _by_names(self, text: str) -> Rewriting | None:
        """The first run of names that holds a former one; a name is not looked for inside another (九龙湖镇)."""
        start = 0
        while start < min(len(text) - 1, FAR):
            told, end = self._by_name(text, start)
            if told is not None:
                return told
            start = max(end, start + 1)
        return None

    def _by_code(self, text: str, found: re.Match[str], entry: _Entry) -> Rewriting:
        """The code goes; its names come in front, unless the text begins with names of its own."""
        rest, code = text[: found.start()] + text[found.end() :], found.group()
        inner = self.rewrite(rest)
        if inner is not None:
            return replace(inner, faults=_flat((*entry.faults, inner.faults)), said=code + inner.said)
        if any(self._longest(rest, start, 0)[1] < DEEPEST for start in range(min(len(rest), NEAR))):
            return Rewriting(rest, _flat(entry.faults), code, rest)
        texts = tuple("".join(path) + rest for path in entry.today)
        if len(texts) > 1:
            return Rewriting(text, (), code, "", texts)
        return Rewriting(texts[0], _flat(entry.faults), code, "".join(entry.today[0]))

    def _by_name(self, text: str, start: int) -> tuple[Rewriting | None, int]:
        """Read county, town and village from here on, to their end; the deepest that is former decides."""
        path, ends = ["", "", ""], [start, start, start]
        at, depth = start, 0
        while depth <= DEEPEST:
            name, depth, end = self._longest(text, at, depth)
            if not name:
                break
            path[depth], ends[depth], at, depth = name, end, end, depth + 1
        last = at
        while at > start and text[at : at + 1] not in ROADS:
            said = (path[0], path[1], path[2])
            if said in self.present:
                break
            depth = max(at for at in range(len(path)) if path[at])
            if (told := self._put(text, start, ends[depth], said, depth)) is not None:
                return told, last
            path[depth] = ""
            at = max((ends[above] for above in range(depth) if path[above]), default=start)
        return None, last

    def _longest(self, text: str, start: int, depth: int) -> tuple[str, int, int]:
        """(usual form, level, end) of the longest name from here that is at this level or below; "" when none is."""
        for length in self.lengths.get(text[start : start + 2], ()):
            if (forms := self.names.get(text[start : start + length])) is not None:
                for level in range(depth, len(forms)):
                    if forms[level]:
                        return forms[level], level, start + length
        return "", len(JOINED), start

    def _put(self, text: str, start: int, end: int, path: Path, depth: int) -> Rewriting | None:
        """Today's names in place of these, when the deepest is known to be former."""
        fitting = [entry for entry in self.entries.get(path[depth], ()) if entry.fits(path, depth)]
        before = text[:start]
        if not fitting or (depth == DEEPEST and not (path[0] or path[1]) and not BEHIND.search(before)):
            return None
        if any(entry.is_other_city for entry in fitting):
            before = CITY.sub("", before)
        first = next(at for at, name in enumerate(path) if name)
        told = dict.fromkeys("".join(today[first:]) for entry in fitting for today in entry.today)
        texts = [before + words + text[end:] for words in told]
        if len(texts) > 1:
            return Rewriting(text, (), text[start:end], "", tuple(texts))
        levels = [at for at, name in enumerate(path) if name and name != fitting[0].today[0][at]]
        faults = _flat(entry.faults[at] for entry in fitting for at in levels)
        return Rewriting(texts[0], faults, text[start:end], next(iter(told)))


def former_divisions(lineage: Lineage, counties: Iterable[str] | None = None) -> FormerDivisions:
    """What puts former names into today's, for these counties of today (12 digits), or for all of the newest table."""
    if not lineage.years:
        return FormerDivisions()
    return _Maker(lineage, None if counties is None else frozenset(counties)).made()


class _Maker:
    """Collects the entries."""

    def __init__(self, lineage: Lineage, counties: frozenset[str] | None) -> None:
        self.lineage, self.counties = lineage, counties
        self.last = lineage.years[-1]
        self.entries: dict[str, dict[Path, _Entry]] = {}
        self.codes: dict[str, _Entry] = {}
        self.names: dict[str, list[str]] = {}
        self.heads: set[str] = set()

    def made(self) -> FormerDivisions:
        present: set[Path] = set()
        for node in self.lineage.today.values():
            if node.level not in JOINED:
                continue
            path = self._path(self.last, node)
            if self._is_ours(node):
                present |= _less(path)
                self._spell(node)
                self.codes[node.key] = _Entry(path, (path,), ())
            elif node.level is not Level.VILLAGE:
                present.add(path)
                self._spell(node)
        for year in reversed(self.lineage.years[:-1]):
            for node in self.lineage.tables[year].values():
                if node.level in JOINED:
                    self._add(year, node)
        lengths: dict[str, set[int]] = {}
        for one in self.names:
            lengths.setdefault(one[:2], set()).add(len(one))
        return FormerDivisions(
            firsts=re.compile(f"[{re.escape(''.join(sorted({head[0] for head in self.heads})))}]")
            if self.heads
            else NOTHING,
            heads=frozenset(self.heads),
            names={word: (forms[0], forms[1], forms[2]) for word, forms in self.names.items()},
            lengths={head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()},
            entries={name: tuple(found.values()) for name, found in self.entries.items()},
            present=frozenset(present),
            codes=self.codes,
        )

    def _add(self, year: int, node: Node) -> None:
        became = self.lineage.successors(year, node.key)
        became = [one for one in became if one.share >= WHOLE and one.is_sure][:1] or became
        if not any(self._is_ours(one.node) for one in became):
            return
        above = self._above(year, node)
        entry = _Entry(
            said=self._path(year, node),
            today=tuple(dict.fromkeys(self._path(self.last, one.node) for one in became)),
            faults=self._faults(year, (node, *above), became[0]),
            is_other_city=any(one.node.key[:4] != node.key[:4] for one in became),
        )
        self._add_code(node, entry)
        if entry.today == (entry.said,):
            return
        by_path = self.entries.setdefault(plain(node.name, node.level), {})
        known = by_path.get(entry.said)
        by_path[entry.said] = entry if known is None else known.joined_by(entry)
        for one in (node, *above):
            self._spell(one)
            self.heads |= {words[:2] for words in spellings(one.name, one.level)}

    def _add_code(self, node: Node, entry: _Entry) -> None:
        """A code that stands for another place today stands for that one: only who says the name means the old."""
        if not node.key.isdigit() or ((known := self.codes.get(node.key)) is not None and not any(known.faults)):
            return
        entry = replace(entry, faults=(("code.former",), *entry.faults))
        self.codes[node.key] = entry if known is None else known.joined_by(entry)

    def _faults(self, year: int, chain: tuple[Node, ...], became: Successor) -> tuple[tuple[str, ...], ...]:
        """By level, county first: whether the name is another now, and whether it belongs elsewhere now."""
        faults: list[tuple[str, ...]] = []
        now: Node | None = became.node
        for node in chain:
            told: tuple[str, ...] = ()
            if now is not None and plain(node.name, node.level) != plain(now.name, now.level):
                steps = [one.steps for one in self.lineage.successors(year, node.key) if one.node.key == now.key]
                changes = {change for _, change, _ in steps[0]} if steps else {Change.MOVED}
                is_renamed = Change.RENAMED in changes or node.stem == now.stem
                told = ("name.former",) * is_renamed + ("division.former",) * bool(changes & ELSEWHERE)
            faults.insert(0, told)
            now = None if now is None else self.lineage.today.get(now.parent)
        return (*faults, *((),) * (len(JOINED) - len(chain)))

    def _path(self, year: int, node: Node) -> Path:
        """In usual forms."""
        names = {one.level: plain(one.name, one.level) for one in (node, *self._above(year, node))}
        return names.get(Level.COUNTY, ""), names.get(Level.TOWN, ""), names.get(Level.VILLAGE, "")

    def _above(self, year: int, node: Node) -> list[Node]:
        table, found = self.lineage.tables[year], []
        above = table.get(node.parent)
        while above is not None and above.level in JOINED:
            found.append(above)
            above = table.get(above.parent)
        return found

    def _is_ours(self, node: Node) -> bool:
        if self.counties is None:
            return True
        chain = (node, *self._above(self.last, node))
        return any(one.key in self.counties for one in chain if one.level is Level.COUNTY)

    def _spell(self, node: Node) -> None:
        depth = JOINED.index(node.level)
        for words in spellings(node.name, node.level):
            if len(words) > 1:
                self.names.setdefault(words, ["", "", ""])[depth] = plain(node.name, node.level)


ELSEWHERE: Final = frozenset({Change.MOVED, Change.MERGED, Change.SPLIT})


def _flat(faults: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for told in faults for one in told))


def _less(path: Path) -> set[Path]:
    """A path, and what people say of it: without the county, without the town, the deepest name alone."""
    county, town, village = path
    if village:
        return {path, ("", town, village), (county, "", village), ("", "", village)}
    return {path, ("", town, "")} if town else {path}
