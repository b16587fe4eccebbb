"""What may be shown of personal data, and free text without it (pure; trust.md §4).

Masking free text leans to the safe side: a word too many is starred rather than a name too few, but addresses,
times and the matter itself must stay readable, because handlers work from the masked text.
"""

import re
from collections.abc import Callable, Iterable

from registry.surnames import COMPOUND, NOT_IN_NAMES, SINGLE, surname_length

STAR = "*"
PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SPOKEN = "零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
HALF_WIDTH = str.maketrans("０１２３４５６７８９＠", "0123456789@")
HAN = "\u3400-\u9fff\U00020000-\U0003ffff"

_COMPOUNDS = "|".join(sorted(COMPOUND))
_SURNAME = f"(?:{_COMPOUNDS}|(?!{_COMPOUNDS})[{''.join(sorted(SINGLE))}])"  # 欧阳* is not 欧 and a given name
TITLES = ("先生", "女士", "小姐", "同志", "师傅", "老师", "医生", "律师", "经理")
_GIVEN = f"[{HAN}]"
_PAUSE = r"(?=$|[\s，。、；：！？,.;:!?()（）\[\]【】“”\"'/\d])"


def mask_name(name: str | None) -> str:
    """Family name and one star for each further character: 张** ; compound family names keep both characters.

    Names in Latin letters keep their first letter. Dots and spaces inside stay. Empty for nothing.
    """
    text = (name or "").strip()
    keep = surname_length(text)
    return text[:keep] + "".join(char if char in "·•・ .-" else STAR for char in text[keep:])


def mask_phone(phone: str | None) -> str:
    """138****5678 for mobiles, 028-****5678 for land lines, the last two of anything shorter. Empty for nothing."""
    digits = "".join(char for char in (phone or "") if char.isdecimal())
    if not digits:
        return ""
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if len(digits) == 11 and digits[0] == "1":
        return f"{digits[:3]}****{digits[-4:]}"
    if digits[0] == "0" and len(digits) in (10, 11, 12):
        area = 3 if digits[1] in "12" else 4
        return f"{digits[:area]}-{STAR * (len(digits) - area - 4)}{digits[-4:]}"
    keep = 4 if len(digits) >= 8 else 2
    return STAR * max(len(digits) - keep, 4) + digits[-keep:]


def mask_id(number: str | None) -> str:
    """Stars and the last two characters. Empty for nothing."""
    text = (number or "").strip()
    return STAR * max(len(text) - 2, 0) + text[-2:]


def mask_room(address: str) -> str:
    """An address down to the building: the room number becomes **室."""
    return re.sub(r"(?<=[^\d])[\dA-Za-z]{1,6}(?:[-－]\d{1,4})?(?:室|号房|户)?$", "**室", address)


def fold_digits(text: str) -> str:
    """Full-width digits as ASCII ones, nothing else changed."""
    return text.translate(HALF_WIDTH)


def _stars(found: re.Match[str]) -> str:
    return STAR * len(found.group())


def _phone(found: re.Match[str]) -> str:
    return mask_phone("".join(str(int(char)) for char in found.group() if char.isdecimal()))


def _id_number(found: re.Match[str]) -> str:
    return mask_id(re.sub(r"[\s-]", "", found.group()))


def _card(found: re.Match[str]) -> str:
    """Only numbers whose Luhn digit is right, as bank cards have it; order numbers of the same length stay."""
    digits = [int(char) for char in found.group() if char.isdecimal()]
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    if sum(doubled) % 10:
        return found.group()
    return STAR * (len(digits) - 4) + "".join(map(str, digits[-4:]))


def _plate(found: re.Match[str]) -> str:
    return f"{found['place']}***{found['tail'][-2:]}"


def _labelled(found: re.Match[str]) -> str:
    return found["label"] + STAR * len(found["value"])


def _named(found: re.Match[str]) -> str:
    name = found["name"]
    if name.endswith(TITLES) or any(char in NOT_IN_NAMES for char in name[surname_length(name) :]):
        return found.group()
    return found["label"] + mask_name(name)


def _titled(found: re.Match[str]) -> str:
    name = found["name"]
    if any(char in NOT_IN_NAMES for char in name[surname_length(name) :]):
        return found.group()
    return mask_name(name) + found["title"]


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

