"""Misspelt names: what a name that nobody knows may have been meant to be, with the kind of slip (pure).

Candidates only: whoever asks must confirm one by its numbers. Numerals, directions and letters are never a slip of the
pen (二期 is not 三期, 东区 not 西区), unless they sound alike.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

TELLING: Final = frozenset("0123456789零一二三四五六七八九十百甲乙丙丁东西南北中上下前后左右大小新老内外期区")
"""Characters that tell neighbours apart."""
CLASS_WORDS: Final = ("小区", "花园", "社区", "家园", "公寓", "大厦", "宿舍", "院", "区", "苑")
ACCENT: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"))
"""Sounds that the people of Sichuan, and their keyboards, do not tell apart."""


class Slip(IntEnum):
    """How a name was got wrong; the higher, the less sure."""

    NONE = 0
    SOUND = 1
    SWAP = 2
    SHORT = 3
    DROPPED = 4
    ADDED = 5
    OTHER = 6

    @property
    def sure_length(self) -> int:
        """Characters from which it needs no other word of the text that speaks for it."""
        return {Slip.SHORT: 2, Slip.DROPPED: 3, Slip.ADDED: 3, Slip.OTHER: 5}.get(self, 0)


class Meant(NamedTuple):
    """A known name that may have been meant."""

    name: str
    slip: Slip
    length: int
    """Characters of the shorter of the two spellings."""


class Spellings:
    """The known spellings of one kind of name, ready to be asked for what is nearly one of them."""

    def __init__(self, spelled: dict[str, str]) -> None:
        self._spelled = spelled
        self._sounds: dict[str, set[str]] = {}
        self._letters: dict[str, set[str]] = {}
        self._without: dict[str, set[tuple[str, int]]] = {}
        self._short: dict[str, set[str]] = {}
        for spelling, name in spelled.items():
            self._sounds.setdefault(sound(spelling), set()).add(name)
            self._letters.setdefault("".join(sorted(spelling)), set()).add(name)
            for at, shorter in _without_one(spelling):
                self._without.setdefault(shorter, set()).add((spelling, at))
            for word in CLASS_WORDS:
                if spelling.endswith(word) and len(spelling) - len(word) >= 2:
                    self._short.setdefault(spelling.removesuffix(word), set()).add(name)

    def meant(self, said: str) -> list[Meant]:
        """The names that may have been meant, each once with its surest slip, the surest first."""
        found: dict[str, Meant] = {}
        for name, slip, length in self._candidates(said):
            if name not in found or slip < found[name].slip:
                found[name] = Meant(name, slip, length)
        return sorted(found.values(), key=lambda one: (one.slip, one.name))

    def sounding(self, said: str) -> str:
        """The one name that sounds like it, or whose letters are swapped in it, else ""."""
        found = self._sounds.get(sound(said), set()) or self._letters.get("".join(sorted(said)), set())
        return next(iter(found)) if len(found) == 1 else ""

    def _candidates(self, said: str) -> Iterable[Meant]:
        length = len(said)
        for start in range(max(1, length - 2)):
            for name in self._sounds.get(sound(said[start:]), ()):
                yield Meant(name, Slip.SOUND, length - start)
        for name in self._letters.get("".join(sorted(said)), ()):
            yield Meant(name, Slip.SWAP, length)
        for name in self._short.get(said, ()):
            yield Meant(name, Slip.SHORT, length)
        for spelling, at in self._without.get(said, ()):
            if spelling[at] not in TELLING:
                yield Meant(self._spelled[spelling], Slip.DROPPED, length)
        for at, shorter in _without_one(said):
            if shorter in self._spelled and said[at] not in TELLING:
                yield Meant(self._spelled[shorter], Slip.ADDED, length - 1)
            for spelling, other in self._without.get(shorter, ()):
                if other == at and not {spelling[at], said[at]} & TELLING:
                    yield Meant(self._spelled[spelling], Slip.OTHER, length)


def _without_one(name: str) -> list[tuple[int, str]]:
    """Each place with the name lacking the character there; names of two characters say too little."""
    return [(at, name[:at] + name[at + 1 :]) for at in range(len(name))] if len(name) > 2 else []


def sound(name: str) -> str:
    """Pinyin of each character by itself, without tones and without what the accent does not tell apart."""
    return " ".join([_syllable(character) for character in name])


@lru_cache(maxsize=30_000)
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin

    return _plain(lazy_pinyin(character)[0])


def _plain(syllable: str) -> str:
    for strong, plain in ACCENT:
        syllable = syllable.replace(strong, plain)
    return syllable
