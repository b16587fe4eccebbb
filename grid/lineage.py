"""From any year to today: the links of all yearly tables one behind the other (pure)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from grid.names import stem
from grid.records import Level
from grid.succession import FEW, MOST, Change, Link, Node, Table, succession

LEAST: Final = 0.02
"""A smaller part of a division is not followed any further."""
Correction = tuple[int, str]
"""(year, key) of a division whose successors an office has set."""


@dataclass(frozen=True, slots=True)
class Successor:
    """One division of today that an older one became: its part of it, whether that is sure, and every step.

    `steps` are (year, change, name) of each table in which something changed.
    """

    node: Node
    share: float
    is_sure: bool
    steps: tuple[tuple[int, Change, str], ...] = ()


@dataclass
class Lineage:
    """Yearly tables and what joins them; `corrections` overrule what was inferred."""

    tables: dict[int, dict[str, Node]]
    corrections: Mapping[Correction, tuple[str, ...]] = field(default_factory=dict)
    links: dict[int, dict[str, list[Link]]] = field(default_factory=dict)
    """By the newer year, by the old key; a division that a table leaves out is looked for in the next one, too."""
    _followed: dict[Correction, list[Successor]] = field(default_factory=dict)
    _below: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    @cached_property
    def years(self) -> list[int]:
        return sorted(self.tables)

    @property
    def today(self) -> dict[str, Node]:
        """The newest table."""
        return self.tables[self.years[-1]] if self.years else {}

    def infer(self) -> "Lineage":
        """Find the links. Returns itself."""
        carried: dict[str, Node] = {}
        for before, after in zip(self.years, self.years[1:], strict=False):
            old = carried | self.tables[before]
            found: dict[str, list[Link]] = {}
            for link in self._corrected(before, succession(old, self.tables[after])):
                found.setdefault(link.old, []).append(link)
            self.links[after] = found
            carried = {
                key: old[key] for key, told in found.items() if not told[0].new and key not in self.tables[after]
            }
        return self

    def _corrected(self, year: int, links: Iterable[Link]) -> list[Link]:
        told = [link for link in links if (year, link.old) not in self.corrections]
        for (since, old), news in self.corrections.items():
            if since == year:
                share = 1 / max(1, len(news))
                told += [
                    Link(old, new, Change.SPLIT if len(news) > 1 else Change.MOVED, share, ("office",)) for new in news
                ]
                told += [] if news else [Link(old, "", Change.ENDED, 0.0, ("office",))]
        return told

    def successors(self, year: int, key: str) -> list[Successor]:
        """What became of a division of that year's table, the largest part first; empty when nobody knows."""
        if (known := self._followed.get((year, key))) is not None:
            return known
        if year == self.years[-1]:
            return [Successor(self.today[key], 1.0, is_sure=True)] if key in self.today else []
        after = self.years[self.years.index(year) + 1]
        found: dict[str, Successor] = {}
        self._followed[year, key] = []  # while it is being answered
        for link in self.links[after].get(key, []):
            if not link.new:
                later = self.successors(after, key) if key not in self.tables[after] else []
            else:
                later = self.successors(after, link.new)
            for one in later:
                told = self._joined(after, link, one)
                other = found.get(one.node.key)
                if other is not None:
                    told = Successor(one.node, told.share + other.share, told.is_sure or other.is_sure, other.steps)
                found[one.node.key] = told
        if len(found) > 1:
            found = self._by_children(year, key, found)
        kept = sorted((one for one in found.values() if one.share >= LEAST), key=lambda one: -one.share)
        self._followed[year, key] = kept
        return kept

    def _by_children(self, year: int, key: str, found: dict[str, Successor]) -> dict[str, Successor]:
        """Of several successors those where its children are, by the children's own lines: a town that was merged into
        another, which was split later, is the part that its villages are in."""
        went = Counter(
            later[0].node.parent
            for child in self._children(year).get(key, ())
            if len(later := self.successors(year, child)) == 1 and later[0].node.parent in found
        )
        total = went.total()
        if total < FEW:
            return found
        best, most = went.most_common(1)[0]
        if most >= MOST * total:
            return {best: replace(found[best], share=1.0)}
        return {one: replace(found[one], share=n / total) for one, n in went.items()}

    def _children(self, year: int) -> dict[str, list[str]]:
        if year not in self._below:
            below: dict[str, list[str]] = {}
            for node in self.tables[year].values():
                below.setdefault(node.parent, []).append(node.key)
            self._below[year] = below
        return self._below[year]

    def _joined(self, year: int, link: Link, later: Successor) -> Successor:
        if not link.new:
            return later
        name = self.tables[year][link.new].name
        steps = () if link.change is Change.KEPT else ((year, link.change, name),)
        return Successor(later.node, link.share * later.share, link.is_sure and later.is_sure, steps + later.steps)

    def fallback(self, year: int, key: str) -> list[Successor]:
        """What became of the division itself, else of the nearest one above it that anybody knows about."""
        node = self.tables[year].get(key)
        while node is not None:
            if told := self.successors(year, node.key):
                return told
            node = self.tables[year].get(node.parent)
        return []

    def find(self, words: str, year: int | None = None) -> list[tuple[int, Node]]:
        """Divisions of this code (2-12 digits) or name, in one year or in all; of one key the newest year only.

        A name may be the full name or its stem; it may begin with the names above (余杭区乔司镇).
        """
        found: dict[str, tuple[int, Node]] = {}
        for at in self.years if year is None else [year]:
            for node in self._matching(self.tables.get(at, {}), words):
                found[f"{node.key} {node.name}"] = (at, node)
        return list(found.values())

    def _matching(self, table: Table, words: str) -> list[Node]:
        if words.isdigit():
            node = table.get(words.ljust(12, "0"))
            return [node] if node is not None else []
        named = [node for node in table.values() if words.endswith(node.name) and _above(table, node, words)]
        exact = [node for node in named if node.name == words] or named
        return exact or [node for node in table.values() if words in (node.stem, stem(node.name, Level.VILLAGE))]

    def full_name(self, year: int, node: Node) -> str:
        """The names from the county down."""
        told = [node.name]
        table = self.tables[year]
        above = table.get(node.parent)
        while above is not None and above.level in (Level.COUNTY, Level.TOWN):
            told.append(above.name)
            above = table.get(above.parent)
        return "".join(reversed(told))


def _above(table: Table, node: Node, words: str) -> bool:
    """Whether the words before the name are nothing but names of what lies above it."""
    rest = words.removesuffix(node.name)
    above = table.get(node.parent)
    while rest and above is not None:
        rest = rest.removesuffix(above.name)
        above = table.get(above.parent)
    return not rest or (above is None and rest.endswith(("省", "市", "区")))
