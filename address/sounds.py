"""Names by the letters of their sound: thl and taihelu lead to 泰河路 (pure)."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache


class SoundBook:
    """Names ready to be asked by the first letters of their characters, or by their spelling without tones."""

    def __init__(self, names: Iterable[str]) -> None:
        sounded = [(sounds, name) for name in names for sounds in _sounds_of(name)]
        self._sorted = sorted(set(sounded), key=lambda one: (one[0], len(one[1]), one[1]))

    def names(self, letters: str, most: int) -> list[str]:
        """The names whose letters begin so, the shortest first."""
        found: set[str] = set()
        for sounds, name in self._sorted[bisect_left(self._sorted, (letters, "")) :]:
            if not sounds.startswith(letters):
                break
            found.add(name)
        return sorted(found, key=lambda name: (len(name), name))[:most]


def _sounds_of(name: str) -> tuple[str, str]:
    syllables = [_syllable(character) for character in name]
    return "".join(one[:1] for one in syllables), "".join(syllables)


@lru_cache(maxsize=30_000)
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character)[0]).lower()
