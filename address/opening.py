"""Where the address begins in what people say: a complaint, a prefix of other counties, an unknown name (pure)."""

import re
from typing import Final

from address.gazetteer import Gazetteer

HAN: Final = "\u4e00-\u9fff"
PROVINCE: Final = re.compile(rf"^(?:[{HAN}]{{2,3}}省|[{HAN}]{{2,4}}自治区|四川(?=[{HAN}]{{2,3}}市))")
CITY: Final = re.compile(rf"^[{HAN}]{{2,4}}?市(?![场民区政委])")
COUNTY: Final = re.compile(rf"^[{HAN}]{{1,4}}?(?:(?<![社小])区|县|旗)(?!域)")
TOWN: Final = re.compile(rf"^[{HAN}]{{1,6}}?(?:街道办事处|街道办|街道|镇|乡)(?!政府|中心)")
VILLAGE: Final = re.compile(
    rf"^[{HAN}]{{2,8}}?(?:社区居民委员会|居民委员会|村民委员会|社区居委会|居委会|村委会|社区|(?<!新)村(?!路|街|巷|道)|(?<!这)(?<!那)里)"
)
DIVISIONS: Final = (("province", PROVINCE), ("city", CITY), ("county", COUNTY), ("town", TOWN), ("village", VILLAGE))
WHOLE_ADDRESS: Final = re.compile(
    rf"[{HAN}]{{2}}[0-9A-Za-z]+(?:栋|单元|室)|[路街巷弄道段][0-9]+号|[0-9]+[组社队](?:[0-9]+号|[0-9]+$)"
)
"""Words before a known name that are an address themselves: the known name is only a landmark of it."""
LONGEST_PREFIX: Final = 40


def opened(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """The text from where its address begins; divisions are put into `said`, skipped words into `said["poi"]`.

    A county, city or province that is not home is put into `said["foreign"]`.
    """
    if (foreign := names.neighbours.named_in(_before(text, names))) != "":
        said["foreign"] = foreign
        return text
    text = divisions(text, names, said)
    found = names.inner.find(text)
    if found is None or found[1] == 0 or WHOLE_ADDRESS.search(text[: found[1]]):
        return text
    said["poi"] = text[: found[1]]
    return divisions(text[found[1] :], names, said)


def _before(text: str, names: Gazetteer) -> str:
    """The words before the first name of the site, or before the first digit when there is none."""
    if not names.neighbours.home:
        return ""
    if (found := names.inner.find(text)) is not None:
        return text[: found[1]][-LONGEST_PREFIX:]
    digit = re.search(r"[0-9]", text)
    return text[: digit.start() if digit else None][:LONGEST_PREFIX]


def divisions(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """Province to village; a doubled prefix is swallowed, skipped levels are fine."""
    for _ in range(10):
        told = _division(text, names)
        if told is None:
            break
        key, name, end = told
        if key == "city" and "county" in said and "town" not in said and said["county"].endswith("县"):
            key = "town"
        said.setdefault(key, name)
        text = text[end:]
    return text


def _division(text: str, names: Gazetteer) -> tuple[str, str, int] | None:
    """(the element, the name, its length): a known division at the start, else what a classifying word cuts off."""
    known = names.site.at(text, 0)
    if known is not None:
        return _known(text, known, names)
    for key, rule in DIVISIONS:
        if (told := rule.match(text)) is not None:
            return None if holds_name(text, told.end(), names) else (key, told.group(), told.end())
    return None


def _known(text: str, known: tuple[str, int], names: Gazetteer) -> tuple[str, str, int] | None:
    spelling, end = text[: known[1]], known[1]
    if (town := names.towns.spelled.get(spelling)) is not None:
        return "town", town, end
    if (village := names.villages.spelled.get(spelling)) is not None:
        return "village", village, end
    if spelling in names.counties.spelled:
        return "county", spelling, end
    if spelling in names.inner.spelled:
        return None
    return ("province" if spelling.endswith(("省", "区")) else "city"), spelling, end


def holds_name(text: str, end: int, names: Gazetteer) -> bool:
    """Whether a known name begins inside: then the classifying word has bitten off too much."""
    return names.site.find(text, 1, end - 1) is not None
