"""Labelled sentences: files of one token a line, spans, and the strict measure (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import WanggeError

Span = tuple[int, int, str]
"""First token, one past the last token, kind of element."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of one address and its elements, in their order and without overlap."""

    tokens: tuple[str, ...]
    spans: tuple[Span, ...]


class NotLabelled(WanggeError):
    """A file that is not in the layout it should have."""


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of a file: a token, blanks and its mark a line (B-, I-, E-, S- and a kind, or O), an empty line
    between sentences. Marks with and without E and S are read alike; kinds in lower case."""
    found: list[Sentence] = []
    tokens: list[str] = []
    marks: list[str] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8-sig").splitlines(), ""], 1):
        words = line.split()
        if words and (len(words) < 2 or words[-1][0] not in "BIESO" or words[-1][1:2] not in ("", "-")):
            raise NotLabelled(
                zh=f"{path.name} 第 {number} 行不是“字 标记”：{line[:30]!r}；标记应为 B-、I-、E-、S- 加类别，或 O",
                en=f"{path.name} line {number} is not a token and its mark: {line[:30]!r}; a mark is B-, I-, E- or S- "
                "and a kind, or O",
            )
        if words:
            tokens.append(words[0])
            marks.append(words[-1])
        elif tokens:
            found.append(Sentence(tuple(tokens), tuple(spans_of(marks))))
            tokens, marks = [], []
    if not any(sentence.spans for sentence in found):
        raise NotLabelled(zh=f"{path.name} 里没有标注的句子", en=f"{path.name} holds no labelled sentence")
    return found


def spans_of(marks: Sequence[str]) -> list[Span]:
    """The elements that the marks of one sentence say."""
    found: list[Span] = []
    start, kind = 0, ""
    for i, mark in enumerate([*marks, "O"]):
        place, said = mark[0], mark[2:].lower()
        if kind and (place in "BSO" or said != kind):
            found.append((start, i, kind))
            kind = ""
        if place != "O" and not kind:
            start, kind = i, said
        if place in "ES" and kind:
            found.append((start, i + 1, kind))
            kind = ""
    return found


def marks_of(spans: Iterable[Span], length: int) -> list[str]:
    """B, I, E and S marks of the elements of a sentence, O between them."""
    marks = ["O"] * length
    for first, end, kind in spans:
        marks[first:end] = [f"I-{kind}"] * (end - first)
        marks[first], marks[end - 1] = f"B-{kind}", f"E-{kind}"
        if end - first == 1:
            marks[first] = f"S-{kind}"
    return marks


def strict_f1(truth: Sequence[Iterable[Span]], read: Sequence[Iterable[Span]]) -> tuple[float, dict[str, float]]:
    """Micro F1 of elements whose start, end and kind are all right, and the same kind by kind."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one, other in zip(truth, read, strict=True):
        for span in (*one, *other):
            counts[span[2]][0] += 1
        for span in set(one) & set(other):
            counts[span[2]][1] += 2
    total, right = (sum(count[i] for count in counts.values()) for i in (0, 1))
    return right / max(total, 1), {kind: right / total for kind, (total, right) in sorted(counts.items())}