# Numbers: longest first, so that no shorter rule bites into a longer number.
NUMBER_RULES: tuple[Rule, ...] = (
    (re.compile(r"[A-Za-z\d._+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+"), _stars),
    (re.compile(r"(?<!\d)[1-9]\d{5}[\s-]?(?:18|19|20)\d{2}[\s-]?\d{4}[\s-]?\d{3}[\dXxＸｘ](?![\dA-Za-z])"), _id_number),
    (re.compile(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"), _id_number),
    (re.compile(r"(?P<label>(?:身份证|证件)(?:号码?)?[为是:：\s]{0,3})(?P<value>[\dXx]{8,18})"), _labelled),
    (re.compile(r"(?<!\d)(?:\d{4}[ -]){3}\d{4}(?:[ -]?\d{1,3})?(?!\d)"), _card),
    (re.compile(r"(?<!\d)\d{16,19}(?!\d)"), _card),
    (re.compile(r"(?<![\d.])(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"), _phone),
    (re.compile(r"(?<!\d)[（(]?0\d{2,3}[)）]?[-—－\s]?\d{7,8}(?!\d)"), _phone),
    (
        re.compile(
            r"(?P<label>(?:电话|座机|手机|致电|拨打|联系方式|号码)(?:号码?)?[为是:：\s]{0,3})(?P<value>\d{7,12})(?!\d)"
        ),
        _labelled,
    ),
    (re.compile(r"(?P<label>(?:微信|QQ|qq|Ｑ\s*Ｑ)号?[为是:：\s]{0,3})(?P<value>[A-Za-z\d_-]{5,20})"), _labelled),
    (
        re.compile(rf"(?P<place>[{PLATE_PROVINCES}][A-HJ-NP-Z])[·•\s-]?(?P<tail>[A-HJ-NP-Z\d]{{5,6}})(?![A-Za-z\d])"),
        _plate,
    ),
)
SPOKEN_RULES: tuple[Rule, ...] = (
    (re.compile(rf"(?<![{SPOKEN}])[一幺壹][三四五六七八九叁肆伍陆柒捌玖][{SPOKEN}]{{9}}(?![{SPOKEN}])"), _stars),
)

NAME_RULES: tuple[Rule, ...] = (
    # 我叫… , 姓名：… : what follows is a name whatever comes after it
    (
        re.compile(
            rf"(?P<label>(?:我(?:的名字)?叫|本人叫|名叫|(?:我|本人)(?:的)?姓名[是为]?|姓名|联系人|来电人|反映人|投诉人|举报人|信访人"
            rf"|申请人|当事人|负责人)[是为:：\s]{{0,2}})(?P<name>{_SURNAME}{_GIVEN}{{1,2}})"
        ),
        _named,
    ),
    # 我是张三， : only when the name ends there, because 我是文庙街居民 begins the same way
    (re.compile(rf"(?P<label>(?:我是|本人是?))(?P<name>{_SURNAME}{_GIVEN}{{1,2}}){_PAUSE}"), _named),
    # 邻居王建国在… : a person of the story, when the word after fits
    (
        re.compile(
            rf"(?P<label>邻居|业主|住户|房东|租客|租户|村民|居民|户主|老板|员工|工友|丈夫|老公|妻子|老婆|儿子|女儿|父亲|母亲)"
            rf"(?P<name>{_SURNAME}{_GIVEN}{{1,2}})(?=$|[，。、；,;（(\s的在将把向对跟称说家因于]|经常|天天|总是|长期|多次|一直|拖欠)"
        ),
        _named,
    ),
    (
        re.compile(rf"(?P<name>{_SURNAME}{_GIVEN}{{1,2}})(?P<title>{'|'.join(TITLES)})"),
        _titled,
    ),
)


def mask_text(text: str, known: Iterable[str] = ()) -> str:
    """Free text with phones, identity numbers, cards, plates, mail and names starred; full-width digits become ASCII.

    `known` are names that must not show wherever they stand (the reporter's own). Idempotent: masking twice changes
    nothing more.
    """
    text = fold_digits(text)
    for name in known:
        if name and len(name) > 1:
            text = text.replace(name, mask_name(name))
    if any(char.isdecimal() for char in text) or "@" in text:
        text = _apply(NUMBER_RULES, text)
    return _apply(NAME_RULES, _apply(SPOKEN_RULES, text))


def _apply(rules: Iterable[Rule], text: str) -> str:
    for pattern, change in rules:
        text = pattern.sub(change, text)
    return text
