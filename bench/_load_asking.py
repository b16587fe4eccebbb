"""What the load bench asks a site for, found out from the site itself: codes, names, words, reports."""

import random
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json import loads
from typing import Any, Final

SEEDS: Final = ("社区", "街道", "花园", "小区", "大道", "一段", "1号", "2号", "12号", "3栋", "新村", "1组")
"""Words with which the register is felt for; what they lead to is what is asked."""
PAGES: Final = 8
PAGE: Final = 50
DIVISION: Final = re.compile(r"^(?:.{2,8}?(?:街道|镇|乡))?(?:.{2,8}?(?:社区|村))?")
HAN: Final = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `route` is lookup, search or post; `kind` says what sort of words a search has."""

    route: str
    kind: str
    method: str
    target: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Known:
    """What was found on the site."""

    codes: list[str]
    names: list[str]
    services: list[str]


def explore(base: str) -> Known:
    """Look around on a site. The answer is empty when it has no addresses."""
    found: dict[str, str] = {}
    for word in SEEDS:
        for page in range(1, PAGES + 1):
            told = _get(base, f"/api/address?{urllib.parse.urlencode({'q': word, 'size': PAGE, 'page': page})}")
            found |= {one["code"]: one["name"] for one in told["items"]}
            if not told["has_more"]:
                break
    services = [one["service_code"] for one in _get(base, "/open311/v2/services.json")]
    return Known(list(found), list(found.values()), services)


def asks(known: Known, rng: random.Random, search_share: float) -> Iterator[Ask]:
    """GETs without end: look-ups by code and searches, each sort of search as often as another."""
    kinds = list(KINDS.items())
    while True:
        if rng.random() >= search_share:
            yield Ask("lookup", "", "GET", f"/api/address/{rng.choice(known.codes)}")
            continue
        kind, words = rng.choice(kinds)
        at = rng.randrange(len(known.codes))
        typed = words(known.names[at], known.codes[at], rng)
        yield Ask("search", kind, "GET", f"/api/address?{urllib.parse.urlencode({'q': typed})}")


def posts(known: Known, rng: random.Random) -> Iterator[Ask]:
    """Reports without end, each different and at an address of the site."""
    while True:
        form = {
            "service_code": rng.choice(known.services),
            "description": f"压力测试 {rng.getrandbits(48):x}：楼下夜里很吵，请派人看一看",
            "address_string": rng.choice(known.names),
        }
        yield Ask("post", "", "POST", "/open311/v2/requests.json", urllib.parse.urlencode(form).encode())


def _two(name: str, _code: str, rng: random.Random) -> str:
    words = HAN.findall(name)
    word = rng.choice(words) if words else name
    at = rng.randrange(max(1, len(word) - 1))
    return word[at : at + 2]


def _start(name: str, _code: str, rng: random.Random) -> str:
    plain = DIVISION.sub("", name) or name
    return plain[: rng.randint(2, max(2, len(plain)))]


def _pieces(name: str, _code: str, _rng: random.Random) -> str:
    town = re.match(r".{2,8}?(?:街道|镇|乡)", name)
    return f"{town.group() if town else ''} {DIVISION.sub('', name)}".strip()


def _sound(name: str, _code: str, _rng: random.Random) -> str:
    from pypinyin import lazy_pinyin

    words = HAN.findall(DIVISION.sub("", name)) or HAN.findall(name)
    return "".join(one[0] for one in lazy_pinyin(words[0][:3])) if words else "lu"


KINDS: Final[dict[str, Callable[[str, str, random.Random], str]]] = {
    "two characters": _two,
    "beginning": _start,
    "without division": lambda name, _code, _rng: DIVISION.sub("", name) or name,
    "with division": lambda name, _code, _rng: name,
    "town and rest": _pieces,
    "code": lambda _name, code, _rng: f"{code[:4]}-{code[4:8]}-{code[8:]}".lower(),
    "code begun": lambda _name, code, rng: code[: rng.randint(5, 9)],
    "letters of the sound": _sound,
}


def _get(base: str, target: str) -> Any:
    with urllib.request.urlopen(base + target, timeout=30) as answer:  # noqa: S310 - the site that was named
        return loads(answer.read())
