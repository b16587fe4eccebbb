"""The learned tagger, on an invented corpus that is drawn from a seed."""

import hashlib
import random
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from sqlalchemy.orm import Session

from address import service
from address.answers import NOTHING, Explanation
from address.learned.chain import Marks, best, chances
from address.learned.labelled import NotLabelled, Sentence, Span, marks_of, read_sentences, spans_of, strict_f1
from address.learned.model_file import NotAModel
from address.learned.tagger import Tagger, tokens_of, train
from address.parse import Parts
from bench.address_parse import by_rules
from core.settings import settings

SYLLABLES = "青云白石金沙柳林龙泉安宁新桥东湖和平清水"


def invented(count: int, seed: int) -> list[Sentence]:
    """Addresses of a place where estates end in 轩 and shops stand behind their room, which no rule knows."""
    rng = random.Random(seed)

    def name(length: int) -> str:
        return "".join(rng.choices(SYLLABLES, k=length))

    made = []
    for _ in range(count):
        parts = [
            (name(2) + "县", "district"), (name(2) + "镇", "town"), (name(2) + rng.choice(["路", "街"]), "road"),
            (f"{rng.randint(1, 900)}号", "roadno"), (name(2) + "轩", "poi"), (f"{rng.randint(1, 30)}幢", "houseno"),
            (f"{rng.randint(1, 4)}单元", "cellno"), (f"{rng.randint(101, 999)}室", "roomno"),
            (name(3) + "店", "person"),
        ]  # fmt: skip
        kept = [part for part in parts if rng.random() < 0.7] or parts[:2]
        tokens: list[str] = []
        spans: list[Span] = []
        for text, kind in kept:
            more = tokens_of(text, joins=True)
            spans.append((len(tokens), len(tokens) + len(more), kind))
            tokens += more
        made.append(Sentence(tuple(tokens), tuple(spans)))
    return made


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return train(invented(500, seed=1), rounds=2)


def test_training_beats_the_rules(tagger: Tagger) -> None:
    held_out = invented(100, seed=2)
    truth = [sentence.spans for sentence in held_out]
    learned, by_kind = strict_f1(truth, tagger.read([sentence.tokens for sentence in held_out]))
    ruled, _ = strict_f1(truth, [by_rules(sentence) for sentence in held_out])
    assert learned > 0.95 > ruled
    assert min(by_kind[kind] for kind in ("houseno", "cellno", "roomno")) > 0.95


def test_a_saved_tagger_reads_the_same(tagger: Tagger, tmp_path: Path) -> None:
    source = tmp_path / "labelled.txt"
    source.write_text("青 B-road\n路 I-road\n", encoding="utf-8")
    head = tagger.save(tmp_path / "models" / "parse.npz", source, date(2026, 11, 25))
    assert head["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    again = Tagger.load(tmp_path / "models" / "parse.npz")
    asked = [sentence.tokens for sentence in invented(50, seed=3)]
    assert again.read(asked) == tagger.read(asked)
    assert again.explain("青云县 白石路12号") == "district=青云县  road=白石路  roadno=12号"


def test_nothing_and_strange_signs_are_read(tagger: Tagger) -> None:
    assert tagger.read([]) == []
    assert tagger.read([(), ("\U0001f3e0",), ("𠀀", "路")])[0] == []


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "parse.npz").write_bytes(content)
    with pytest.raises(NotAModel, match="train it again"):
        Tagger.load(tmp_path / "parse.npz")


def test_a_model_with_objects_in_it_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "parse.npz", head=np.array([{"task": "parse"}], dtype=object))
    with pytest.raises(NotAModel):
        Tagger.load(tmp_path / "parse.npz")


@pytest.mark.parametrize(
    "marks", [["B-road", "I-road", "E-road", "S-poi", "O"], ["B-road", "I-road", "I-road", "B-poi", "O"]]
)
def test_both_layouts_say_the_same(marks: list[str]) -> None:
    spans = spans_of(marks)
    assert spans == [(0, 3, "road"), (3, 4, "poi")]
    assert spans_of(marks_of(spans, 5)) == spans


def test_a_line_without_a_mark_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("青 B-road\n路\n", encoding="utf-8")
    with pytest.raises(NotLabelled, match="line 2"):
        read_sentences(tmp_path / "bad.txt")


def test_chances_and_best_chain_are_those_of_all_chains_counted() -> None:
    marks = Marks.of(("road",))
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(1, 3, 5)).astype(np.float32)
    steps = rng.normal(size=(5, 5)).astype(np.float32)
    ways = {}
    for chain in np.ndindex(5, 5, 5):
        is_whole = marks.opens[chain[0]] and marks.closes[chain[2]]
        if is_whole and all(marks.follows[a, b] for a, b in pairwise(chain)):
            total = sum(scores[0, t, m] for t, m in enumerate(chain))
            ways[chain] = float(total + sum(steps[a, b] for a, b in pairwise(chain)))
    weights = {chain: np.exp(total) for chain, total in ways.items()}
    whole = sum(weights.values())
    expected = [[sum(w for c, w in weights.items() if c[t] == m) / whole for m in range(5)] for t in range(3)]
    chance, taken = chances(scores, np.array([3]), steps, marks)
    np.testing.assert_allclose(chance[0], expected, atol=1e-5)
    assert taken.sum() == pytest.approx(2, abs=1e-4)
    assert tuple(best(scores, np.array([3]), steps, marks)[0]) == max(ways, key=lambda chain: ways[chain])


def test_explain_shows_what_a_model_in_the_data_folder_reads(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Explanation([("parse", "road=白石路")], Parts(road="白石路"), [], NOTHING)
    index = SimpleNamespace(explain=lambda words: told)
    monkeypatch.setattr(service, "index", lambda session: index)
    monkeypatch.setenv("WANGGE_DATA", str(tmp_path))
    settings.cache_clear()
    try:
        session = cast("Session", None)
        assert service.explain(session, "白石路12号") == told
        source = tmp_path / "labelled.txt"
        source.write_text("青 B-road\n", encoding="utf-8")
        tagger.save(tmp_path / "models" / "parse.npz", source, date(2026, 11, 25))
        assert service.explain(session, "白石路12号").steps[1:] == [("learned", "road=白石路  roadno=12号")]
        (tmp_path / "models" / "parse.npz").write_bytes(b"broken")
        assert "请重新训练" in service.explain(session, "白石路12号").steps[1][1]
    finally:
        settings.cache_clear()
