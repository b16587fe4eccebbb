"""What a heard text asks for: each known name with the numbers beside it (pure)."""

import re
from itertools import pairwise
from typing import Final, NamedTuple

from address.hearing import FILLER, HAN, Heard, Number, Run
from address.repair import ADDED_WORDS
from address.roles import Slots, read

ASKED: Final = ("estate", "road", "quarter", "village")
WHOLE: Final = frozenset("BUG")
"""Words behind numbers that only an address has."""
UNKNOWN_TOWN: Final = re.compile(rf"[{HAN}]{{2,6}}(?:街道办事处|街道办|街道|镇|乡)$")
NAMED_GROUP: Final = re.compile(rf"[,的]?([{HAN}]{{1,2}})(?:村民)?小?组[,的]?")
ENDED: Final = re.compile(rf"(?:{'|'.join(sorted(ADDED_WORDS, key=len, reverse=True))})")
CROSSING: Final = re.compile(r"[与和跟同及,]")
CROSSED: Final = re.compile(r"的?(?:交叉|交汇|交界|相交|路口|十字|[东南西北]+角)")
PRIORITY: Final = {"estate": 0, "road": 1, "quarter": 1, "village": 2}


NO_NUMBERS: Final = (Slots(),)


class Ask(NamedTuple):
    """A name, the ways to read the numbers beside it, and where in the text this ends."""

    kind: str
    name: str
    readings: tuple[Slots, ...]
    start: int
    end: int
    faults: tuple[str, ...] = ()


class Said(NamedTuple):
    """The divisions of a text, the road and number named with it, and whether a town is named that is not ours."""

    town: str = ""
    village: str = ""
    road: str = ""
    number: str = ""
    has_unknown_town: bool = False


def asks_of(heard: Heard) -> tuple[list[Ask], set[int], list[Run]]:
    """(the asks, the likeliest first; where runs with a name begin; runs without one that only an address has)."""
    mentions, runs = heard.mentions, heard.runs
    found: list[tuple[int, int, Ask]] = []
    owned: set[int] = set()
    for at, mention in enumerate(mentions):
        for sense in mention.senses:
            if sense.kind not in ASKED:
                continue
            ask, run = _ask(heard, at, sense.kind, sense.name, (sense.fault,) if sense.fault else ())
            if ask is not None:
                rank = 6 if run is None else PRIORITY[sense.kind] + 3 * bool(sense.fault)
                found.append((rank, at, ask))
            if run is not None:
                owned.add(run.start)
    found.sort(key=lambda one: one[:2])
    loose = [
        run for run in runs
        if run.start not in owned and not WHOLE.isdisjoint([number.sign for number in run.numbers])
        and (len(run.numbers) > 1 or run.numbers[0].sign != "G")
    ] if len(owned) < len(runs) else []  # fmt: skip
    return [ask for _, _, ask in found], owned, loose


def _ask(heard: Heard, at: int, kind: str, name: str, faults: tuple[str, ...]) -> tuple[Ask | None, Run | None]:
    text, mentions, runs = heard.text, heard.mentions, heard.runs
    mention = mentions[at]
    end, lane = mention.end, ""
    following = mentions[at + 1] if at + 1 < len(mentions) else None
    if kind == "road" and following is not None and following.start == end and following.senses[0].kind == "lane":
        lane, end = following.senses[0].name, following.end
        following = mentions[at + 2] if at + 2 < len(mentions) else None
    limit = following.start if following is not None else len(text)
    before = mentions[at - 1].end if at else 0
    if limit == end and before == mention.start:
        runs = []
    for run in runs:
        if end <= run.start < limit:
            told = _gap(text[end : run.start], kind)
            if told is None:
                if kind == "estate":  # 真建花园B区2栋 is not in 真建花园
                    return None, None
                break
            group, more = told
            readings = _readings(kind, run.numbers, group, lane)
            if readings:
                return Ask(kind, name, readings, mention.start, run.end, faults + more), run
            break
    for run in reversed(runs):
        if before <= run.start and run.end <= mention.start:
            if FILLER.fullmatch(text, run.end, mention.start) is None or _is_taken(text, run, before, at):
                break
            readings = _readings(kind, _turned(run.numbers), "", lane)
            if readings:
                return Ask(kind, name, readings, run.start, end, (*faults, "order.turned")), run
            break
    if kind == "estate":
        return Ask(kind, name, NO_NUMBERS, mention.start, end, faults), None
    return None, None


def _is_taken(text: str, run: Run, before: int, at: int) -> bool:
    """Whether a run before a name belongs to the name before it."""
    return at > 0 and FILLER.fullmatch(text, before, run.start) is not None


def _turned(numbers: tuple[Number, ...]) -> tuple[Number, ...]:
    return tuple(reversed(numbers))


