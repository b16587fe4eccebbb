"""What became of divisions from one yearly table to the next, with the evidence (pure).

Codes are no safe key and names are no safe key: a code may be given to another place, a name may stand twice. So the
children are asked first: a town is where its villages are. A place that fits two is said to fit two.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grid.names import stem
from grid.records import Level

PART: Final = 0.15
"""From this share of its children on, a division that received them is a successor, too."""
MOST: Final = 0.8
"""From this share on, one successor is the successor."""
FEW: Final = 2
"""Fewer children than this prove nothing against a name or a code."""


class Change(StrEnum):
    """What happened to a division, seen from the older table."""

    KEPT = "kept"
    RENAMED = "renamed"
    RECODED = "recoded"
    MOVED = "moved"
    MERGED = "merged"
    SPLIT = "split"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Node:
    """A division in one table. `key` is its 12-digit code, or town code + "/" + name for a village without one."""

    key: str
    name: str
    level: Level
    parent: str

    @property
    def stem(self) -> str:
        return stem(self.name, self.level)


@dataclass(frozen=True, slots=True)
class Link:
    """From a division to one successor (several links when it was split); `new` is "" when nobody knows any.

    `share` is the part of it that went there, as far as its children tell; `evidence` names what spoke for it:
    code, name, stem, children, order, contained, only. Not `is_sure`: something spoke against it, or too little for it.
    """

    old: str
    new: str
    change: Change
    share: float = 1.0
    evidence: tuple[str, ...] = ()
    is_sure: bool = True


Table = Mapping[str, Node]
_Found = dict[str, tuple[float, tuple[str, ...], bool]]
"""Successor → share, evidence, sure."""


def succession(old: Table, new: Table) -> list[Link]:
    """Every division of the older table with its successors in the newer one."""
    work = _Work(old, new)
    work.ask_villages()
    work.link_counties()
    work.link_towns()
    work.link_villages()
    return work.links()


class _Work:
    """One comparison of two tables."""

    def __init__(self, old: Table, new: Table) -> None:
        self.old, self.new = old, new
        self.found: dict[str, _Found] = {}
        self.flow: dict[str, Counter[str]] = defaultdict(Counter)  # old town → new towns, by villages
        self.same: dict[str, list[str]] = {}  # old village → new villages of its stem in its city
        self.children: dict[str, list[str]] = defaultdict(list)
        self.by_stem: dict[tuple[str, Level, str], list[str]] = defaultdict(list)  # (parent, level, stem) → new
        for key, node in new.items():
            self.children[node.parent].append(key)
            self.by_stem[node.parent, node.level, node.stem].append(key)
        self.sources = {node.key: node for node in old.values()}

    def ask_villages(self) -> None:
        """Where are the villages of a town now? First those whose stem stands once in the city, then the others."""
        unclear: list[tuple[Node, list[str]]] = []
        for olds, news in _alike(self.old, self.new, Level.VILLAGE):
            for key in olds:
                self.same[key] = news
                node = self.old[key]
                if len(olds) == len(news) == 1:
                    self.flow[node.parent][self.new[news[0]].parent] += 1
                elif news:
                    unclear.append((node, news))
        known = {town: set(flow) for town, flow in self.flow.items()}
        for node, news in unclear:
            towns = {self.new[key].parent for key in news}
            near = towns & (known.get(node.parent, set()) | {node.parent})
            if len(near) == 1:
                self.flow[node.parent][near.pop()] += 1

    def link_counties(self) -> None:
        """By code and name, and by where the towns went."""
        towns: dict[str, Counter[str]] = defaultdict(Counter)
        for olds, news in _alike(self.old, self.new, Level.TOWN):
            for key in olds:
                went = self.flow[key].most_common(1)
                if key in self.new and self.new[key].stem == self.old[key].stem:
                    towns[self.old[key].parent][self.new[key].parent] += 1
                elif went and went[0][1] >= FEW:
                    towns[self.old[key].parent][self.new[went[0][0]].parent] += 1
                elif len(olds) == len(news) == 1:
                    towns[self.old[key].parent][self.new[news[0]].parent] += 1
        for level in (Level.PROVINCE, Level.CITY, Level.COUNTY):
            for node in self.old.values():
                if node.level is level:
                    self.found[node.key] = self._decide(node, self._named(node), towns[node.key], parts_from=1)

    def _named(self, node: Node) -> list[str]:
        """New divisions of the same stem among those that its parent became; for the highest level: anywhere."""
        parents = self.found.get(node.parent, {node.parent: None})
        return [key for parent in parents for key in self.by_stem.get((parent, node.level, node.stem), ())]

    def link_towns(self) -> None:
        for node in self.old.values():
            if node.level is Level.TOWN:
                self.found[node.key] = self._decide(node, self._named(node), self.flow[node.key], parts_from=FEW + 1)

    def _decide(self, node: Node, named: list[str], flow: Counter[str], *, parts_from: int) -> _Found:
        """The successors of one county or town."""
        total = flow.total()
        twin = self.new.get(node.key)
        if twin is not None and twin.level is not node.level:
            twin = None
        chosen, is_sure = "", True
        evidence: tuple[str, ...] = ()
        exact = [key for key in named if self.new[key].name == node.name] or named
        if twin is not None and twin.stem == node.stem:
            chosen, evidence = twin.key, ("code", "name" if twin.name == node.name else "stem")
        elif len(exact) == 1 and (total < FEW or flow[exact[0]] >= PART * total):
            chosen, evidence = exact[0], ("name" if self.new[exact[0]].name == node.name else "stem",)
        elif len(exact) > 1 and total < FEW:
            return {key: (1 / len(exact), ("stem",), False) for key in exact}
        elif twin is not None and (total < FEW or flow[twin.key] >= PART * total):
            chosen, evidence, is_sure = twin.key, ("code",), total >= FEW
        by_flow = self._by_flow(node, flow, chosen, parts_from)
        if not chosen:
            return by_flow or self._by_hint(node)
        share = flow[chosen] / total if total else 1.0
        if total >= FEW and flow[chosen]:
            evidence = (*evidence, "children")
        rest = {key: told for key, told in by_flow.items() if key != chosen}
        return {chosen: (share if rest else 1.0, evidence, is_sure)} | rest

    def _by_flow(self, node: Node, flow: Counter[str], chosen: str, parts_from: int) -> _Found:
        total = flow.total()
        if not total:
            return {}
        best, most = flow.most_common(1)[0]
        is_near = self.new[best].parent in self.found.get(node.parent, {}) or self.new[best].parent == node.parent
        if most < FEW and not (is_near or node.level is Level.COUNTY):
            return {}  # one village of that name far away is chance
        if not chosen and most >= MOST * total:
            return {best: (1.0, ("children",), most >= FEW)}
        return {
            key: (n / total, ("children",), n >= FEW)
            for key, n in flow.most_common()
            if n >= PART * total and (n >= parts_from or (not chosen and n >= FEW) or key == chosen)
        }

    def _by_hint(self, node: Node) -> _Found:
        """Nothing but a name inside a new name: 惠民街道 of 嘉善经济开发区(惠民街道)."""
        parents = self.found.get(node.parent, {node.parent: None})
        near = [self.new[key] for parent in parents for key in self.children.get(parent, ())]
        inside = [
            one.key for one in near if one.level is node.level and one.key not in self.sources
            and min(len(one.stem), len(node.stem)) > 1 and (one.stem in node.name or node.stem in one.name)
        ]  # fmt: skip
        return {inside[0]: (1.0, ("contained",), False)} if len(inside) == 1 else {}

    def link_villages(self) -> None:
        order = _Order(self.old, self.new)
        for node in self.old.values():
            if node.level is Level.VILLAGE:
                self.found[node.key] = self._village(node, order)
        claimed = {new for told in self.found.values() for new in told}
        for key, news in self.same.items():
            if not self.found[key] and len(news) == 1 and news[0] not in claimed and self._is_in_reach(key, news[0]):
                self.found[key] = {news[0]: (1.0, ("only",), False)}

    def _is_in_reach(self, old: str, new: str) -> bool:
        """Whether the county of the one became the county of the other."""
        town, now = self.old.get(self.old[old].parent), self.new.get(self.new[new].parent)
        return town is not None and now is not None and now.parent in self.found.get(town.parent, {town.parent: None})

    def _village(self, node: Node, order: "_Order") -> _Found:
        twin = self.new.get(node.key)
        if twin is not None and twin.name == node.name:
            return {twin.key: (1.0, ("code", "name") if twin.key.isdigit() else ("name",), True)}
        named = self._named(node)
        exact = [key for key in named if self.new[key].name == node.name] or named
        if twin is not None and twin.stem == node.stem:
            return {twin.key: (1.0, ("code", "stem"), True)}
        if len(exact) == 1:
            return {exact[0]: (1.0, ("name" if self.new[exact[0]].name == node.name else "stem",), True)}
        if exact:
            return {key: (1 / len(exact), ("stem",), False) for key in exact}
        if twin is not None:
            steady = order.is_steady(node.key)
            return {twin.key: (1.0, ("code", "order") if steady else ("code",), steady)}
        return {}

    def links(self) -> list[Link]:
        """All links, the change named: structure before place before name before code."""
        into = Counter(new for told in self.found.values() for new in told)
        links = []
        for key, told in self.found.items():
            node = self.old[key]
            if not told:
                links.append(Link(key, "", Change.ENDED, 0.0, (), is_sure=False))
            for successor, (share, evidence, is_sure) in told.items():
                change = self._change(node, self.new[successor], len(told), into[successor])
                links.append(Link(key, successor, change, share, evidence, is_sure))
        return links

    def _change(self, node: Node, successor: Node, ways: int, sources: int) -> Change:
        is_same = node.key == successor.key and node.name == successor.name
        if ways > 1:
            return Change.KEPT if is_same else Change.SPLIT
        if sources > 1 and not is_same:
            return Change.MERGED
        if successor.parent != next(iter(self.found.get(node.parent, {node.parent: None})), None):
            return Change.MOVED
        if node.name != successor.name:
            return Change.RENAMED
        return Change.KEPT if node.key == successor.key else Change.RECODED


class _Order:
    """Neighbours in the order of codes: a changed name between two unchanged ones is a renaming."""

    def __init__(self, old: Table, new: Table) -> None:
        coded = sorted(key for key, node in old.items() if node.level is Level.VILLAGE and key.isdigit())
        is_same = [key in new and new[key].name == old[key].name for key in coded]
        self._steady = {
            key
            for at, key in enumerate(coded)
            if (at == 0 or coded[at - 1][:9] != key[:9] or is_same[at - 1])
            and (at + 1 == len(coded) or coded[at + 1][:9] != key[:9] or is_same[at + 1])
        }

    def is_steady(self, key: str) -> bool:
        return key in self._steady


def _alike(old: Table, new: Table, level: Level) -> list[tuple[list[str], list[str]]]:
    """Old and new divisions of one stem in one city; what is in no city of that name any more, in the province."""
    before, after = _by_stem(old, level, 4), _by_stem(new, level, 4)
    wide_before, wide_after = _by_stem(old, level, 2), _by_stem(new, level, 2)
    found = []
    for (city, base), olds in before.items():
        news = after.get((city, base), [])
        if not news and len(wide_before[city[:2], base]) == 1:
            news = wide_after.get((city[:2], base), [])
        found.append((olds, news))
    return found


def _by_stem(nodes: Table, level: Level, digits: int) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, node in nodes.items():
        if node.level is level:
            found[key[:digits], node.stem].append(key)
    return found
