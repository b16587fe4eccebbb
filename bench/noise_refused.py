"""Queries that must be refused, or climb: numbers, names and counties that the register does not have (pure)."""

import random

from bench.noise import Ground, Kind, Said


def _without(said: Said, ground: Ground, **changed: str) -> bool:
    """Whether no row agrees with these parts, whatever division is meant."""
    wanted = {name: said.row[name] for name in said.told if name not in ("town", "village")} | changed
    if not said.row["road"]:
        wanted["village"] = changed.get("village", said.row["village"])
    return not ground.agreeing(wanted)


def absent(name: str) -> Kind:
    """A number that does not exist. The truth is the building that the query climbs to, else nothing.

    Not the plate of an estate: that estate with its building and room is still the place meant.
    """

    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        old = said.row[name]
        is_beside = name in ("number", "sub_number") and said.row["estate"]
        if name not in said.told or not old.isdigit() or said.truth is not None or is_beside:
            return False
        step = chance.choice((1, 2, 10, 37))
        new = str(int(old) + step) if name != "room" else f"{int(old[:-2] or 0) + step}{old[-2:]}"
        coarser = {"room": ("room", "unit"), "unit": ("unit", "room"), "sub_number": ("sub_number",)}.get(name, ())
        if not _without(said, ground, **{name: new}) or (name == "unit" and not _without(said, ground, unit="")):
            return False
        wanted = {key: said.row[key] for key in said.told if key not in coarser}
        said.truth = ground.agreeing(wanted) if coarser else []
        said.parts[name] = new
        return True

    return kind


def unknown_estate(said: Said, chance: random.Random, ground: Ground) -> bool:
    """An estate that is not in the register, with the numbers of one that is; without its road."""
    if not said.row["estate"]:
        return False
    new = "".join(chance.choice("澜汐樾玺宸御麓檀璟珑") for _ in range(2)) + chance.choice(
        ("府", "花园", "小区", "名邸", "雅苑")
    )
    said.told -= {"road", "number", "sub_number"}
    said.parts["estate"], said.truth = new, []
    return True


def unknown_road(said: Said, chance: random.Random, ground: Ground) -> bool:
    if said.row["estate"] or not said.row["road"]:
        return False
    said.parts["road"] = "".join(chance.choice("澜汐樾玺宸麓檀璟珑琅") for _ in range(2)) + chance.choice(
        ("路", "街", "大道")
    )
    said.truth = []
    return True


def abroad(said: Said, chance: random.Random, ground: Ground) -> bool:
    if said.before:
        return False
    said.head, said.truth = chance.choice(ground.abroad), []
    said.told -= {"town", "village"} if said.row["road"] else {"town"}
    return True
