"""What a text says, before anything is decided: known names, and numbers with the words behind them (pure).

Names are found first, wherever they stand; only what is left between them is searched for numbers, so that 三洞桥 and
二段 stay names. A number keeps the sign of the word behind it: N 号, B 栋, U 单元, F 楼, R 室, G 组, L 巷, S 附, H #,
and - when there is none or none that is known.
"""

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

from address.lexicon import Mention
from address.lookalike import BUILDING, DAN, FLOOR, NUMBER, YUAN
from address.numerals import DIGITS, NUMERALS, number_of

HAN: Final = "\u4e00-\u9fff"
D: Final = f"0-9{NUMERALS}"
COUNTED: Final = "年月日天个点多次人位只辆米厘平岁分块度级万千几期区段中路半周星家起"
"""Behind these a number counts something, or belongs to a name (二期, 三段)."""
PREFIX: Final = frozenset("附之副付负")
COMPASS: Final = "东南西北甲乙丙丁"
NUMBER_AT: Final = re.compile(rf"[{D}A-Z{COMPASS}][{D}]*[A-Z甲乙丙丁]?")
SIGNS: Final = dict.fromkeys(COUNTED, "X") | dict(zip("幢座梯室层组队邻巷弄", "BBURFGGGLL", strict=True))
"""What one character behind a number says."""
WORD: Final = re.compile(
    rf"(?P<X>号线|公里|小(?!组)|日)"
    rf"|(?P<B>号楼(?![上下])|号[栋幢座]|栋楼?|#楼|[{BUILDING}](?=[{D}{DAN}第门-]|$))"
    rf"|(?P<U>单元|[{DAN}][{YUAN}]|门(?![口前面外卫])|单(?=[{D}]))"
    rf"|(?P<R>号室|号?房间?(?![子东产屋])|号?户(?![人主外]))"
    rf"|(?P<F>楼|[{FLOOR}](?=[{D}]|$))|(?P<H>#)"
    rf"|(?P<N>号院?|[{NUMBER}](?=[附{D},楼]|$))|(?P<G>村民小组|小组|社(?!区)|[射设舍祖阻租](?=[{D}]))"
)
MAYBE: Final = frozenset(f"号公小栋#单门房户楼社村{BUILDING}{DAN}{FLOOR}{NUMBER}射设舍祖阻租")
PLAIN_NUMBER: Final = frozenset("楼栋幢座线室房户院")
USUAL: Final = re.compile(
    r"([0-9]{1,3})(栋|幢|座|号楼|#|-)(?:([0-9]{1,2})(单元|门|-))?(?:([0-9]{1,2})楼)?([0-9]{1,4})(室|号|房)?"
    r"|([0-9]{1,4})(号|#)?(?:([附之-])([0-9]{1,3})(号)?)?"
    r"|([0-9]{1,2})(?:组|社|村民小组|小组)([0-9]{1,4})(号)?"
)
"""Most tails, read at once: the same as `_gather` would, which a test compares."""
SIGN_OF_USUAL: Final = {
    "栋": "B", "幢": "B", "座": "B", "号楼": "B", "#": "H", "-": "-", "单元": "U", "门": "U", "室": "R", "房": "R",
    "号": "N", None: "-",
}  # fmt: skip
JOINT: Final = re.compile(r"[-,/.|的第 ]*(?:小区|院)?(?:内|里面?|中)?[-,/.|的第 ]*")
"""What may stand between two numbers of one address."""
UNKNOWN_UNIT: Final = re.compile(rf"[{HAN}]{{1,2}}")
ENDING: Final = re.compile(rf"$|[-,/.|#()的{D}]|附|之")
FILLER: Final = re.compile(
    r"[,的\-/.| ]*(?:上|那边?|这边?|附近|里面|里|内|院内|大院|院子?|小区[内里]面?)?[,的\-/.| 第]*"
)
FIRST_OF_NUMBER: Final = frozenset("0123456789" + NUMERALS)
SHORT_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
ASCII_DIGIT: Final = frozenset("0123456789")
LONGEST: Final = 6
"""Digits of the longest number of an address; what is longer is a telephone."""
BLANK_IN_NUMBERS: Final = re.compile(r"(?<=[0-9]) +(?=[0-9])")
LETTER_FOR_DIGIT: Final = re.compile(r"(?<=[0-9])(?:O(?=[0-9室号房])|[LI](?=[0-9室号房]|$))")
FLOOR_BEHIND_SUB: Final = re.compile(rf"([之附][0-9]+)(?=[{NUMERALS}]+[楼层])")
"""17号之6四楼: not the 64th."""
BLANK: Final = "_"
"""Stands for a blank between two digits: whether it means anything is seen later."""
REMARK: Final = re.compile(r"\([^()]*\)")


