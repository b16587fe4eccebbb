"""How well an object fits what was said: agreements and faults in words, and a cost to order candidates by (pure)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from address.parse import Parts
from address.repair import sound

NEAR_NUMBERS: Final = 10
"""A house number that does not exist may be one of these neighbours."""
ALIKE_FROM: Final = 55.0
"""Ratio (0 … 100) from which a name is taken for a misspelling of another."""
NAMES_MOST: Final = 8


class Reason(StrEnum):
    """What speaks for or against a candidate. Values stand beside it in `Said`."""

    WAS_PLACED = "the system had put it here"
    NAME_SAME = "the name agrees"
    NAME_SOUNDS = "the name sounds alike"
    NAME_LOOKS = "the name looks alike"
    NUMBER_SAME = "the number agrees"
    NUMBER_NEAR = "the number does not exist, this is next to it"
    NUMBER_UNSAID = "no number was said"
    BUILDING_SAME = "the building agrees"
    BUILDING_OTHER = "the building does not exist, this is another"
    BUILDING_UNSAID = "no building was said"
    TOWN_OTHER = "in another town"
    VILLAGE_OTHER = "in another village"
    VILLAGE_SAME = "the village agrees"
    SUB_SAME = "the sub-number agrees"
    SUB_OTHER = "another sub-number"
    GROUP_OTHER = "another villagers' group"


AGAINST: Final = frozenset(
    {
        Reason.NAME_SOUNDS, Reason.NAME_LOOKS, Reason.NUMBER_NEAR, Reason.BUILDING_OTHER, Reason.TOWN_OTHER,
        Reason.VILLAGE_OTHER, Reason.NUMBER_UNSAID, Reason.BUILDING_UNSAID, Reason.SUB_OTHER, Reason.GROUP_OTHER,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A reason with what it is about: the name or number as the register has it."""

    reason: Reason
    value: str = ""

    @property
    def is_against(self) -> bool:
        """Whether it speaks against the candidate."""
        return self.reason in AGAINST


@dataclass(frozen=True, slots=True)
class Judged:
    """The cost of a candidate (0 = fits in all) and why."""

    cost: float
    reasons: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """A name of the register that may have been meant, with what it costs to believe so."""

    name: str
    reason: Reason
    cost: float


def names_meant(said: Sequence[str], known: Sequence[str]) -> dict[str, Meant]:
    """The names of the register that these may stand for: the same, one that sounds so, one that looks so."""
    found: dict[str, Meant] = {}
    for word in said:
        sounded = sound(word)
        for name in known:
            if name == word:
                meant = Meant(name, Reason.NAME_SAME, 0.0)
            elif len(name) == len(word) and sound(name) == sounded:
                meant = Meant(name, Reason.NAME_SOUNDS, 0.7)
            elif (ratio := fuzz.ratio(word, name, score_cutoff=ALIKE_FROM)) > 0:
                meant = Meant(name, Reason.NAME_LOOKS, 1.0 + (100 - ratio) / 15)
            elif len(word) > 1 and (name.startswith(word) or word.startswith(name)):
                meant = Meant(name, Reason.NAME_LOOKS, 1.5)
            else:
                continue
            if name not in found or meant.cost < found[name].cost:
                found[name] = meant
    best = sorted(found.values(), key=lambda one: (one.cost, len(one.name), one.name))[:NAMES_MOST]
    return {one.name: one for one in best}


def judge(said: Parts, has: Mapping[str, str | None], meant: Mapping[str, Meant]) -> Judged:
    """How well an object with these parts fits."""
    reasons: list[Said] = []
    cost = 0.0
    names = [meant[name] for part in ("road", "estate", "village") if (name := has.get(part) or "") in meant]
    if names:
        best = min(names, key=lambda one: one.cost)
        cost += best.cost
        reasons.append(Said(best.reason, best.name))
    elif meant:
        cost += 5.0
    for told in (_number(said, has), _sub(said, has), _building(said, has)):
        if told is not None:
            cost += told[0]
            reasons.append(told[1])
    for word, part, other, weight in (
        (said.town, "town", Reason.TOWN_OTHER, 2.0), (said.village, "village", Reason.VILLAGE_OTHER, 1.0),
        (said.group, "group", Reason.GROUP_OTHER, 2.0),
    ):  # fmt: skip
        if word and (has.get(part) or "") != word:
            cost += weight
            reasons.append(Said(other, has.get(part) or ""))
    return Judged(cost, tuple(reasons))


def _number(said: Parts, has: Mapping[str, str | None]) -> tuple[float, Said] | None:
    own = has.get("number") or ""
    if not said.number:
        return (0.5, Said(Reason.NUMBER_UNSAID)) if own and not has.get("estate") else None
    if own == said.number:
        return 0.0, Said(Reason.NUMBER_SAME, own)
    if own and (apart := numbers_apart(own, said.number)) is not None and apart <= NEAR_NUMBERS:
        return 3.0 + apart / NEAR_NUMBERS, Said(Reason.NUMBER_NEAR, own)
    return 4.5, Said(Reason.NUMBER_NEAR, own) if own else Said(Reason.NUMBER_UNSAID)


def _sub(said: Parts, has: Mapping[str, str | None]) -> tuple[float, Said] | None:
    """Sub-numbers (附1) count only under the same number."""
    own = (has.get("sub_number") or "").strip("附之-号")
    if said.number and (has.get("number") or "") != said.number:
        return None
    if own == said.sub_number:
        return (0.0, Said(Reason.SUB_SAME, own)) if own else None
    return (1.5, Said(Reason.SUB_OTHER, own)) if own else (0.8, Said(Reason.SUB_OTHER))


def _building(said: Parts, has: Mapping[str, str | None]) -> tuple[float, Said] | None:
    own = has.get("building") or ""
    if said.building and own == said.building:
        return 0.0, Said(Reason.BUILDING_SAME, own)
    if said.building:
        return (3.5, Said(Reason.BUILDING_OTHER, own)) if own else (1.5, Said(Reason.BUILDING_UNSAID))
    return (1.5, Said(Reason.BUILDING_UNSAID)) if own else None


def numbers_apart(one: str, other: str) -> int | None:
    """How far two house numbers are apart; None when one of them has no digits."""
    digits = [re.match(r"\d+", word) for word in (one, other)]
    if digits[0] is None or digits[1] is None:
        return None
    return abs(int(digits[0].group()) - int(digits[1].group()))
