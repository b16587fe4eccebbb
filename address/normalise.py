"""The standard form of what people write: a list of small named steps, each of which can be looked at (pure)."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from address.lookalike import NUMERAL, unit_words
from address.numerals import DIGITS, number_of

Trace = Callable[[str, str], None]

SPEECH_BEFORE: Final = re.compile(
    r"^(?:[^，。,;；:：0-9]{0,10}?(?:反映|来电|投诉|咨询|你好|您好|问一下|一下)[：:，,!。]?)?"
    r"(?:我(?:们)?(?:家)?(?:是)?(?:就)?(?:住在|在|这里是)|我(?:们)?是|家住|住在|就在|位于"
    r"|地址(?:是|为)?[：:]?|地点(?:是|为)?[：:]?|在)*"
)
SPEECH_AFTER: Final = re.compile(r"(?:这里|这边|那里|那边|处|的位置|里面|楼下的?)+$")
NUMBER_CHARS: Final = NUMERAL.removeprefix("0-9")
UNIT_WORDS: Final = "号楼|号院|号|栋|幢|座|单元|室|房|楼|层|村民小组|小组|组|社(?!区)|队|弄|邻|巷|#|之|附"
CHINESE_NUMBER: Final = re.compile(rf"([{NUMBER_CHARS}]+)(?=(?:{UNIT_WORDS})|门[0-9{NUMBER_CHARS}]|$)")
ROOM_NUMBER: Final = re.compile(rf"(?<=\d)([{NUMBER_CHARS}])(?=\d)")
FLOOR_BEHIND_SUB: Final = re.compile(rf"([之附][0-9]+)(?=[{NUMBER_CHARS}]+[楼层])")  # 17号之6四楼
AFTER_UNIT: Final = re.compile(rf"(?<=单元|[0-9][栋幢座门])([{NUMBER_CHARS}]{{1,4}})(?![{NUMBER_CHARS}期区])")
BLANKS: Final = re.compile(r"[\s·•∙\u200b]+")
REMARK: Final = re.compile(r"[(\[【{〔][^)\]】}〕]*[)\]】}〕]")
BRACKETS: Final = re.compile(r"[()\[\]【】{}〔〕\"'“”‘’]")
ROAD_PLATE: Final = re.compile(r"(?<=[路街巷弄道段组社队村])(\d+)#(?![0-9A-Za-z])")
PLATE_DOWNSTAIRS: Final = re.compile(r"(?<=[路街巷弄道段])(\d+)号楼(?=[上下])")
BUILDING: Final = re.compile(r"(?<=[0-9A-Za-z])(?:号楼|号[栋幢座](?!\d)|幢|座|#楼?|栋楼)")
DOOR_AS_UNIT: Final = re.compile(r"(?<=[0-9])[单门](?=\d)")
SUB_PLATE: Final = re.compile(r"(\d+)号-(\d{1,2})(?:号|(?![\d栋单-]))")
DASH: Final = re.compile(r"[-－—–_~]+|(?<=\d)[/.](?=\d)")
DASHES: Final = (
    (re.compile(r"(?<![\d-])(\d{1,3})-(\d{1,2})-(\d{1,2})-(\d{1,2})(?![\d-])号?"), r"\1栋\2单元\3楼\4号"),
    (re.compile(r"(?<=栋)(\d{1,2})-(\d{1,2})-(\d{1,2})(?![\d-])号?"), r"\1单元\2楼\3号"),
    (re.compile(r"(?<=单元)(\d{1,2})-(\d{1,2})(?![\d-])号?"), r"\1楼\2号"),
    (re.compile(r"(?<![\d-])(\d{1,3})-(\d{1,2})-(\d{3,4})(?![\d-])(?:号|室|房)?"), r"\1栋\2单元\3室"),
    (re.compile(r"(?<=栋)(\d{1,2})-(\d{3,4})(?![\d-])(?:号|室|房)?"), r"\1单元\2室"),
    (re.compile(r"(?<=[号\u4e00-\u9fff])(?<![路街巷弄道段])(\d{1,3})-(\d{3,4})(?![\d-])(?:号|室|房)?"), r"\1栋\2室"),
    (re.compile(r"(?<=号)-|(?<=栋)-|(?<=单元)-"), ""),
)
SUB_NUMBERS: Final = (
    (re.compile(r"(\d+)号?之(\d+)号?"), r"\1号附\2号"),
    (re.compile(r"(?<=[路街巷弄道段])(\d{2,4})-\d{3,4}号"), r"\1号"),
    (re.compile(r"(\d+)号?-(\d+)号"), r"\1号附\2号"),
    (re.compile(r"(?<=[路街巷弄道段])(\d+)号?-(\d{1,2})$"), r"\1号附\2号"),
    (re.compile(r"(\d+)号?附(\d+)号?"), r"\1号附\2号"),
)
STOPS: Final = ",，、;；。.!?:：/|…~"
STOP: Final = re.compile(rf"[{STOPS}]")
STOP_IN_NUMBERS: Final = re.compile(rf"(?<=[0-9A-Za-z])[{STOPS}]+(?=[0-9])")
STOP_ELSEWHERE: Final = re.compile(rf"(?<![0-9A-Za-z])[{STOPS}]+|[{STOPS}]+(?![0-9])")


def silent(name: str, text: str) -> None:
    """Tell nobody."""


def fold_width(text: str) -> str:
    """Full-width to half-width (NFKC), blanks and odd separators out."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", text))


