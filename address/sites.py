"""The keys of all addresses in sorted arrays: from names and numbers to the rows that have them (pure).

A key is a sum of its parts' ordinal numbers, each times an odd constant, modulo 2**64: the same in numpy and in Python,
so that the arrays are made at once and asked one key at a time. Of two million keys, two are the same by chance once in
ten million registers.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

FACTORS: Final = (
    0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93,
    0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3,
)  # fmt: skip
MASK: Final = 2**64 - 1
ESTATE, ROAD, VILLAGE, QUARTER = "e", "d", "g", "q"
"""A quarter is an estate whose houses have numbers of their own: 台电新村4号."""
KINDS: Final = {ESTATE: 1, ROAD: 2, VILLAGE: 3, QUARTER: 4}
HEADS: Final = {kind: number * FACTORS[0] for kind, number in KINDS.items()}
NUMBER_FACTORS: Final = FACTORS[2:]
FEW: Final = 5_000
"""Keys that are kept beside the arrays: thousands cost more there than in them."""
ANY_UNIT: Final = "*"


@dataclass(slots=True)
class Sites:
    """The keys and their rows. `names` numbers the names, `words` the numbers as text; both begin with ""."""

    keys: "array[int]"
    rows: "array[int]"
    names: dict[str, int]
    words: dict[str, int]
    added: dict[int, tuple[int, ...]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()

    def key(self, kind: str, name: str, numbers: tuple[str, ...]) -> int:
        """The key of a place: lane or group, number, sub-number, building, unit, room; -1 when it cannot exist."""
        at = self.names.get(name, 0)
        if not at:
            return -1
        told = HEADS[kind] + at * FACTORS[1]
        words = self.words
        for value, factor in zip(numbers, NUMBER_FACTORS):  # noqa: B905 - both are six, and strict costs
            if value:
                if value not in words:
                    return -1
                told += words[value] * factor
        return told & MASK

    def find(self, key: int) -> list[int]:
        """The rows that have a key."""
        keys, rows = self.keys, self.rows
        at = bisect_left(keys, key) if key >= 0 else len(keys)
        found = []
        while at < len(keys) and keys[at] == key:
            found.append(rows[at])
            at += 1
        if self.added:
            found += self.added.get(key, ())
        return [row for row in found if row not in self.hidden] if self.hidden and found else found

    def joined(self, fresh: "Sites", first: int) -> "Sites":
        """With the keys of fresh sites, whose rows are numbered from `first`: few beside the arrays, many into them."""
        if len(fresh.keys) <= FEW:
            added = dict(self.added)
            for key, row in zip(fresh.keys, fresh.rows, strict=True):
                added[key] = (*added.get(key, ()), row + first)
            return Sites(self.keys, self.rows, fresh.names, fresh.words, added, self.hidden)
        keys = np.frombuffer(self.keys, dtype=np.uint64)
        more = np.frombuffer(fresh.keys, dtype=np.uint64)
        at = np.searchsorted(keys, more, "right")
        rows = np.frombuffer(fresh.rows, dtype=np.int32) + np.int32(first)
        joined = np.insert(np.frombuffer(self.rows, dtype=np.int32), at, rows)
        keys = np.insert(keys, at, more)
        return Sites(_array("Q", keys), _array("i", joined), fresh.names, fresh.words, self.added, self.hidden)


def _numbered(columns: Iterable[Sequence[str]], known: dict[str, int]) -> dict[str, int]:
    for column in columns:
        for value in column:
            known.setdefault(value, len(known))
    return known


def _codes(table: pl.DataFrame, column: str, known: dict[str, int]) -> NDArray[np.uint64]:
    """The ordinal numbers of a column's values."""
    values = table[column].unique().to_list()
    codes = pl.DataFrame(
        {column: values, "code": [known[value] for value in values]},
        schema_overrides={column: pl.String, "code": pl.UInt64},
    )
    return table.select(column).join(codes, on=column, how="left", maintain_order="left")["code"].to_numpy()


def sites_of(table: pl.DataFrame, known: Sites | None = None) -> Sites:
    """The sites of a table: level and the text columns of an address, none null.

    With `known`, its names and words are numbered on, and the result holds only what is new.
    """
    names = _numbered(
        (table[name].unique().to_list() for name in ("village", "road", "estate")),
        dict(known.names) if known else {"": 0},
    )
    columns = ("group", "lane", "number", "sub_number", "building", "unit", "room")
    words = _numbered(
        (table[name].unique().to_list() for name in columns), dict(known.words) if known else {"": 0, ANY_UNIT: 1}
    )
    code = {name: _codes(table, name, names) for name in ("village", "road", "estate")}
    code |= {name: _codes(table, name, words) for name in columns}
    level = table["level"].to_numpy()
    has = {name: code[name] != 0 for name in code}
    is_door, is_estate = level == "door", level == "estate"
    plain = np.zeros(len(table), dtype=np.uint64)
    kinds = (
        (ESTATE, "estate", (plain, plain, plain), has["estate"] & ~is_door),
        (ROAD, "road", (code["lane"], code["number"], code["sub_number"]), has["road"] & has["number"] & ~is_estate),
        (QUARTER, "estate", (plain, code["number"], code["sub_number"]),
         ~has["road"] & has["estate"] & has["number"] & ~has["building"] & ~is_estate),
        (VILLAGE, "village", (code["group"], code["number"], code["sub_number"]),
         ~has["road"] & ~has["estate"] & has["number"] & ~is_estate),
    )  # fmt: skip
    keys, rows = [], []
    for kind, name, numbers, wanted in kinds:
        head = np.uint64(KINDS[kind] * FACTORS[0] & MASK) + code[name] * np.uint64(FACTORS[1])
        for value, factor in zip((*numbers, code["building"]), FACTORS[2:6], strict=True):
            head = head + value * np.uint64(factor)
        head = head + code["room"] * np.uint64(FACTORS[7])
        for unit, chosen in (
            (code["unit"], wanted), (plain + np.uint64(1), wanted & has["unit"] & has["room"]),
        ):  # fmt: skip
            keys.append((head + unit * np.uint64(FACTORS[6]))[chosen])
            rows.append(np.flatnonzero(chosen).astype(np.int32))
    told, owner = np.concatenate(keys), np.concatenate(rows)
    order = np.argsort(told, kind="stable")
    return Sites(_array("Q", told[order]), _array("i", owner[order]), names, words)


def _array(kind: str, values: NDArray[np.generic]) -> "array[int]":
    made: array[int] = array(kind)
    made.frombytes(np.ascontiguousarray(values).tobytes())
    return made
