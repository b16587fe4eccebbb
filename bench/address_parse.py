"""How well elements of real sentences are read: the tagger that `wangge train parse` makes, against the rules alone.

An element counts when its start, end and kind are those of the labelled file. With --train the tagger learns from that
file and is scored on --conll; without, --conll is cut into parts and each is read by a tagger of the others.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from address.learned.labelled import Sentence, Span, read_sentences, strict_f1
from address.learned.tagger import Tagger, train
from address.parse import parse
from bench._said import said

FOLDS: Final = 5
KINDS_OF_PARTS: Final = {
    "province": "prov", "city": "city", "county": "district", "town": "town", "village": "community", "road": "road",
    "number": "roadno", "estate": "poi", "building": "houseno", "unit": "cellno", "floor": "floorno", "room": "roomno",
    "poi": "poi",
}  # fmt: skip
NUMBER: Final = r"[0-9A-Za-z一二三四五六七八九十]+"
ENDS: Final = {
    "number": "号", "building": "(?:号楼|[栋幢座#])", "unit": "单元", "floor": "[楼层]", "room": "(?:室|号)?",
}  # fmt: skip


def by_rules(sentence: Sentence) -> list[Span]:
    """The elements that the rules read without a gazetteer, found again in the text, with the names of the file."""
    text = "".join(sentence.tokens)
    token_at: dict[int, int] = {}
    position = 0
    for i, token in enumerate(sentence.tokens):
        token_at[position] = i
        position += len(token)
    token_at[position] = len(sentence.tokens)
    spans: list[Span] = []
    start = 0
    for part, value in asdict(parse(text)).items():
        if value and part in KINDS_OF_PARTS:
            wanted = NUMBER + ENDS[part] if part in ENDS else re.escape(value)
            found = re.compile(wanted).search(text, start)
            if found is not None and found.start() in token_at and found.end() in token_at:
                spans.append((token_at[found.start()], token_at[found.end()], KINDS_OF_PARTS[part]))
                start = found.end()
    return spans


def measure(conll: Path, learn: Path | None, seed: int) -> dict[str, Any]:
    """The figures of one labelled file."""
    sentences = read_sentences(conll)
    if learn is not None:
        parts = [(read_sentences(learn), list(range(len(sentences))))]
    else:
        order = random.Random(seed).sample(range(len(sentences)), len(sentences))
        parts = []
        for fold in range(FOLDS):
            held = order[fold::FOLDS]
            out = frozenset(held)
            parts.append(([sentences[i] for i in order if i not in out], held))
    read: list[list[Span]] = [[] for _ in sentences]
    reading = training = 0.0
    for known, asked in parts:
        began = time.process_time()
        tagger: Tagger = train(known, seed)
        trained = time.process_time()
        for i, spans in zip(asked, tagger.read([sentences[i].tokens for i in asked]), strict=True):
            read[i] = spans
        training += trained - began
        reading += time.process_time() - trained
    f1, by_level = strict_f1([sentence.spans for sentence in sentences], read)
    return {
        "f1": f1,
        "sentences_per_cpu_second": len(sentences) / max(reading, 1e-9),
        "by_level": by_level,
        "train_cpu_seconds": training / len(parts),
        "scored": f"trained on {learn.name}" if learn else f"cross-validated by sentence, {FOLDS} parts",
        "baseline_rules": _rules(sentences),
        "sentences": len(sentences),
        **said(seed),
    }


def _rules(sentences: Sequence[Sentence]) -> dict[str, Any]:
    began = time.process_time()
    read = [by_rules(sentence) for sentence in sentences]
    spent = time.process_time() - began
    f1, by_level = strict_f1([sentence.spans for sentence in sentences], read)
    return {"f1": f1, "sentences_per_cpu_second": len(sentences) / max(spent, 1e-9), "by_level": by_level}


def main() -> None:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conll", type=Path, required=True, help="labelled sentences to be read")
    parser.add_argument("--train", type=Path, help="labelled sentences to learn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    figures = measure(told.conll, told.train, told.seed)
    if told.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        print(f"{key:26} {value}")


if __name__ == "__main__":
    main()