def simplify(text: str) -> str:
    """Traditional characters to simplified ones; skipped when there is none, because it costs most of the time."""
    return text if _traditional().isdisjoint(text) else str(_converter().convert(text))


def drop_brackets(text: str) -> str:
    """What stands in brackets is a remark: (原…) (附近) 【…】. An unclosed bracket is only taken off."""
    if BRACKETS.search(text) is None:
        return text
    return BRACKETS.sub("", REMARK.sub("", text)) or BRACKETS.sub("", text)


def drop_speech(text: str) -> str:
    """Words around an address: 我住在…, 地址是…, …这里."""
    before = SPEECH_BEFORE.sub("", text, count=1)
    return SPEECH_AFTER.sub("", before or text)


def digits_for_numerals(text: str) -> str:
    """Chinese numerals become digits where a number is meant: before or behind a unit word, at the end (十二号)."""
    text = FLOOR_BEHIND_SUB.sub(r"\1号", text)
    text = ROOM_NUMBER.sub(lambda m: DIGITS.get(m.group(1), m.group(1)), text)
    text = CHINESE_NUMBER.sub(lambda m: number_of(m.group(1)), text)
    return AFTER_UNIT.sub(lambda m: number_of(m.group(1)), text)


def one_building_word(text: str) -> str:
    """幢, 座, 号楼 and # become 栋; a # behind a road's number is 号, and 12号楼下 of a road stays a plate."""
    if "#" in text:
        text = ROAD_PLATE.sub(r"\1号", text)
    if "号楼" in text:
        text = PLATE_DOWNSTAIRS.sub(r"\1号", text)
    return DOOR_AS_UNIT.sub("单元", BUILDING.sub("栋", text))


def sub_plates(text: str) -> str:
    """12号-3号 and 12号-3 at the end are a plate and its sub-plate, before `dashes` takes the dash away."""
    text = DASH.sub("-", text)
    return SUB_PLATE.sub(r"\1号附\2号", text) if "-" in text else text


def dashes(text: str) -> str:
    """3-2-501 behind a name or a plate is building, unit, room; 3-501 is building and room, but not behind a road.

    5-1 behind a unit, 2-5-1 behind a building and 3-2-5-1 say the floor and the flat on it.
    """
    if "-" in text:
        for rule, form in DASHES:
            text = rule.sub(form, text)
    return text


def sub_numbers(text: str) -> str:
    """12号之3, 12号附3号, 12-3号 become 12号附3号; 附 stands for 之."""
    if "-" in text or "之" in text or "附" in text:
        for rule, form in SUB_NUMBERS:
            text = rule.sub(form, text)
    return text


def soft_breaks(text: str) -> str:
    """Commas and the like out, but between two numbers, where one stays as a comma."""
    if STOP.search(text) is None:
        return text
    return STOP_ELSEWHERE.sub("", STOP_IN_NUMBERS.sub(",", text))


STEPS: Final[tuple[Callable[[str], str], ...]] = (
    fold_width, simplify, drop_brackets, drop_speech, unit_words, digits_for_numerals, one_building_word,
    sub_plates, dashes, sub_numbers, soft_breaks,
)  # fmt: skip
"""Order matters: numerals, unit words, dashes, sub-numbers; see test_address_normalise."""


def normalise(text: str, trace: Trace = silent) -> str:
    """The standard form. `trace(step, text)` is called after each step."""
    for step in STEPS:
        text = step(text)
        if trace is not silent:
            trace(step.__name__, text)
    return text


@cache
def _traditional() -> frozenset[str]:
    """Every character that the simplification changes."""
    convert = _converter().convert
    return frozenset(c for c in map(chr, range(0x4E00, 0xA000)) if convert(c) != c)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
