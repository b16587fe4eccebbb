"""How people say where: clean, lightly damaged, vague, wrong or not at all, and the truth of what the words tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from etl.demo.phrases import pick
from etl.demo.sizes import CITY, COUNTY, PROVINCE

WIDE: Final = str.maketrans("0123456789-", "０１２３４５６７８９－")
NUMERALS: Final = "零一二三四五六七八九"
SOUNDS: Final = {
    "锦": "景", "苑": "院", "华": "花", "佳": "家", "嘉": "佳", "泰": "太", "凤": "风", "滨": "宾", "翡": "斐", "丽": "利", "岷": "民",
    "旌": "精", "鼎": "顶", "御": "玉", "帝": "地", "盛": "胜", "祥": "详", "鑫": "新", "润": "闰", "翰": "汉", "桂": "贵", "沱": "陀",
    "濠": "豪", "庐": "卢", "嘉陵": "加陵", "枫": "风", "樟": "章", "紫": "子", "湖": "胡", "园": "圆", "宏": "红", "康": "糠", "庆": "青",
}  # fmt: skip
"""Characters that sound the same or nearly so in the speech of the region."""
OLD_FORMS: Final = {
    "号": "號",
    "栋": "棟",
    "单元": "單元",
    "楼": "樓",
    "东": "東",
    "华": "華",
    "园": "園",
    "阳": "陽",
    "兴": "興",
}
NEAR: Final = (
    "对面",
    "旁边",
    "附近",
    "后面",
    "斜对面",
    "往东50米",
    "往前走一百米左右",
    "门口",
    "公交站",
    "菜市场旁边",
    "路口",
)
ELSEWHERE: Final = (
    "临江市人民路12号", "天府新区梓州大道88号", "成都市高平区春熙街20号", "青原市永宁区东门外街5号", "旌原区幸福里大道999号",
    "旌原区黄金海岸小区3栋", "迎泽大街118号", "旌原区文星国际城7栋2单元",
)  # fmt: skip
LANDMARKS: Final = (
    "农贸市场对面",
    "幼儿园旁边",
    "加油站后面",
    "邮政储蓄隔壁",
    "公交站旁",
    "派出所对面",
    "中学后门",
    "老粮站",
)


@dataclass(frozen=True, slots=True)
class Site:
    """What can be said about one place; empty where it does not apply. `ref` is the building's row in the register,
    `room_ref` the room's; `crossing` a road that crosses the site's own."""

    road: str
    number: int
    plate: str
    estate: str
    building: str
    label: str
    tower: str
    unit: int
    room: str
    hamlet: str
    village: str
    town: str
    crossing: str
    shop: str
    ref: str
    room_ref: str

    def level(self) -> str:
        """The finest level that can be told of the site."""
        if self.room:
            return "room"
        return "building" if self.estate or self.tower else "door"


@dataclass(frozen=True, slots=True)
class Said:
    """The words, the finest level they tell, the row of the register that they mean (None for areas), and tags."""

    words: str
    level: str
    ref: str | None
    tags: tuple[str, ...]


Draws = Callable[[], float]


def say(kind: str, site: Site, draw: Draws) -> Said:
    """The place of a report in somebody's words."""
    if kind == "vague":
        return _vague(site, draw)
    if kind == "wrong":
        return _wrong(site, draw)
    site = replace(site, room="", unit=0, room_ref="") if site.room and draw() < 0.35 else site
    level = site.level()
    ref = site.room_ref if level == "room" else site.ref
    if kind == "damaged":
        words, tags = _damaged(site, draw)
        return Said(words, level, ref, ("damaged", *tags))
    return Said(_prefix(site, draw) + plain(site, with_plate=draw() < 0.6), level, ref, ("clean",))


def plain(site: Site, *, with_plate: bool = True) -> str:
    """The address below the town as the register has it; without the plate where the estate says enough."""
    if site.hamlet:
        return f"{site.village}{site.hamlet}{site.plate}"
    front = f"{site.road}{site.plate}" if site.plate and (with_plate or not (site.estate or site.tower)) else ""
    inside = site.estate + (site.tower or (site.label.replace("{}", site.building) if site.building else ""))
    unit = f"{site.unit}单元" if site.unit else ""
    return f"{front}{inside}{unit}{site.room}"


def _prefix(site: Site, draw: Draws) -> str:
    """How much of the divisions is said in front; villages are said with the group itself."""
    village = "" if site.hamlet else site.village
    return pick(
        ("", "", COUNTY, COUNTY, f"{CITY}{COUNTY}", f"{COUNTY}{site.town}", site.town, f"{site.town}{village}",
         f"{PROVINCE}{CITY}{COUNTY}{site.town}{village}"),
        draw(),
    )  # fmt: skip


def _vague(site: Site, draw: Draws) -> Said:
    near = pick(NEAR, draw())
    which = draw()
    if site.hamlet:
        words = f"{site.village}{site.hamlet if which < 0.6 else ''}{near if which < 0.3 else ''}"
        return Said(words, "village", None, ("vague", "group_only" if which < 0.6 else "village_only"))
    if site.estate and which < 0.55:
        words = site.estate + (near if which < 0.3 else "")
        return Said(words, "estate", None, ("vague", "estate_only"))
    if site.shop and which < 0.7:
        return Said(site.shop.removeprefix(COUNTY) + near, "none", None, ("vague", "shop_only"))
    if site.crossing and which < 0.82:
        words = f"{site.road}{pick(('与', '和'), draw())}{site.crossing}{pick(('交叉口', '路口', '交汇处'), draw())}"
        return Said(words, "road", None, ("vague", "crossing"))
    if site.road and which < 0.95:
        return Said(f"{COUNTY if which > 0.9 else ''}{site.road}{near}", "road", None, ("vague", "road_only"))
    return Said(f"{site.town}{site.village}", "village", None, ("vague", "village_only"))


