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
GROUP: Final = re.compile(rf"^(?:([0-9]+|[{HAN}]{{1,2}}(?=组))(?:村民小组|小组|组|社|队|邻))")
DIVISIONS: Final = (("province", PROVINCE), ("city", CITY), ("county", COUNTY), ("town", TOWN), ("village", VILLAGE))
WHOLE_ADDRESS: Final = re.compile(
    rf"[{HAN}]{{2}}[0-9A-Za-z]+(?:栋|单元|室)|[路街巷弄道段][0-9]+号|[0-9]+[组社队](?:[0-9]+号|[0-9]+$)"
)
"""Words before a known name that are an address themselves: the known name is only a landmark of it."""
NAMED: Final = re.compile(rf"(?!大道|路|街|花园|小区|新城|[东南西北中]路)[{HAN}]{{3}}|[{HAN}]{{2}}[0-9]")
LONGEST_PREFIX: Final = 40


def opened(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """The text from where its address begins; divisions are put into `said`, skipped words into `said["poi"]`.

    A county, city or province that is not home is put into `said["foreign"]`.
    """
    if (foreign := names.neighbours.named_in(_before(text, names), text)) != "":
        said["foreign"] = foreign
        return divisions(text, names, said)
    text = divisions(text, names, said)
    if names.inner.at(text, 0) is None:
        text = _without_stems(text, names, said)
    found = names.inner.find(text)
    if found is None or found[1] == 0 or GROUP.match(text) or WHOLE_ADDRESS.search(text[: found[1]]):
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
        told = _division(text, names, said)
        if told is None:
            break
        key, name, end = told
        said.setdefault(key, name)
        text = text[end:]
    return text


def _without_stems(text: str, names: Gazetteer, said: dict[str, str]) -> str:
    """四川德阳旌阳 off the start, where a longer name of its own follows (德阳汉江路, but not 德阳大道)."""
    again = True
    while again and names.site.at(text, 0) is None:
        again = False
        for stem, name in names.neighbours.stems.items():
            rest = text.removeprefix(stem)
            if rest != text and (NAMED.match(rest) or rest.startswith(tuple(names.neighbours.stems))):
                said.setdefault(names.neighbours.kinds.get(name, "city"), name)
                text, again = rest, True
                break
    return divisions(text, names, said)


def _division(text: str, names: Gazetteer, said: dict[str, str]) -> tuple[str, str, int] | None:
    """(the element, the name, its length): a known division at the start, else what a classifying word cuts off."""
    known = names.site.at(text, 0)
    if known is not None and "foreign" not in said:
        return _known(text, known, names)
    for key, rule in DIVISIONS:
        if (told := rule.match(text)) is not None:
            if "foreign" not in said and holds_name(text, told.end(), names):
                return None
            return _kind(key, told.group(), names, said), told.group(), told.end()
    return None


def _kind(key: str, name: str, names: Gazetteer, said: dict[str, str]) -> str:
    """The element a name is: as it is listed, else a 市 below a city is a county, and one below a county a town."""
    if key in ("city", "county"):
        key = names.neighbours.kinds.get(name, key)
    if key == "city" and said.get("city", name) != name:
        return "county"
    return "town" if key == "city" and said.get("county", "").endswith("县") else key


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
    name = names.site.spelled[spelling]
    return names.neighbours.kinds.get(name, "city"), name, end


def holds_name(text: str, end: int, names: Gazetteer) -> bool:
    """Whether a known name begins inside: then the classifying word has bitten off too much."""
    return names.site.find(text, 1, end - 1) is not None
