"""What a token shows of itself and its surroundings, as rows of whole numbers: one column a sign (pure).

A column holds, for each token, which of the values seen in training stands there; the last number of all means none.
So a model's score of a token is the sum of a few rows of one table.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from address.foreign import ENDS, listed
from address.gazetteer import Names

Longs = NDArray[np.int64]

CLASS_WORDS: Final = (
    "省市县区州旗镇乡道村社路街巷弄号楼幢栋座室层园城厦院场店厂公司元苑组段桥口边面旁米内东南西北队湾里屯庄港湖山"
)
"""They classify an element (省, 路, 幢) or say a direction; how far the next and the last one stand is a sign."""
WIDE: Final = 4
"""Empty tokens put before and behind each sentence."""
FAR: Final = 6
EDGE: Final = 1
KINDS_OF_TOKEN: Final = 7
NUMERALS: Final = frozenset("一二三四五六七八九十")
CLASS_OF: Final = {word: i for i, word in enumerate(CLASS_WORDS, 2)}
DIGIT_CLASS: Final = 1


def shape(token: str) -> str:
    """The token, digits and letters only by their number: 602 → 000."""
    if token.isdigit():
        return "0" * min(len(token), 5)
    if token.isascii() and token.isalnum():
        return "A" * min(len(token), 3)
    return token


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that were seen in training. `keys[j]`: the sorted values of column j; `bases[j]`: its first number."""

    codes: dict[str, int]
    keys: tuple[Longs, ...]
    bases: Longs

    @property
    def count(self) -> int:
        """How many signs there are; this number itself means none of them."""
        return int(self.bases[-1])

    @classmethod
    def learnt(cls, sentences: Sequence[Sequence[str]], at_least: int = 2) -> "Signs":
        """The signs that are seen this often in these sentences."""
        seen = Counter(token for tokens in sentences for token in tokens)
        seen.update({form: 0 for token in list(seen) if (form := shape(token)) != token})
        kept = (token for token, times in seen.items() if times >= 2 or len(token) == 1 or times == 0)
        codes = {token: code for code, token in enumerate(kept, EDGE + 1)}
        keys: list[Longs] = []
        for values in _columns(sentences, codes):
            found, times = np.unique(values, return_counts=True)
            keys.append(found[times >= at_least])
        return cls.of(codes, keys)

    @classmethod
    def of(cls, codes: dict[str, int], keys: Iterable[Longs]) -> "Signs":
        """Signs from their saved parts."""
        held = tuple(keys)
        return cls(codes, held, np.cumsum([0, *(len(key) for key in held)]))

    def rows(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.int32]:
        """(tokens of all sentences, columns): which sign each token shows."""
        columns = []
        for values, keys, base in zip(_columns(sentences, self.codes), self.keys, self.bases, strict=False):
            place = np.minimum(np.searchsorted(keys, values), max(len(keys) - 1, 0))
            known = keys[place] == values if len(keys) else np.zeros(len(values), bool)
            columns.append(np.where(known, place + base, self.count))
        return np.stack(columns, axis=1).astype(np.int32)


def _columns(sentences: Sequence[Sequence[str]], codes: dict[str, int]) -> Iterator[Longs]:
    """The values of each column over all tokens."""
    edge = [EDGE] * WIDE
    flat: list[int] = []
    for tokens in sentences:
        flat += edge
        flat += [codes.get(token) or codes.get(shape(token), 0) for token in tokens]
        flat += edge
    code = np.array(flat)
    lengths = np.array([len(tokens) for tokens in sentences])
    first = np.cumsum(lengths + 2 * WIDE) - lengths - WIDE
    nth = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = np.repeat(first, lengths) + nth
    size = max(codes.values(), default=EDGE) + 1
    two = code[:-1] * size + code[1:]
    three = two[:-1] * size + code[2:]
    for offset in range(-3, 4):
        yield code[at + offset]
    for offset in range(-3, 3):
        yield two[at + offset]
    for offset in range(-2, 1):
        yield three[at + offset]
    yield code[at - 1] * size + code[at + 1]
    kind = _kinds(codes)[code]
    five = kind
    for ahead in range(1, 5):
        five = five[:-1] * KINDS_OF_TOKEN + kind[ahead:]
    yield five[at - 2]
    yield np.minimum(nth, 4)
    yield np.minimum(np.repeat(lengths, lengths) - 1 - nth, 4)
    coming, gone = _class_words(sentences)
    yield coming
    yield gone
    yield coming // 10 * 1000 + gone // 10
    yield coming * size + code[at]
    yield gone * size + code[at]
    begun, held = _divisions(sentences)
    yield begun
    yield held
    yield np.where(held > 0, held * size + code[at], 0)
    yield np.append(held[1:], 0) * 100 + held


@cache
def _known() -> Names:
    """Provinces, cities and counties of the country, with their level: in full 1-3, without 省, 市, 县 … 4-6."""
    spelled: dict[str, str] = {}
    for code, name in listed():
        spelled.setdefault(name, str(len(code) // 2))
    for code, name in listed():
        if len(stem := ENDS.sub("", name)) > 1:
            spelled.setdefault(stem, str(len(code) // 2 + 3))
    return Names(spelled)


def _divisions(sentences: Sequence[Sequence[str]]) -> tuple[Longs, Longs]:
    """Per token the division that begins here (10 × level + length), and its place in one (10 × level + 1, 2 or 3)."""
    begun: list[int] = []
    held: list[int] = []
    names = _known()
    for tokens in sentences:
        text = "".join(token[0] for token in tokens)
        starts, places = [0] * len(tokens), [0] * len(tokens)
        for i in range(len(text) - 1):
            if (found := names.at(text, i)) is None:
                continue
            level, end = int(found[0]), found[1]
            starts[i] = level * 10 + min(end - i, 7)
            for j in range(i, end):
                place = 1 if j == i else 3 if j == end - 1 else 2
                if not places[j] or (place == 1 and places[j] % 10 != 2):
                    places[j] = level * 10 + place
        begun += starts
        held += places
    return np.array(begun), np.array(held)


def _kinds(codes: dict[str, int]) -> Longs:
    """Of each code: edge, digits, letters, numeral, Chinese character, other; 0 for what was never seen."""
    kinds = np.zeros(max(codes.values(), default=EDGE) + 1, np.int64)
    kinds[EDGE] = 1
    for token, code in codes.items():
        if token[0].isdigit():
            kinds[code] = 2
        elif token[0].isascii():
            kinds[code] = 3 if token[0].isalpha() else 6
        else:
            kinds[code] = 4 if token in NUMERALS else 5
    return kinds


def _class_words(sentences: Sequence[Sequence[str]]) -> tuple[Longs, Longs]:
    """Per token the next class word (or number) behind it and the last class word before it: 10 × word + distance."""
    coming: list[int] = []
    gone: list[int] = []
    for tokens in sentences:
        word, away = 0, FAR
        here = []
        for token in reversed(tokens):
            here.append(word * 10 + away)
            if token in CLASS_OF:
                word, away = CLASS_OF[token], 0
            elif token[0].isdigit():
                word, away = DIGIT_CLASS, 0
            elif away < FAR:
                away += 1
        coming += reversed(here)
        word, away = 0, FAR
        for token in tokens:
            gone.append(word * 10 + away)
            if token in CLASS_OF:
                word, away = CLASS_OF[token], 0
            elif away < FAR:
                away += 1
    return np.array(coming), np.array(gone)
