"""Composite keys of addresses as 64-bit hashes that are the same in every process (pure)."""

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from address.parse import Parts


class Key(NamedTuple):
    """The level a key leads to, what is hashed, and whether it leaves out the sub-plate that was said."""

    level: str
    parts: tuple[str, ...]
    is_plate_only: bool = False


def keys_of(columns: dict[str, list[str]], levels: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Every key of every row, hashed: by its estate, by its plate, and its room also without the unit."""
    keys: list[int] = []
    rows: list[int] = []
    order = ("village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "room")
    for row, values in enumerate(zip(*(columns[name] for name in order), levels, strict=True)):
        village, group, road, lane, number, sub, estate, building, unit, room, level = values
        plates: list[tuple[str, ...]] = []
        if estate:
            plates.append(("e", estate))
        if road and number:
            plates.append(("d", road, lane, number, sub))
        if not road and not estate and number:
            plates.append(("g", village, group, number, sub))
        if level == "door":
            plates = [plate for plate in plates if plate[0] != "e"]
        elif level == "estate":
            plates = [plate for plate in plates if plate[0] == "e"]
        for plate in plates:
            keys.append(_hash_int((*plate, building, unit, room)))
            rows.append(row)
            if room and unit:
                keys.append(_hash_int((*plate, building, "*", room)))
                rows.append(row)
    return np.array(keys, dtype=np.int64).view(np.uint64), np.array(rows, dtype=np.int32)


def _hash_int(key: tuple[str, ...]) -> int:
    return int.from_bytes(_digest("\x1f".join(key).encode()), "little", signed=True)


def hash_of(key: tuple[str, ...]) -> np.uint64:
    return np.uint64(int.from_bytes(_digest("\x1f".join(key).encode()), "little"))


def _digest(raw: bytes) -> bytes:
    """64 bits that are the same in every process (Python's own hash is not)."""
    return blake2b(raw, digest_size=8).digest()


def keys_said(p: Parts, road: str, estate: str) -> list[Key]:
    """The keys that the parts can be looked up by, the finest first."""
    plates: list[tuple[str, ...]] = []
    if estate:
        plates.append(("e", estate))
    if road and p.number:
        plates.append(("d", road, p.lane, p.number, p.sub_number))
    if not road and not estate and p.number and (p.village or p.group):
        plates.append(("g", p.village, p.group, p.number, p.sub_number))
    keys: list[Key] = []
    if p.floor and not p.room:
        keys += [Key("room", (*plate, p.building, p.unit, f"{p.floor}F")) for plate in plates]
    if p.room:
        keys += [Key("room", (*plate, p.building, p.unit, p.room)) for plate in plates]
        if not p.unit:
            keys += [Key("room", (*plate, p.building, "*", p.room)) for plate in plates]
    if p.unit:
        keys += [Key("unit", (*plate, p.building, p.unit, "")) for plate in plates]
    if p.building:
        keys += [Key("building", (*plate, p.building, "", "")) for plate in plates]
    keys += [Key("door", (*plate, "", "", "")) for plate in plates if plate[0] != "e"]
    if p.sub_number:
        keys += [Key("door", (*plate[:-1], "", "", "", ""), is_plate_only=True) for plate in plates if plate[0] != "e"]
    keys += [Key("estate", (*plate, "", "", "")) for plate in plates if plate[0] == "e"]
    return keys
