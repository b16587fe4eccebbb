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

HAN: Final = "\u4e00-\u9fff"
PROVINCE: Final = re.compile(rf"^(?:[{HAN}]{{2,3}}省|[{HAN}]{{2,4}}自治区|四川(?=[{HAN}]{{2,3}}市))")
CITY: Final = re.compile(rf"^[{HAN}]{{2,4}}?市")
COUNTY: Final = re.compile(rf"^[{HAN}]{{1,4}}?(?:(?<!社)区|县|旗)(?!域)")
TOWN: Final = re.compile(rf"^[{HAN}]{{1,6}}?(?:街道办事处|街道办|街道|镇|乡)")
VILLAGE: Final = re.compile(
    rf"^[{HAN}]{{2,8}}?(?:社区居民委员会|居民委员会|村民委员会|社区居委会|居委会|村委会|社区|(?<!新)村(?!路|街|巷|道)|里)"
)
GROUP: Final = re.compile(rf"^(?:([0-9]+|[{HAN}]{{1,2}}(?=组))(?:村民小组|小组|组|社|队|邻))")
ROAD: Final = re.compile(
    rf"^[{HAN}A-Z]{{1,10}}?(?:大道|公路|路|街|道|国道|省道)(?:[0-9一二三四五六七八九十]+段|[东西南北中][一二]?段)?(?!口)"
)
LANE: Final = re.compile(rf"^[0-9{HAN}]{{1,6}}?(?:支路|胡同|巷|弄|支巷)")
NUMBER: Final = re.compile(r"^([0-9]+[A-Za-z甲乙丙丁]?)号(?!楼|线|桥)(?:附([0-9]+)号)?")
BARE_PLATE: Final = re.compile(r"^([0-9]{1,4})(?:附([0-9]+)号?)?$")
BARE_NUMBER: Final = re.compile(r"^([0-9]{1,4})$")
BUILDING: Final = re.compile(r"^([0-9]+|[A-Za-z][0-9]*|[甲乙丙丁东西南北])栋")
UNIT: Final = re.compile(r"^([0-9]+|[A-Za-z甲乙丙丁])单元")
FLOOR: Final = re.compile(r"^(?:负?([0-9]+))(?:层|楼)")
ROOM: Final = re.compile(r"^([A-Za-z]?[0-9]{1,5})(?:室|号房|房|号|户)?(?![0-9])")
DIRECTION: Final = re.compile(
    r"(?:往?[东南西北]+(?:侧|面|边|方向)?约?[0-9百十]+米|对面|旁边|旁|附近|门口|后面|前面|背后|路口|交叉口|交汇处|隔壁).*$"
)
ESTATE: Final = re.compile(
    rf"^[{HAN}A-Za-z0-9]{{2,12}}?(?:小区|花园|家园|佳苑|华庭|公馆|新城|雅居|豪庭|世家|名都|国际|新村|宿舍|公寓|大厦|广场|中心|苑|城|园)"
    r"(?:[一二三四五六七八九十0-9]+期)?(?:[A-Za-z东西南北]区)?"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The elements of one address; empty where nothing was said. `poi` is what no rule could read."""

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


def parse(text: str, gazetteer: Gazetteer | None = None, trace: Trace = silent) -> Parts:
    """The elements of an address as people write it."""
    return parse_standard(normalise(text, trace), gazetteer or EMPTY, trace)


EMPTY: Final = Gazetteer()


def parse_standard(text: str, names: Gazetteer, trace: Trace = silent) -> Parts:
    """The elements of a text that is in standard form already."""
    said: dict[str, str] = {}
    if found := DIRECTION.search(text):
        said["direction"], text = found.group(), text[: found.start()]
    text = _divisions(text, names, said)
    text = _middle(text, names, said)
    text = _tail(text, said)
    if text:
        said["poi"] = (said.get("poi", "") + text).strip("，。,;；-")
    parts = Parts(**said)
    trace("parse", "  ".join(f"{f.name}={getattr(parts, f.name)}" for f in fields(parts) if getattr(parts, f.name)))
    return parts


def _divisions(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """Province to village, each at most once; a doubled prefix is swallowed, skipped levels are fine."""
    for _ in range(2):
        for key, rule, known in (
            ("province", PROVINCE, None), ("city", CITY, None), ("county", COUNTY, names.counties),
            ("town", TOWN, names.towns), ("village", VILLAGE, names.villages),
        ):  # fmt: skip
            name, end = _begins(text, rule, known, names)
            if end:
                said.setdefault(key, name)
                text = text[end:]
    return text


def _begins(text: str, rule: re.Pattern[str], known: object, names: Gazetteer) -> tuple[str, int]:
    """A known name at the start, else what the classifying word cuts off, unless a known road or estate is there."""
    from address.gazetteer import Names

    if isinstance(known, Names) and (found := known.at(text, 0)) is not None:
        return found
    if names.roads.at(text, 0) is not None or names.estates.at(text, 0) is not None:
        return "", 0
    told = rule.match(text)
    if told is None or _holds_name(text, told.end(), names):
        return "", 0
    return told.group(), told.end()


def _holds_name(text: str, end: int, names: Gazetteer) -> bool:
    """Whether a known road, estate or village begins inside: then the classifying word has bitten off too much."""
    return any(
        names.roads.at(text, at)
        or names.estates.at(text, at)
        or names.villages.at(text, at)
        or names.towns.at(text, at)
        for at in range(1, end - 1)
    )


def _middle(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """Group, road, lane, plate, estate, in whatever order they come."""
    for _ in range(6):
        before = text
        text = _group(text, said)
        text = _named(text, names, said)
        text = _plate(text, said)
        if text == before:
            break
    return text


def _group(text: str, said: dict[str, str]) -> str:
    if "group" in said or (found := GROUP.match(text)) is None:
        return text
    said["group"] = found.group(1)
    text = text[found.end() :]
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
    if "road" not in said and (found := ROAD.match(text)) is not None and not _holds_name(text, found.end(), names):
        said["road"] = found.group()
        return text[found.end() :]
    if "lane" not in said and "number" not in said and (found := LANE.match(text)) is not None:
        key = "lane" if "road" in said else "road"
        said[key] = found.group()
        return text[found.end() :]
    for known, key in (
        (names.towns, "town"), (names.villages, "village"), (names.roads, "road"), (names.estates, "estate"),
    ):  # fmt: skip
        if key not in said and (found_at := known.find(text, 1)) is not None and found_at[1] <= 8:
            said["poi"] = said.get("poi", "") + text[: found_at[1]]
            said[key] = found_at[0]
            return text[found_at[2] :]
    if "estate" not in said and (found := ESTATE.match(text)) is not None:
        said["estate"] = found.group()
        return text[found.end() :]
    return text


def _plate(text: str, said: dict[str, str]) -> str:
    if "number" in said:
        return text
    found = NUMBER.match(text) or (BARE_PLATE.match(text) if "road" in said and "estate" not in said else None)
    if found is None:
        return text
    said["number"] = found.group(1).lstrip("0") or "0"
    if found.group(2):
        said["sub_number"] = found.group(2).lstrip("0")
    return text[found.end() :]


def _tail(text: str, said: dict[str, str]) -> str:
    """Building, unit, floor, room; a name before the building that nothing knew is an estate."""
    if (
        "building" not in said
        and (found := re.search(r"([0-9]+|[A-Za-z][0-9]*)栋", text)) is not None
        and found.start()
    ):
        head = text[: found.start()]
        if "estate" not in said and re.fullmatch(rf"[{HAN}A-Za-z0-9]{{2,14}}", head):
            said["estate"], text = head, text[found.start() :]
    for key, rule in (("building", BUILDING), ("unit", UNIT), ("floor", FLOOR), ("room", ROOM)):
        if (found := rule.match(text)) is not None:
            said[key] = found.group(1).lstrip("0") or "0"
            text = text[found.end() :]
    if "floor" in said and "room" in said and len(said["room"]) < 3:
        said["room"] = f"{said['floor']}{int(said['room']):02d}" if said["room"].isdigit() else said["room"]
    return text


def without_room(parts: Parts) -> Parts:
    """The same address down to the building."""
    return replace(parts, unit="", floor="", room="")
