"""Misspelt names: what a name that nobody knows may have been meant to be, with the kind of slip (pure).

Candidates only: whoever asks must confirm one by its numbers. Names are compared by sound: each character stands for
all that sound the same here. Numerals, directions and letters are never a slip of the pen (二期 is not 三期), unless
they sound alike; nor is the classifying end (路 is not 街).
"""

import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

SHAPES: Final = Path(__file__).with_name("shapes.txt")
TELLING: Final = frozenset("0123456789零一二三四五六七八九十百甲乙丙丁东西南北中上下前后左右大小新老内外期区")
"""Characters that tell neighbours apart."""
CLASS_WORDS: Final = (
    "小区", "花园", "社区", "家园", "公寓", "大厦", "宿舍", "佳苑", "家属院", "居委会", "村委会", "大道", "广场",
    "名苑", "雅苑", "院", "区", "苑", "园", "村", "路", "街", "巷", "道", "里", "段", "庭", "楼", "城", "府",
)  # fmt: skip
ADDED_WORDS: Final = (
    "小区", "花园", "家园", "佳苑", "公寓", "苑", "大院", "院", "楼盘", "住宅区", "住宅小区", "社区", "广场", "大厦",
)  # fmt: skip
"""Ends that people put behind, or leave off, or change."""
BEFORE_NAMES: Final = frozenset("区村镇乡道路街巷段号里社市县省,的在住是说于址映诉")
LONGEST: Final = 12
"""Characters of the longest stretch that is searched for a misspelt name."""
PRIVATE: Final = 0xF0000
PRIVATE_SIZE: Final = 65_533
"""Where the private characters of Unicode begin, and how many there are."""
ACCENT: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"))
"""Sounds that the people of Sichuan, and their keyboards, do not tell apart."""


class Slip(IntEnum):
    """How a name was got wrong; the higher, the less sure."""

    NONE = 0
    SOUND = 1
    SWAP = 2
    SHAPE = 3
    SHORT = 4
    DROPPED = 5
    ADDED = 6
    OTHER = 7
    TELLING = 8
    """Dropped, though it tells neighbours apart: 南吕固路 for 南吕固北路."""

    @property
    def sure_length(self) -> int:
        """Characters from which it needs no other word of the text that speaks for it."""
        return SURE_LENGTH.get(self, 0)

    @property
    def fault(self) -> str:
        """Its name in an answer."""
        return f"name.{self.name.lower()}"


SURE_LENGTH: Final = {
    Slip.SHAPE: 3, Slip.SHORT: 2, Slip.DROPPED: 3, Slip.ADDED: 3, Slip.OTHER: 5, Slip.TELLING: 99,
}  # fmt: skip


MOST_CHANGED: Final = {Slip.SOUND: 99, Slip.SHORT: 99, Slip.SWAP: 0, Slip.DROPPED: 0, Slip.TELLING: 0}
"""Characters of what was said that the name does not have; one more where another may only sound alike."""
WITH_SOUND: Final = frozenset({Slip.SWAP, Slip.DROPPED, Slip.ADDED})


class Meant(NamedTuple):
    """A known name that may have been meant."""

    name: str
    slip: Slip
    length: int
    """Characters of the shorter of the two spellings."""