class Number(NamedTuple):
    """A number as it was said: the sign of its word, its bare value, whether a dash stands before it."""

    sign: str
    value: str
    is_dashed: bool


class Run(NamedTuple):
    """Numbers that follow each other, and where in the text they stand."""

    start: int
    end: int
    numbers: tuple[Number, ...]


class Heard(NamedTuple):
    """A text with its names and runs of numbers, in their order."""

    text: str
    mentions: list[Mention]
    runs: list[Run]
    whole: str
    """The text with what stands in brackets."""


class _Signs(dict[int, str]):
    """What each character becomes; what is not listed is brought to its compatible form and remembered."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        told = " " if plain.isspace() else plain if ord(plain[0]) == code else plain.translate(self)
        self[code] = told
        return told


@cache
def _signs() -> _Signs:
    """One character for each: traditional to simplified, capital numerals, brackets, stops and dashes."""
    from opencc import OpenCC

    han = [chr(code) for code in range(0x4E00, 0xA000)]
    plain = str(OpenCC("t2s").convert("\n".join(han))).split("\n")
    table = _Signs({ord(a): b for a, b in zip(han, plain, strict=True) if a != b and len(b) == 1})
    table |= {ord(a): b for a, b in zip("[【{〔〖〈《「『", "(" * 9, strict=True)}
    table |= {ord(a): b for a, b in zip("]】}〕〗〉》」』", ")" * 9, strict=True)}
    table |= {ord(a): "," for a in "，、;；。!?:：…\\"} | {ord(a): "-" for a in "－—–_~―−"}
    table |= {ord(a): "" for a in "\u200b\u200c\u200d\ufeff\"'“”‘’`"}
    table |= {ord(a): "." for a in "·•∙・"}
    table |= dict(zip(map(ord, "壹贰叁肆伍陆柒捌玖拾佰〇貳參陸"), "一二三四五六七八九十百零二三六", strict=True))
    table |= {ord(a): a.upper() for a in "abcdefghijklmnopqrstuvwxyz"}
    return table


def fold(text: str) -> str:
    """Half-width, simplified, upper case, one kind of bracket, stop and dash; no blanks, `BLANK` between two digits."""
    text = text.translate(_signs())
    if "之" in text or "附" in text:
        text = FLOOR_BEHIND_SUB.sub(r"\1号", text)
    if " " in text:
        text = BLANK_IN_NUMBERS.sub(BLANK, text).replace(" ", "")
    if "O" in text or "L" in text or "I" in text:
        text = LETTER_FOR_DIGIT.sub(lambda m: "0" if m[0] == "O" else "1", text)
    return text


def without_remarks(text: str) -> str:
    """What stands in brackets out, if anything is left; brackets that stay are stops."""
    if "(" in text or ")" in text:
        text = (REMARK.sub("", text) or text).replace("(", ",").replace(")", ",")
    return text


def runs_of(text: str, mentions: list[Mention]) -> list[Run]:
    """The runs of numbers between the names."""
    runs: list[Run] = []
    at = 0
    for mention in mentions:
        if mention.start > at:
            if not at or (usual := _usual(text, at, mention.start)) is None:
                _gather(text, at, mention.start, runs, is_after_name=at > 0)
            else:
                runs.append(usual)
        at = mention.end
    if at < len(text):
        if not at or (usual := _usual(text, at, len(text))) is None:
            _gather(text, at, len(text), runs, is_after_name=at > 0)
        else:
            runs.append(usual)
    return runs


def _usual(text: str, start: int, end: int) -> Run | None:
    """The run that fills a stretch, when it is one of the usual ones."""
    found = USUAL.fullmatch(text, start, end)
    if found is None:
        return None
    building, word, unit, unit_word, floor, room, room_word, plate, plate_word, mark, sub, sub_word = found.groups()[
        :12
    ]
    sign_of = SIGN_OF_USUAL
    if building is not None:
        numbers = [_number(sign_of[word], number_of(building), False)]
        is_dashed = word == "-"
        if unit is not None:
            numbers.append(_number(sign_of[unit_word], number_of(unit), is_dashed))
            is_dashed = unit_word == "-"
        if floor is not None:
            numbers.append(_number("F", number_of(floor), is_dashed))
            is_dashed = False
        numbers.append(_number(sign_of[room_word], number_of(room), is_dashed))
    elif plate is not None:
        numbers = [_number(sign_of[plate_word], number_of(plate), False)]
        if sub is not None:
            numbers.append(_number("S" if mark != "-" else sign_of[sub_word], number_of(sub), mark == "-"))
    else:
        group, house, house_word = found.groups()[12:]
        numbers = [_number("G", number_of(group), False), _number(sign_of[house_word], number_of(house), False)]
    return Run(start, end, tuple(numbers))


def _number(sign: str, value: str, is_dashed: bool) -> Number:
    return tuple.__new__(Number, (sign, value, is_dashed))


def _word(text: str, at: int, end: int) -> tuple[str | None, int]:
    """(the sign of the word behind a number, where the word ends); (None, `at`) when there is none that is known."""
    if at >= end:
        return None, at
    character, following = text[at], text[at + 1 : at + 2]
    if character == "号" and following not in PLAIN_NUMBER:
        return "N", at + 1
    if character == "栋" and following != "楼":
        return "B", at + 1
    if character == "单" and following == "元":
        return "U", at + 2
    if character in SIGNS:
        return SIGNS[character], at + 1
    if character in MAYBE and (found := WORD.match(text, at, end)) is not None:
        return found.lastgroup, found.end()
    return None, at


def _gather(text: str, start: int, end: int, runs: list[Run], *, is_after_name: bool) -> None:
    """The runs in one stretch of text without names."""
    numbers: list[Number] = []
    first, last, sign = start, start, ""
    for found in NUMBER_AT.finditer(text, start, end):
        here, stop = found.span()
        raw = found[0]
        told, last_of_word = _word(text, stop, end)
        if raw[0] in COMPASS and len(raw) > 1:
            raw, here = raw[1:], here + 1
        is_sub = (
            here > start
            and text[here - 1] in PREFIX
            and (text[here - 1] in "附之" or text[here - 2 : here - 1] == "号")
        )
        if is_sub:
            here -= 1
        before = text[last:here] if numbers else ""
        is_joined = bool(numbers) and (not before or JOINT.fullmatch(before) is not None)
        is_ascii = raw[0] in ASCII_DIGIT or raw[-1] in ASCII_DIGIT
        if told == "X" or len(raw) > LONGEST or (here and text[here - 1] == "月"):
            is_wanted = False
        elif raw[0] not in FIRST_OF_NUMBER:
            is_wanted = told in ("B", "H") or (told == "U" and is_joined) or (is_joined and raw[0] < "A") or (
                raw[0] < "[" and text[stop : stop + 1] == "-" and raw[-1] in SHORT_LETTERS)  # fmt: skip
        elif told is None and not is_ascii and not ASCII_DIGIT.intersection(raw):
            is_near = is_joined or (is_after_name and not numbers and here == start)
            is_wanted = is_near and (stop >= end or ENDING.match(text, stop) is not None)
        else:
            is_wanted = True
        if numbers and not is_joined and is_wanted and sign == "-" and is_ascii:
            is_joined = UNKNOWN_UNIT.fullmatch(before) is not None and numbers[-1].value.isascii()
        if numbers and not (is_wanted and is_joined):
            runs.append(Run(first, last, tuple(numbers)))
            numbers = []
        if not is_wanted:
            continue
        if not numbers:
            first = here
        value = number_of(raw)
        if told is None or (told == "F" and text[last_of_word : last_of_word + 1] in ("上", "下")):  # 1102楼上
            sign = "S" if is_sub else "-"
        else:
            sign = "S" if is_sub else told
            value = value + text[stop] if told == "L" else value
        numbers.append(_number(sign, value, "-" in before))
        last = last_of_word if sign != "-" else stop
    if numbers:
        runs.append(Run(first, last, tuple(numbers)))


__all__ = ["DIGITS", "FILLER", "HAN", "Heard", "Number", "Run", "fold", "runs_of", "without_remarks"]