def _wrong(site: Site, draw: Draws) -> Said:
    """A number, a building or a place that is not there."""
    which = draw()
    if which < 0.35 and site.road and site.plate:
        number = site.number + 2 * int(600 + draw() * 900)
        return Said(f"{COUNTY}{site.road}{number}号", "road", None, ("wrong", "no_such_number"))
    if which < 0.6 and site.estate:
        words = f"{site.estate}{site.label.replace('{}', str(80 + int(draw() * 19)))}"
        return Said(words, "estate", None, ("wrong", "no_such_building"))
    if which < 0.8 and site.hamlet:
        return Said(f"{site.village}{40 + int(draw() * 30)}组", "village", None, ("wrong", "no_such_group"))
    return Said(pick(ELSEWHERE, draw()), "none", None, ("wrong", "no_such_place"))


def _damaged(site: Site, draw: Draws) -> tuple[str, list[str]]:
    """One to three kinds of light damage, in an order in which each can still be seen."""
    tags: list[str] = []
    many = 1 + int(draw() < 0.4) + int(draw() < 0.12)
    steps = _some(many, draw)
    names = {step.__name__.strip("_") for step in steps}
    if "sounds" in names:
        site, tag = _sounds(site, draw)
        tags += tag
    if "short_name" in names and len(site.estate) >= 4:
        site = replace(site, estate=site.estate[:-2])
        tags.append("short_name")
    words = plain(site, with_plate=draw() < 0.4)
    for step in (_no_unit_words, _tower_word, _numerals, _no_number_word, _old_forms, _spaces, _wide, _landmark):
        if step.__name__.strip("_") in names:
            changed = step(words, site, draw)
            if changed != words:
                words = changed
                tags.append(step.__name__.strip("_"))
    prefix = "" if draw() < 0.55 else pick((COUNTY, f"{CITY}{COUNTY}", f"{COUNTY}{COUNTY}", site.town, "旌原"), draw())
    return prefix + words, tags or ["no_prefix"]


def _some(many: int, draw: Draws) -> list[Callable[..., object]]:
    """So many different kinds of damage."""
    rest: list[Callable[..., object]] = list(_STEPS)
    return [rest.pop(int(draw() * len(rest))) for _ in range(many)]


def _sounds(site: Site, draw: Draws) -> tuple[Site, list[str]]:
    """One character of the estate or the road written as another that sounds alike."""
    name = site.estate or site.road
    hits = [char for char in name if char in SOUNDS]
    if not hits:
        return site, []
    char = pick(hits, draw())
    wrong = name.replace(char, SOUNDS[char], 1)
    changed = replace(site, estate=wrong) if site.estate else replace(site, road=wrong)
    return changed, ["sounds"]


def _short_name(words: str, site: Site, draw: Draws) -> str:
    return words


def _tower_word(words: str, site: Site, draw: Draws) -> str:
    """幢, 号楼, 座 or # instead of the register's own word."""
    if not site.building:
        return words
    own = site.label.replace("{}", site.building)
    other = pick(("{}幢", "{}号楼", "{}座", "{}#", "{}动", "{}栋"), draw()).replace("{}", site.building)
    return words.replace(own, other, 1)


def _no_unit_words(words: str, site: Site, draw: Draws) -> str:
    """3-2-501, 3栋2-501 or 3栋2单元501 without its last word."""
    if not (site.building and site.room):
        return words.removesuffix("号") if site.room else words
    own = site.label.replace("{}", site.building)
    number = "".join(c for c in site.room if c.isdigit())
    unit = f"{site.unit}-" if site.unit else ""
    tail = f"{own}{f'{site.unit}单元' if site.unit else ''}{site.room}"
    short = f"{site.building}-{unit}{number}" if draw() < 0.6 else f"{own}{unit}{number}"
    return words.replace(tail, short, 1)


def _numerals(words: str, site: Site, draw: Draws) -> str:
    """Numbers up to 99 in Chinese numerals, rooms digit by digit."""
    said, number = "", ""
    for char in words + " ":
        if char.isascii() and char.isdigit():
            number += char
            continue
        said += _in_chinese(number) + char
        number = ""
    return said[:-1]


def _in_chinese(number: str) -> str:
    if not number or number.startswith("0"):
        return number
    if len(number) > 2:
        return "".join(NUMERALS[int(digit)] for digit in number)
    tens, ones = divmod(int(number), 10)
    front = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return front + (NUMERALS[ones] if ones or not tens else "")


def _no_number_word(words: str, site: Site, draw: Draws) -> str:
    return words[:-1] if words.endswith(("号", "室", "户")) else words


def _old_forms(words: str, site: Site, draw: Draws) -> str:
    for new, old in OLD_FORMS.items():
        words = words.replace(new, old)
    return words


def _spaces(words: str, site: Site, draw: Draws) -> str:
    at = 1 + int(draw() * max(len(words) - 1, 1))
    return f"{words[:at]} {words[at:]}"


def _wide(words: str, site: Site, draw: Draws) -> str:
    return words.translate(WIDE)


def _landmark(words: str, site: Site, draw: Draws) -> str:
    return f"{words}（{pick(LANDMARKS, draw())}）"


_STEPS: Final = (
    _tower_word, _tower_word, _no_unit_words, _no_unit_words, _numerals, _short_name, _sounds, _no_number_word, _wide,
    _spaces, _landmark, _old_forms,
)  # fmt: skip
