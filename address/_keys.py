"""Composite keys of addresses as 64-bit hashes that are the same in every process (pure)."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


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