class Spellings:
    """The known spellings of one kind of name, ready to be asked for what is nearly one of them."""

    def __init__(self, spelled: Iterable[tuple[str, str]]) -> None:
        self._spelled: dict[str, str] = {}
        self._sounds: dict[str, list[str]] = {}
        self._letters: dict[str, list[str]] = {}
        self._without: dict[str, list[tuple[str, int]]] = {}
        self._short: dict[str, list[str]] = {}
        self._cores: dict[str, int] = {}
        self.longest = 0
        self.add(spelled)

    def add(self, spelled: Iterable[tuple[str, str]]) -> None:
        """Learns (spelling, name) pairs."""
        for spelling, name in spelled:
            if spelling in self._spelled:
                continue
            self._spelled[spelling] = name
            self._cores[spelling] = _core(spelling)
            self.longest = max(self.longest, len(spelling))
            heard = sound(spelling)
            self._sounds.setdefault(heard, []).append(spelling)
            self._letters.setdefault("".join(sorted(heard)), []).append(spelling)
            for at, shorter in _without_one(heard):
                self._without.setdefault(shorter, []).append((spelling, at))
            for word in ADDED_WORDS:
                if spelling.endswith(word) and len(spelling) - len(word) >= 2:
                    self._short.setdefault(sound(spelling.removesuffix(word)), []).append(spelling)

    def meant_at_end(self, stretch: str, at_least: int = 2, *, is_anchored: bool = False) -> list[Meant]:
        """The names that the last characters of a stretch may have been meant to be, the surest and longest first."""
        stretch = stretch[-LONGEST:]
        heard = sound(stretch)
        starts = range(len(stretch) - max(at_least, 2) + 1)
        return self._best(
            candidate for at in starts if _may_begin(stretch, at, is_anchored=is_anchored)
            for candidate in self._candidates(stretch[at:], heard[at:])
        )  # fmt: skip

    def meant_at_start(self, stretch: str) -> list[Meant]:
        """The same for its first characters."""
        stretch = stretch[:LONGEST]
        heard = sound(stretch)
        return self._best(
            candidate for at in range(len(stretch), 1, -1) for candidate in self._candidates(stretch[:at], heard[:at])
        )  # fmt: skip

    def _best(self, candidates: Iterable[tuple[str, Slip, int, str]]) -> list[Meant]:
        found: dict[str, Meant] = {}
        for spelling, slip, length, said in candidates:
            most = MOST_CHANGED.get(slip, 1) + (length > 3 and slip in WITH_SOUND)
            if most < len(said) and len(said) - _same(said, spelling) > most:
                continue
            name = self._spelled[spelling]
            if name not in found or slip < found[name].slip:
                found[name] = Meant(name, slip, length)
        return sorted(found.values(), key=lambda one: (one.slip, -one.length, one.name))

    def _candidates(self, said: str, heard: str) -> Iterable[tuple[str, Slip, int, str]]:
        length = len(said)
        for spelling in self._sounds.get(heard, ()):
            yield spelling, Slip.SOUND, length, said
        for spelling in self._short.get(heard, ()):
            yield spelling, Slip.SHORT, length, said
        if said.endswith(ADDED_WORDS):
            yield from self._with_other_end(said, heard)
        for spelling, at in self._without.get(heard, ()):
            is_of_end = spelling.endswith(("小区", "社区")) and at >= len(spelling) - 2
            slip = Slip.DROPPED if is_of_end or spelling[at] not in TELLING else Slip.TELLING
            yield spelling, slip, length, said
        if length < 3 or length > self.longest + 1:
            return
        for spelling in self._letters.get("".join(sorted(heard)), ()):
            yield spelling, Slip.SWAP, length, said
        for at in range(length):
            shorter = heard[:at] + heard[at + 1 :]
            if shorter in self._sounds and (said[at] not in TELLING or _is_doubled(said, at)):
                for spelling in self._sounds[shorter]:
                    yield spelling, Slip.ADDED, length - 1, said
            if shorter in self._without:
                for spelling, other in self._without[shorter]:
                    if other == at < self._cores[spelling]:
                        if said[at] in shapes().get(spelling[at], ""):
                            yield spelling, Slip.SHAPE, length, said
                        elif said[at] not in TELLING and spelling[at] not in TELLING:
                            yield spelling, Slip.OTHER, length, said

    def _with_other_end(self, said: str, heard: str) -> Iterable[tuple[str, Slip, int, str]]:
        for word in ADDED_WORDS:
            if said.endswith(word) and len(said) - len(word) >= 2:
                base = heard[: len(said) - len(word)]
                for spelling in (*self._sounds.get(base, ()), *self._short.get(base, ())):
                    yield spelling, Slip.SHORT, len(base), said


def _may_begin(stretch: str, at: int, *, is_anchored: bool) -> bool:
    """Whether a name can begin here: 香苑小区 in 书香苑小区 does not; `is_anchored` when a name stands before it."""
    return at == 0 or stretch[at - 1] in BEFORE_NAMES or (at > 1 and not is_anchored)


def _same(said: str, spelling: str) -> int:
    """How many characters both have."""
    rest = list(spelling)
    for character in said:
        if character in rest:
            rest.remove(character)
    return len(spelling) - len(rest)


def _is_doubled(name: str, at: int) -> bool:
    return name[at] in (name[at - 1 : at], name[at + 1 : at + 2])


def _core(name: str) -> int:
    """How many characters a name has before its classifying end; none when one is not enough to know it by."""
    length = next((len(name) - len(word) for word in CLASS_WORDS if name.endswith(word)), len(name))
    return length if length > 1 else 0


def _without_one(name: str) -> list[tuple[int, str]]:
    """Each place with the name lacking the character there; names of two characters say too little."""
    return [(at, name[:at] + name[at + 1 :]) for at in range(len(name))] if len(name) > 2 else []


class _Sounds(dict[int, str]):
    """For each character a private one that stands for its sound, the same in every process; filled as it is asked."""

    def __missing__(self, code: int) -> str:
        from pypinyin.constants import PINYIN_DICT

        told = chr(code)
        if code in PINYIN_DICT:
            marked = unicodedata.normalize("NFD", PINYIN_DICT[code].partition(",")[0])
            syllable = "".join(letter for letter in marked if letter.isascii())
            for strong, plain in ACCENT:
                syllable = syllable.replace(strong, plain)
            told = chr(PRIVATE + crc32(syllable.encode()) % PRIVATE_SIZE)
        self[code] = told
        return told


_SOUNDS: Final = _Sounds()


def sound(name: str) -> str:
    """The name with each character replaced by one that stands for all of its sound, without tones and accents."""
    return name.translate(_SOUNDS)


@cache
def shapes() -> dict[str, str]:
    """For each common character those that look like it."""
    return {line[0]: line[1:] for line in SHAPES.read_text(encoding="utf-8").splitlines() if line}
