"""The kinds of noise, in two halves: one to work with, one that is only measured (pure)."""

import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from bench import noise_words as words
from bench.noise import Ground, Kind, Said
from bench.noise_refused import abroad, absent, unknown_estate, unknown_road


@cache
def _to_traditional() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


def _traditional(text: str) -> str:
    return str(_to_traditional().convert(text))


def _edit(edit: Callable[[str], str]) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        said.edits.append(edit)
        return True

    return kind


def _each(pattern: str, change: Callable[[re.Match[str], random.Random], str], share: float = 1.0) -> Kind:
    """A kind that changes each place of a pattern, or about so many of them; false when the text has none."""
    rule = re.compile(pattern)

    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        if rule.search(said.text()) is None:
            return False
        seed = chance.random()

        def edit(text: str) -> str:
            own = random.Random(seed)
            return rule.sub(lambda m: change(m, own) if own.random() < share else m.group(), text)

        said.edits.append(edit)
        return True

    return kind


def _around(before: tuple[str, ...], after: tuple[str, ...], share_before: float, share_after: float) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        if chance.random() < share_before:
            said.before = chance.choice(before) + said.before
        if chance.random() < share_after:
            said.after += chance.choice(after)
        return True

    return kind


def _name(said: Said, chance: random.Random) -> str:
    """One of the names that the query stands on: its estate, its road, or its village."""
    known: list[str] = [name for name in ("estate", "road") if name in said.told and len(said.parts[name]) >= 3]
    if not known and not said.row["road"] and len(said.parts["village"]) >= 3:
        known = ["village"] if "village" in said.told else []
    return chance.choice(known) if known else ""


def _misspelt(change: Callable[[str, random.Random], str]) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        where = _name(said, chance)
        changed = change(said.parts[where], chance) if where else ""
        others = {"estate": ground.estates, "road": ground.roads, "village": ground.villages}.get(where, [])
        if not changed or changed in others or changed == said.parts[where]:
            return False
        said.parts[where] = changed
        return True

    return kind


def _dropped(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    return name[:at] + name[at + 1 :] if len(name) > 3 else ""


def _doubled(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name))
    return name[: at + 1] + name[at:]


