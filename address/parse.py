"""Reading an address: from standard-form text to its elements (pure).

Division first, then road and plate, estate, and the tail of building, unit, floor and room. With a gazetteer the
site's own names are found wherever they stand; without one, or for unknown names, the classifying words decide.
Elements follow GA/T 2000.32 and the site's registers: every number is bare ("12", not "12号").
"""

import re
from dataclasses import dataclass, fields, replace
from typing import Final

from address.gazetteer import Gazetteer
from address.normalise import Trace, normalise, silent
from address.opening import GROUP, HAN, holds_name, opened

ROAD: Final = re.compile(
    rf"^[{HAN}A-Z]{{1,10}}?(?:大道|公路|路|街|道|国道|省道)(?:[0-9一二三四五六七八九十]+段|[东西南北中][一二]?段)?(?!口)"
)
LANE: Final = re.compile(rf"^(?:[0-9]+巷|[0-9{HAN}]{{1,6}}?(?:支路|胡同|巷|弄|支巷))(?:[0-9]+弄)?")
NUMBER: Final = re.compile(r"^([0-9]+[A-Za-z甲乙丙丁]?)号(?!楼|线|桥(?:$|[附旁头下边]))(?:附([0-9]+)号)?")
BARE_PLATE: Final = re.compile(r"^([0-9]{1,4})(?:附([0-9]+)号?)?$")
BARE_NUMBER: Final = re.compile(r"^([0-9]{1,4})$")
BUILDING: Final = re.compile(r"^([0-9]+|[A-Za-z][0-9]*|[甲乙丙丁东西南北])栋")
UNIT: Final = re.compile(r"^([0-9]+|[A-Za-z甲乙丙丁])单元")
FLOOR: Final = re.compile(r"^(负?[0-9]{1,2})(?:层|楼)")
BASEMENT: Final = re.compile(r"^(?:地下室?([0-9]{1,2})[层楼]|地下室$)")
BEHIND_FLOOR: Final = re.compile(r"^[附之](?=[0-9])")
ROOM: Final = re.compile(
    r"^([A-Za-z]?[0-9]{1,5})(?:室|号房|房|号|户(?![0-9]))?(?![0-9])(?<![0-9](?=[年月天日米元个人块多次几点时分岁]))"
)
FILLER: Final = re.compile(r"(?:的|上|边|那|有个|内|里面|里|院内|大院|小区内|小区里|小区|那边|这边|这里|,)+")
DIRECTION: Final = re.compile(
    r"(?:[往向]?[东南西北]+(?:侧|面|边|方向)?约?[0-9百十]+米|斜?对面|旁边|旁|附近|门口|后面|前面|背后|交叉路口|十字路口"
    r"|路口|交叉口|交叉处|交汇处|交界处|隔壁|[东南西北]{1,2}(?:侧|面)(?![0-9])).*$"
)
CROSSINGS: Final = ("交叉", "交汇", "交界", "路口", "十字")
CROSSING: Final = re.compile(rf"^([{HAN}0-9A-Z]{{1,12}}?(?:大道|路|街|道|巷|段))[与和跟同及、](?=[{HAN}])")
COUNTED: Final = re.compile(r"[0-9]+(?:号|栋|单元|室|组|社)")
ESTATE: Final = re.compile(
    rf"^[{HAN}A-Za-z0-9]{{2,12}}?(?:小区|花园|家园|佳苑|华庭|公馆|新城|雅居|豪庭|世家|名都|国际|新村|宿舍|公寓|大厦|广场|中心|苑|城|园)"
    r"(?:[一二三四五六七八九十0-9]+期)?(?:[A-Za-z东西南北]区)?"
)


BUILDING_AS_PLATE: Final = re.compile(r"([0-9]{1,3})号(?=[0-9]{1,2}单元)")
ROAD_END: Final = re.compile(rf"^([{HAN}]{{1,3}}(?<![巷弄]))(?=[0-9]+号)")
FIRST_BUILDING: Final = re.compile(r"([0-9]+|[A-Za-z][0-9]*)栋")
PLACE: Final = re.compile(
    rf"([{HAN}]{{1,8}}(?<![路街巷弄道段栋幢座]))(?=[0-9]+号(?![楼栋幢座])(?:附[0-9]+号?)?(?:[0-9]+[楼层]|$))"
)
"""A hamlet between its group and the number: 三石里6邻三块石49号附2号."""
NAME: Final = re.compile(rf"[{HAN}A-Za-z0-9]{{2,14}}")
NAME_END: Final = re.compile(rf"[{HAN}A-Za-z,]{{1,6}}")


@dataclass(frozen=True, slots=True)
class Parts:
    """The elements of one address; empty where nothing was said.

    `poi` is what no rule could read, `crossing` the other road of a crossing, `foreign` a county, city or province
    that is not the site's.
    """

    province: str = ""
    city: str = ""
    county: str = ""
    town: str = ""
    village: str = ""
    group: str = ""
    road: str = ""
    lane: str = ""
    number: str = ""
    sub_number: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    poi: str = ""
    direction: str = ""
    crossing: str = ""
    foreign: str = ""


def parse(text: str, gazetteer: Gazetteer | None = None, trace: Trace = silent) -> Parts:
    """The elements of an address as people write it."""
    return parse_standard(normalise(text, trace), gazetteer or EMPTY, trace)


EMPTY: Final = Gazetteer()


def parse_standard(text: str, names: Gazetteer, trace: Trace = silent) -> Parts:
    """The elements of a text that is in standard form already."""
    said: dict[str, str] = {}
    text = opened(text, names, said)
    text = _direction(text, names, said)
    text = _middle(text, names, said)
    text = _tail(text, said)
    if text:
        said["poi"] = (said.get("poi", "") + text).strip("，。,;；-")
    parts = Parts(**said)
    if trace is not silent:
        trace("parse", "  ".join(f"{f.name}={getattr(parts, f.name)}" for f in fields(parts) if getattr(parts, f.name)))
    return parts


