"""Noisy queries with their truth for any register: what people say, write and mistype (pure, seeded).

A query is a row of the register told in a chance style, spoilt by one kind of noise or two. Its truth are all rows that
agree with every part that was told; empty when the place does not exist and the query must be refused.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Row = Mapping[str, str]
TOLD: Final = ("town", "village", "group", "road", "number", "sub_number", "estate", "building", "unit", "room")
ORDER: Final = ("head", *TOLD)
TOWN_ENDS: Final = ("街道", "镇", "乡")


@dataclass(slots=True)
class Said:
    """One address on its way to becoming a query.

    `parts` are its elements as they will be written, `told` the columns whose values the reader can know, `words` what
    stands behind each number ("{}栋"), `order` the elements in the order of telling, `edits` what is done to the text.
    """

    row: Row
    head: str
    parts: dict[str, str]
    told: set[str]
    words: dict[str, str]
    order: tuple[str, ...] = ORDER
    joint: str = ""
    before: str = ""
    after: str = ""
    edits: list[Callable[[str], str]] = field(default_factory=list)
    truth: list[int] | None = None
    """The truth where it is not the rows that agree: those a query climbs to, none for one to refuse."""

    def text(self) -> str:
        """The query."""
        segments = []
        for name in self.order:
            if name == "head":
                segments.append(self.head)
            elif name in self.told and (value := self.parts[name]):
                segments.append(self.words.get(name, "{}").format(value))
        text = self.joint.join(segment for segment in segments if segment)
        for edit in self.edits:
            text = edit(text)
        return self.before + text + self.after


class Ground:
    """A register ready to be asked which rows agree, and what does not exist."""

    def __init__(self, rows: Sequence[Row], head: tuple[str, str, str], abroad: Sequence[str]) -> None:
        self.rows, self.head, self.abroad = rows, head, abroad
        self.estates = sorted({row["estate"] for row in rows} - {""})
        self.roads = sorted({row["road"] for row in rows} - {""})
        self.towns = sorted({row["town"] for row in rows} - {""})
        self.villages = sorted({row["village"] for row in rows} - {""})
        self._by: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, row in enumerate(rows):
            tail = (row["building"], row["room"])
            if row["estate"]:
                self._by["estate", row["estate"], *tail].append(at)
            if row["road"]:
                self._by["road", row["road"], row["number"], *tail].append(at)
            else:
                self._by["village", row["village"], row["group"], row["number"]].append(at)

    def agreeing(self, wanted: Row) -> list[int]:
        """The rows that have all these values; finer ones than wanted do not count."""
        tail = (wanted.get("building", ""), wanted.get("room", ""))
        if wanted.get("estate"):
            found = self._by.get(("estate", wanted["estate"], *tail), [])
        elif wanted.get("road"):
            found = self._by.get(("road", wanted["road"], wanted.get("number", ""), *tail), [])
        else:
            found = self._by.get(
                ("village", wanted.get("village", ""), wanted.get("group", ""), wanted.get("number", "")), []
            )
        fine = {name: wanted.get(name, "") for name in ("building", "room", "sub_number")}
        fine |= {} if wanted.get("room") and not wanted.get("unit") else {"unit": wanted.get("unit", "")}
        asked = {name: value for name, value in wanted.items() if value} | fine
        if wanted.get("estate") and not wanted.get("number"):
            asked.pop("sub_number", None)
        return [at for at in found if all(self.rows[at][name] == value for name, value in asked.items())]


Kind = Callable[[Said, random.Random, Ground], bool]
"""Spoils a query; False when it does not fit this one."""


def said_plainly(row: Row, chance: random.Random, ground: Ground) -> Said:
    """A row told in one of the usual ways: some divisions left out, the road left out where an estate says it."""
    province, city, county = ground.head
    head = chance.choice((province + city + county, city + county, county, county, "", "", city or province + county))
    told = {name for name in TOLD if row[name]}
    if chance.random() < 0.45:
        told.discard("town")
    if chance.random() < (0.15 if not row["road"] else 0.6) and not (row["village"] and not row["road"]):
        told.discard("village")
    if row["estate"] and row["road"] and chance.random() < 0.55:
        told -= {"road", "number", "sub_number"}
    words = {
        "number": "{}号", "sub_number": "附{}号", "group": chance.choice(("{}组", "{}组", "{}社")),
        "building": chance.choice(("{}栋", "{}幢", "{}号楼")), "unit": "{}单元",
        "room": chance.choice(("{}室", "{}号", "{}", "{}房")),
    }  # fmt: skip
    return Said(row, head, {name: row[name] for name in TOLD}, told, words)


def queries(
    ground: Ground, kinds: Mapping[str, Kind], count: int, seed: int
) -> Iterator[tuple[str, list[int], tuple[str, ...]]]:
    """(text, truth as row numbers, names of the kinds) of so many queries; a third have two kinds of noise."""
    chance = random.Random(seed)
    names = sorted(kinds)
    made = 0
    while made < count:
        row = ground.rows[chance.randrange(len(ground.rows))]
        if not row["building"] and row["estate"] and chance.random() < 0.8:
            continue
        said = said_plainly(row, chance, ground)
        chosen = [chance.choice(names)]
        if chance.random() < 0.33:
            chosen.append(chance.choice(names))
        chosen = list(dict.fromkeys(chosen))
        if not all(kinds[name](said, chance, ground) for name in sorted(chosen, key=lambda n: n not in kinds)):
            continue
        wanted = {name: row[name] for name in said.told}
        truth = ground.agreeing(wanted) if said.truth is None else said.truth
        if said.truth is None and not truth:
            continue
        yield said.text(), truth, tuple(chosen)
        made += 1