def _swapped(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _other_end(name: str, chance: random.Random) -> str:
    for end in words.ENDS:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name.removesuffix(end) + chance.choice(["", *(other for other in words.ENDS if other != end)])
    return (
        name + chance.choice(("小区", "花园"))
        if not name.endswith(("路", "街", "道", "巷", "村", "段", "社区"))
        else ""
    )


def _dashes(said: Said, chance: random.Random, ground: Ground) -> bool:
    if not said.row["room"]:
        return False
    mark = chance.choice(("-", "-", "/", "－", "—"))
    said.words |= {"building": chance.choice(("{}" + mark, "{}#", "{}栋", "{}" + mark)), "unit": "{}" + mark}
    said.words["room"] = chance.choice(("{}", "{}", "{}室", "{}号"))
    return True


def _floors(said: Said, chance: random.Random, ground: Ground) -> bool:
    room = said.row["room"]
    if not room.isdigit() or len(room) < 3:
        return False
    said.parts["room"] = f"{room[:-2]}楼{int(room[-2:])}" if chance.random() < 0.6 else f"{room[:-2]}楼{room}"
    said.words["room"] = chance.choice(("{}号", "{}", "{}室"))
    return True


def _doubled_prefix(said: Said, chance: random.Random, ground: Ground) -> bool:
    if said.truth == []:
        return False
    province, city, county = ground.head
    again = chance.choice((province + city + county, city + county, county))
    said.before += again
    if not said.head:
        said.head = county
    if "town" in said.told and chance.random() < 0.3:
        said.before += said.parts["town"] + (said.parts["village"] if "village" in said.told else "")
    return True


def _abbreviated(said: Said, chance: random.Random, ground: Ground) -> bool:
    if said.truth == []:
        return False
    stems = [re.sub(r"(省|市|新区|区|县|自治州)$", "", name) if len(name) > 2 else name for name in ground.head if name]
    said.head = "".join(stems[-chance.randint(1, len(stems)) :])
    if "town" in said.told and chance.random() < 0.4 and len(said.parts["town"]) > 3:
        said.parts["town"] = re.sub(r"(街道|镇|乡)$", "", said.parts["town"])
    return True


def _former_end(said: Said, chance: random.Random, ground: Ground) -> bool:
    town = said.row["town"]
    stem = re.sub(r"(街道|镇|乡)$", "", town)
    if stem == town or len(stem) < 2:
        return False
    said.told.add("town")
    said.parts["town"] = stem + chance.choice(
        [end for end in ("街道办事处", "街道办", "镇", "乡") if stem + end != town]
    )
    return said.parts["town"] not in ground.towns


def _sub_plate(said: Said, chance: random.Random, ground: Ground) -> bool:
    if not (said.row["sub_number"] and "number" in said.told):
        return False
    said.words["number"], said.words["sub_number"] = chance.choice(
        (("{}号", "之{}"), ("{}", "-{}号"), ("{}号", "-{}"), ("{}号", "附{}"), ("{}", "附{}号"), ("{}之", "{}号"))
    )
    return True


def _other_words(building: tuple[str, ...], unit: tuple[str, ...], room: tuple[str, ...]) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        if not said.row["building"]:
            return False
        said.words["building"] = chance.choice(building)
        said.words["unit"] = chance.choice(unit)
        if said.words["building"][-1] == "}" and said.words["unit"][:1] == "{":
            said.words["building"] += "栋"
        said.words["room"] = chance.choice(room)
        return True

    return kind


def _slips(said: Said, chance: random.Random, ground: Ground) -> bool:
    if not said.row["building"]:
        return False
    said.words["building"] = "{}" + chance.choice(words.BUILDING_SLIPS)
    if chance.random() < 0.6:
        said.words["unit"] = "{}" + chance.choice(words.UNIT_SLIPS)
    return True


def _joint(marks: tuple[str, ...]) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        said.joint = chance.choice(marks)
        return True

    return kind


def _bracketed(said: Said, chance: random.Random, ground: Ground) -> bool:
    aside = chance.choice(words.ASIDE)
    if chance.random() < 0.5:
        said.after += aside
    else:
        where = chance.choice([name for name in said.told if name in ("road", "estate", "village")] or ["head"])
        if where == "head":
            said.head += aside
        else:
            said.parts[where] += aside
    return True


def _order(*orders: tuple[str, ...]) -> Kind:
    def kind(said: Said, chance: random.Random, ground: Ground) -> bool:
        said.order = chance.choice(orders)
        said.joint = said.joint or chance.choice(("", "，", " "))
        return len(said.told) > 2

    return kind


def _wrong_division(said: Said, chance: random.Random, ground: Ground) -> bool:
    """Another town or village of ours, where the rest still says which one is meant."""
    where = chance.choice(("town", "village"))
    if not (said.row["estate"] or said.row["road"]):
        return False
    other = chance.choice(ground.towns if where == "town" else ground.villages)
    said.told.discard("village")
    said.told.discard("town")
    wanted = {name: said.row[name] for name in said.told}
    truth = ground.agreeing(wanted)
    if len(truth) != 1 or other == said.row[where]:
        return False
    said.truth = truth
    said.told.add(where)
    said.parts[where] = other
    return True


def _no_plate_estate(said: Said, chance: random.Random, ground: Ground) -> bool:
    """The plate instead of the estate: 凯江路156号3栋2单元501."""
    if not (said.row["estate"] and said.row["road"] and said.row["building"]) or said.truth is not None:
        return False
    said.told.discard("estate")
    said.told |= {"road", "number"}
    return True


def _no_unit(said: Said, chance: random.Random, ground: Ground) -> bool:
    said.told.discard("unit")
    return bool(said.row["unit"] and said.row["room"])


def _mixed(match: re.Match[str], chance: random.Random) -> str:
    number = match.group()
    at = chance.randrange(len(number))
    return number[:at] + words.CHINESE[number[at]] + number[at + 1 :]


def _beside(said: Said, chance: random.Random, ground: Ground) -> bool:
    said.after = chance.choice(words.BESIDE) + said.after
    return True


def _contact(said: Said, chance: random.Random, ground: Ground) -> bool:
    phone = (
        "1"
        + "".join(chance.choice("3456789") for _ in range(4))
        + "".join(chance.choice("0123456789") for _ in range(6))
    )
    when = chance.choice(("8月3日", "今天下午3点", "2025年6月", "晚上11点半"))
    said.after += chance.choice((f"，电话{phone}", f" {phone}", f"，联系人李先生{phone}", f"，{when}发生", ""))
    if chance.random() < 0.5:
        said.before = (
            chance.choice((f"{when}，", f"{when}在", f"工单2025-{chance.randint(1000, 9999)}：")) + said.before
        )
    return True


TUNED: Final[dict[str, Kind]] = {
    "plain": _edit(lambda text: text),
    "traditional": _edit(_traditional),
    "complaint": _around(words.BEFORE, words.AFTER, 0.7, 0.7),
    "doubled_prefix": _doubled_prefix,
    "mixed_numeral": _each(r"[0-9]{2,}", _mixed),
    "slip_of_unit": _slips,
    "dashes": _dashes,
    "floors": _floors,
    "abbreviated": _abbreviated,
    "former_end": _former_end,
    "sub_plate": _sub_plate,
    "by_sound": _misspelt(words.by_sound),
    "dropped": _misspelt(_dropped),
    "full_width": _each(r"[0-9]", lambda m, _: words.FULL[m.group()]),
    "capitals": _each(r"[0-9]", lambda m, _: words.CAPITALS[m.group()]),
    "bracketed": _bracketed,
    "plate_for_estate": _no_plate_estate,
    "hash_and_gate": _other_words(("{}#", "{}座", "{}#楼"), ("{}门", "{}单元", "{}单"), ("{}", "{}室")),
    "no_building": absent("building"),
    "no_number": absent("number"),
    "no_estate": unknown_estate,
    "abroad": abroad,
}
"""Worked with: their misses may be looked at."""
HELD_OUT: Final[dict[str, Kind]] = {
    "clauses": _around(words.CLAUSES_BEFORE, words.CLAUSES_AFTER, 0.8, 0.8),
    "by_shape": _misspelt(words.by_shape),
    "doubled": _misspelt(_doubled),
    "swapped": _misspelt(_swapped),
    "other_end": _misspelt(_other_end),
    "spaced": _joint((" ", "，", ",", "/", "、", "  ", "-", "|")),
    "spelt_out": _each(r"[0-9]+", lambda m, c: words.in_chinese(m.group(), is_spoken=True)),
    "half_traditional": _each(
        r"[號樓棟單東門區園號镇鎮]|[号楼栋单东门区园镇]", lambda m, _: _traditional(m.group()), 0.7
    ),
    "turned_round": _order(
        ("room", "unit", "building", "estate", "number", "road", "village", "town", "head"),
        ("estate", "building", "unit", "room", "road", "number", "sub_number", "group", "village", "town", "head"),
    ),
    "swapped_levels": _order(
        ("head", "village", "town", "group", "estate", "road", "number", "sub_number", "building", "unit", "room"),
        ("town", "head", "village", "group", "road", "number", "sub_number", "estate", "building", "unit", "room"),
    ),
    "wrong_division": _wrong_division,
    "no_unit_said": _no_unit,
    "beside": _beside,
    "contact": _contact,
    "odd_words": _other_words(
        ("第{}栋", "{}栋楼", "{}号栋", "{}號樓", "{}-", "{}号楼"),
        ("第{}单元", "{}梯", "{}单元"),
        ("{}户", "{}房间", "{}号房"),
    ),
    "joined_by_of": _joint(("的",)),
    "no_room": absent("room"),
    "no_unit": absent("unit"),
    "no_group": absent("group"),
    "no_sub_plate": absent("sub_number"),
    "no_road": unknown_road,
}
"""Only measured."""