def _direction(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """Cuts what is beside the place: 12号对面, A路与B路交叉口. Words before the first number describe its way there."""
    start = names.inner.at(text, 0)
    found = DIRECTION.search(text, start[1] if start is not None else 0)
    if found is None:
        return text
    number = COUNTED.search(text)
    if number is not None and found.start() < number.start():
        return text
    said["direction"], text = found.group(), text[: found.start()]
    if said["direction"].startswith(CROSSINGS) and (both := CROSSING.match(text)) is not None:
        other = names.roads.at(text, both.end())
        said["crossing"] = other[0] if other is not None else text[both.end() :]
        text = text[: both.end(1)]
    return text


def _middle(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """Group, road, lane, plate, estate, in whatever order they come."""
    for _ in range(6):
        before = text
        text = _group(text, said)
        text = _named(text, names, said)
        text = _plate(text, names, said)
        if text == before or not text or BUILDING.match(text):
            break
    return text


def _group(text: str, said: dict[str, str]) -> str:
    if "group" in said or (found := GROUP.match(text)) is None:
        return text
    said["group"] = found.group(1)
    text = text[found.end() :]
    if "road" not in said and (place := PLACE.match(text)) is not None:
        said["road"] = place.group(1)
        return text[place.end() :]
    if bare := BARE_NUMBER.match(text):
        said["number"] = bare.group(1).lstrip("0") or "0"
        text = text[bare.end() :]
    return text


def _named(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    road, found = names.roads.at(text, 0), names.estates.at(text, 0)
    if "road" not in said and road is not None and (found is None or road[1] >= found[1]):
        said["road"] = road[0]
        return text[road[1] :]
    if "estate" not in said and found is not None:
        said["estate"] = found[0]
        return text[found[1] :]
    for known, key in ((names.villages, "village"), (names.towns, "town")):
        if key not in said and (found := known.at(text, 0)) is not None:
            said[key] = found[0]
            return text[found[1] :]
    return _unknown(text, names, said)


def _unknown(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """A name that the gazetteer does not hold: up to the next known name, or by its classifying word."""
    if "road" not in said and (found := ROAD.match(text)) is not None and not holds_name(text, found.end(), names):
        said["road"] = found.group()
        return text[found.end() :]
    if "lane" not in said and "number" not in said and (found := LANE.match(text)) is not None:
        key = "lane" if "road" in said else "road"
        said[key] = found.group()
        return text[found.end() :]
    for known, key in (
        (names.towns, "town"), (names.villages, "village"), (names.roads, "road"), (names.estates, "estate"),
    ):  # fmt: skip
        found_at = known.find(text, 1) if key not in said else None
        if found_at is not None and not COUNTED.search(text, 0, found_at[1]):
            said["poi"] = said.get("poi", "") + text[: found_at[1]]
            said[key] = found_at[0]
            return text[found_at[2] :]
    if "estate" not in said and (found := ESTATE.match(text)) is not None:
        said["estate"] = found.group()
        return text[found.end() :]
    return text


def _plate(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    if "number" in said:
        return text
    if "estate" in said and (as_building := BUILDING_AS_PLATE.match(text)) is not None:
        said["building"] = as_building.group(1)
        return text[as_building.end() :]
    text = _rest_of_road(text, said)
    found = NUMBER.match(text) or (BARE_PLATE.match(text) if "road" in said and "estate" not in said else None)
    if found is None:
        return text
    if "estate" in said and "road" in said:  # 光复路台电新村4号: the plates of a quarter, not of the road
        if said["estate"] in names.estates or "lane" in said:
            return text
        said["lane"] = said.pop("estate")
    said["number"] = found.group(1).lstrip("0") or "0"
    if found.group(2):
        said["sub_number"] = found.group(2).lstrip("0")
    return text[found.end() :]


def _rest_of_road(text: str, said: dict[str, str]) -> str:
    """荷花街池632号, 长江路西中段236号: letters between a road and its plate belong to its name, 上 and 的 do not."""
    if "road" in said and "estate" not in said and (found := ROAD_END.match(text)) is not None:
        said["road"] += "" if FILLER.fullmatch(found.group(1)) else found.group(1)
        return text[found.end(1) :]
    return text


def _tail(text: str, said: dict[str, str]) -> str:
    """Building, unit, floor, room; a name before the building that nothing knew is an estate."""
    if "building" not in said and (found := FIRST_BUILDING.search(text)) is not None and found.start():
        head = text[: found.start()]
        if "estate" in said and NAME_END.fullmatch(head):
            said["estate"] += "" if FILLER.fullmatch(head) else head
            text = text[found.start() :]
        elif "estate" not in said and NAME.fullmatch(head):
            said["estate"], text = head, text[found.start() :]
    for key, rule in (("building", BUILDING), ("unit", UNIT), ("floor", FLOOR), ("room", ROOM)):
        if key == "floor":
            text = BASEMENT.sub(lambda m: f"负{m.group(1) or 1}层", text)
        if key == "room" and "floor" in said:
            text = BEHIND_FLOOR.sub("", text)
        if (found := rule.match(text)) is not None:
            said[key] = found.group(1).lstrip("0").replace("负", "-") or "0"
            text = text[found.end() :]
    if "floor" in said and "room" in said and len(said["room"]) < 3:
        said["room"] = f"{said['floor']}{int(said['room']):02d}" if said["room"].isdigit() else said["room"]
    return text


def without_room(parts: Parts) -> Parts:
    """The same address down to the building."""
    return replace(parts, unit="", floor="", room="")
