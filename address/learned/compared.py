"""Two texts about a place compared part by part: what both say, what only one says, as a row of numbers (pure).

A view cuts a text into pieces; a piece weighs the more, the fewer texts of the pool hold it. For each view a pair of
texts gets the weight said by both, as a share of either side.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, LCSseq
from scipy.sparse import csr_array

from address.foreign import ENDS
from address.normalise import fold_width, simplify

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NUMERALS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
BUILDING: Final = re.compile(r"(?<=[0-9A-Z])(?:号楼|[幢栋座])")
NUMBER: Final = re.compile(
    r"([A-Z]?[0-9]+[A-Z]?|[A-Z](?=[区栋座])|[东西南北中]{1,2}(?=[区门]))(单元|[号栋室层楼期区弄巷组段门])?"
)
ROAD: Final = re.compile(r"([\u4e00-\u9fff0-9]{1,6}?(?:大道|路|街|道|巷|弄|胡同))")
AREA: Final = re.compile(r"([\u4e00-\u9fff]{2,4}?(?:街道|省|市|区|县|镇|乡|村|社区|旗))")
BESIDE: Final = re.compile(
    r"[东西南北]{1,2}[侧面行]?约?[0-9]+米|交叉口|交汇处|附近|对面|旁边?|路口|[东西南北]{1,2}[侧角]"
)
BEFORE_NAME: Final = re.compile(r".*(?:[路街道巷弄号米口]|[市区县镇乡]|街道)(?=.{2})")
NO_WORD: Final = re.compile(r"[^\u4e00-\u9fff0-9A-Z]+")
SKIPPED: Final = re.compile(r"[0-9A-Z]+(?:单元|[号栋室层楼期门])")


def plain(text: str) -> str:
    """The text for comparing: half width, simplified, upper case, digits for numerals, one word for a building."""
    return BUILDING.sub("栋", simplify(fold_width(text)).upper().translate(NUMERALS))


def chars(text: str) -> Iterable[str]:
    """Its characters."""
    return text


def grams(text: str) -> list[str]:
    """Its pairs of neighbours."""
    return [text[i : i + 2] for i in range(len(text) - 1)]


def triples(text: str) -> list[str]:
    """Its runs of three."""
    return [text[i : i + 3] for i in range(len(text) - 2)]


def _numbers(classes: str) -> Callable[[str], list[str]]:
    def cut(text: str) -> list[str]:
        found = NUMBER.findall(BESIDE.sub(" ", text))
        return [number + kind for number, kind in found if (kind or "-") in classes]

    return cut


def roads(text: str) -> list[str]:
    """Roads, streets, lanes."""
    return [road[-4:] for road in ROAD.findall(AREA.sub(" ", text))]


def areas(text: str) -> list[str]:
    """Divisions by their class word, without it."""
    return [ENDS.sub("", area) for area in AREA.findall(text)]


def name(text: str) -> str:
    """What is left behind the last road, plate or direction: mostly the name of the place."""
    rest = NO_WORD.sub("", SKIPPED.sub("", BESIDE.sub("米", text)))
    return BEFORE_NAME.sub("", rest, count=1)


def name_grams(text: str) -> list[str]:
    """Pairs of neighbours of the name."""
    return grams(name(text))


VIEWS: Final[dict[str, Callable[[str], Iterable[str]]]] = {
    "chars": chars, "grams": grams, "triples": triples, "name": name_grams, "plates": _numbers("号弄"),
    "buildings": _numbers("栋座"), "phases": _numbers("期区段组"), "rooms": _numbers("单元室层楼门-"),
    "roads": roads, "areas": areas,
}  # fmt: skip
PAIRED: Final = (*((view, view) for view in VIEWS), ("name", "grams"), ("grams", "name"))
"""Which view of the query is held against which view of the text; `name` and `grams` share their pieces."""
SHARED: Final = {"name": "grams"}
RELATIVE: Final = ("chars/q", "grams/q", "grams/t", "name/q", "triples/q")


@dataclass(frozen=True, slots=True)
class Seen:
    """Texts through one view: (texts, pieces) of root weights, and the weight of all pieces of each text."""

    pieces: csr_array
    weight: Floats


Views = dict[str, Seen]


@dataclass(frozen=True, slots=True)
class Scales:
    """The weight of each piece of each view; a piece that no text of the pool held weighs `unknown`."""

    weights: dict[str, dict[str, float]]
    unknown: float

    @classmethod
    def learnt(cls, texts: Sequence[str]) -> "Scales":
        """Weights from plain texts: the logarithm of how rare a piece is."""
        weights = {}
        for view, cut in VIEWS.items():
            if view not in SHARED:
                held = Counter(piece for text in texts for piece in set(cut(text)))
                weights[view] = {piece: math.log((len(texts) + 1) / (times + 0.5)) for piece, times in held.items()}
        return cls(weights, math.log((len(texts) + 1) / 0.5))

    def show(self, texts: Sequence[str]) -> "Shown":
        """Plain texts through every view, for queries to be held against."""
        numbers: dict[str, dict[str, int]] = {view: {} for view in self.weights}
        cut = {view: self._through(view, texts, numbers[SHARED.get(view, view)], grows=True) for view in VIEWS}
        return Shown({view: _seen(*cut[view], numbers[SHARED.get(view, view)]) for view in VIEWS}, numbers)

    def hold(self, queries: Sequence[str], against: "Shown") -> Views:
        """Plain queries through every view, with the columns of the texts."""
        numbers = {view: against.numbers[SHARED.get(view, view)] for view in VIEWS}
        return {view: _seen(*self._through(view, queries, numbers[view]), numbers[view]) for view in VIEWS}

    def _through(
        self, view: str, texts: Sequence[str], number: dict[str, int], *, grows: bool = False
    ) -> tuple[list[int], list[float], list[int], list[float]]:
        kept, cut = self.weights[SHARED.get(view, view)], VIEWS[view]
        columns: list[int] = []
        weights: list[float] = []
        ends = [0]
        whole: list[float] = []
        for text in texts:
            total = 0.0
            for piece in set(cut(text)):
                weight = kept.get(piece, self.unknown)
                total += weight
                column = number.setdefault(piece, len(number)) if grows else number.get(piece, -1)
                if column >= 0:
                    columns.append(column)
                    weights.append(weight)
            ends.append(len(columns))
            whole.append(total)
        return columns, weights, ends, whole


@dataclass(frozen=True, slots=True)
class Shown:
    """Texts through every view, and the column of each piece."""

    views: Views
    numbers: dict[str, dict[str, int]]


def _seen(
    columns: list[int], weights: list[float], ends: list[int], whole: list[float], number: dict[str, int]
) -> Seen:
    held = (np.sqrt(np.array(weights, np.float32)), np.array(columns, np.int32), np.array(ends, np.int32))
    return Seen(csr_array(held, shape=(len(whole), max(len(number), 1))), np.array(whole, np.float32))


def columns() -> list[str]:
    """The names of the columns of `compare`."""
    made = [f"{a if a == b else a + '-' + b}/{part}" for a, b in PAIRED for part in ("q", "t", "said")]
    made += ["ratio", "partial", "lcs/q", "lcs/t", "winkler", "length_q", "length_t", "begin", "end"]
    return made + [f"{name} below best" for name in RELATIVE] + [f"{name} rank" for name in RELATIVE]


def compare(
    queries: Sequence[str], texts: Sequence[str], seen: tuple[Views, Views], pairs: tuple[Ints, Ints]
) -> Floats:
    """(pairs, columns): query pairs[0][i] held against text pairs[1][i]. Pairs of one query stand together."""
    left, right = pairs
    out: list[NDArray[np.floating]] = []
    for a, b in PAIRED:
        one, other = seen[0][a], seen[1][b]
        both = np.asarray(one.pieces[left].multiply(other.pieces[right]).sum(axis=1), np.float32).ravel()
        mine, theirs = one.weight[left], other.weight[right]
        out += [both / np.maximum(mine, 1e-6), both / np.maximum(theirs, 1e-6), np.sign(mine) + 2 * np.sign(theirs)]
    asked, told = [queries[i] for i in left.tolist()], [texts[i] for i in right.tolist()]
    length_q = np.array([max(len(text), 1) for text in asked], np.float32)
    length_t = np.array([max(len(text), 1) for text in told], np.float32)
    common = process.cpdist(asked, told, scorer=LCSseq.similarity, dtype=np.float32)
    out.append(process.cpdist(asked, told, scorer=fuzz.ratio, dtype=np.float32))
    out.append(process.cpdist(asked, told, scorer=fuzz.partial_ratio, dtype=np.float32))
    out += [common / length_q, common / length_t]
    out.append(process.cpdist(asked, told, scorer=JaroWinkler.similarity, dtype=np.float32))
    out += [length_q, length_t]
    out.append(np.array([a[:2] == b[:2] for a, b in zip(asked, told, strict=True)]))
    out.append(np.array([a[-2:] == b[-2:] for a, b in zip(asked, told, strict=True)], np.float32))
    known = columns()
    starts = np.flatnonzero(np.diff(left, prepend=-1))
    group = np.cumsum(np.diff(left, prepend=-1) != 0) - 1
    for column in RELATIVE:
        values = out[known.index(column)]
        out.append(np.maximum.reduceat(values, starts)[group] - values)
    for column in RELATIVE:
        values = out[known.index(column)]
        order = np.lexsort((-values, group))
        rank = np.empty(len(values), np.float32)
        rank[order] = np.arange(len(values)) - starts[group[order]]
        out.append(rank)
    return np.stack(out, axis=1).astype(np.float32)