def _readings(kind: str, numbers: tuple[Number, ...], group: str, lane: str) -> tuple[Slots, ...]:
    """The ways to read a run; when there is none, of as many of its first numbers as can be read."""
    readings = read(kind, numbers)
    while not readings and len(numbers) > 1:
        numbers = numbers[:-1]
        readings = read(kind, numbers)[:1]
    if group or lane:
        readings = tuple(slots._replace(group=slots.group or group, lane=lane + slots.lane) for slots in readings)
    return readings


def _gap(gap: str, kind: str) -> tuple[str, tuple[str, ...]] | None:
    """(a group that is a name, faults) of what stands between a name and its numbers; None when that is unknown."""
    if not gap or FILLER.fullmatch(gap) is not None:
        return "", ()
    if kind == "village" and (named := NAMED_GROUP.fullmatch(gap)) is not None:
        return named.group(1), ()
    if kind == "estate" and (ended := ENDED.match(gap)) is not None and FILLER.fullmatch(gap, ended.end()) is not None:
        return "", ("name.short",)
    return None


def said_of(heard: Heard, asks: list[Ask]) -> Said:
    """The divisions that are named, and the plate beside an estate."""
    town = village = road = number = ""
    has_unknown_town = False
    text, mentions = heard.text, heard.mentions
    for at, mention in enumerate(mentions):
        sense = mention.senses[0]
        if sense.kind == "town":
            town = town or sense.name
        elif sense.kind == "village":
            village = village or sense.name
        elif sense.kind == "road":
            road = road or sense.name
        if not town and not at and mention.start >= 3 and sense.kind in ("village", "road", "estate"):
            has_unknown_town = UNKNOWN_TOWN.search(text, 0, mention.start) is not None
        elif not town and at and mention.start - mentions[at - 1].end > 2 and sense.kind in ASKED:
            has_unknown_town |= UNKNOWN_TOWN.search(text, mentions[at - 1].end, mention.start) is not None
    if road:
        number = next((ask.readings[0].number for ask in asks if ask.kind == "road" and ask.name == road), "")
    return Said(town, village, road, number, has_unknown_town)


def crossing_in(heard: Heard) -> tuple[str, str] | None:
    """The names of two roads that a text names as crossing each other."""
    roads = [mention for mention in heard.mentions if mention.senses[0].kind == "road"]
    for one, other in pairwise(roads):
        is_joined = CROSSING.fullmatch(heard.text, one.end, other.start) is not None
        if is_joined and CROSSED.match(heard.text, other.end) is not None:
            return one.senses[0].name, other.senses[0].name
    return None


class Stretch(NamedTuple):
    """Words that may be a misspelt name, and how many of their last characters such a name has at least."""

    words: str
    at_least: int = 2
    is_longer: bool = False
    """Whether it makes a known name longer: then it must nearly be another in full."""
    is_behind: bool = False
    """Whether it stands behind the numbers, which are told from the room up."""
    is_anchored: bool = False
    """Whether a known name or a number stands right before it."""


def stretches_before(heard: Heard, run: Run, *, is_owned: bool) -> list[Stretch]:
    """What may be the misspelt name before a run: the words behind the last name, or that name with words around it."""
    text = heard.text
    begins = max((other.end for other in heard.runs if other.end <= run.start), default=0)
    inside = [mention for mention in heard.mentions if begins <= mention.start and mention.end <= run.start]
    if not inside:
        words = "" if is_owned else _tidy(text[begins : run.start])
        return [Stretch(words, is_anchored=begins > 0)] if len(words) > 1 else []
    last = inside[-1]
    before = inside[-2].end if len(inside) > 1 else begins
    found = []
    if not is_owned:
        if len(words := _tidy(text[last.end : run.start])) > 1:
            found.append(Stretch(words, is_anchored=True))
        words = _tidy(text[last.start : run.start])
        found.append(Stretch(words, len(words)))
    if before < last.start and len(words := _tidy(text[before : run.start])) > last.end - last.start:
        found.append(Stretch(words, len(_tidy(text[last.start : run.start])) + 1, is_longer=True))
    return found


def stretch_behind(heard: Heard, run: Run) -> str:
    """What may be the misspelt name behind a run, where texts are told from the room up."""
    text = heard.text
    ends = min((other.start for other in heard.runs if other.start >= run.end), default=len(text))
    return _tidy(text[run.end : ends])


def _tidy(stretch: str) -> str:
    return FILLER_END.sub("", FILLER_START.sub("", stretch))


FILLER_START: Final = re.compile(r"^[,的\-/.| ]+")
FILLER_END: Final = re.compile(r"[,的\-/.| 第]+(?:里面|里|内)?$")
