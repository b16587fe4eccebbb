"""The judge of pairs and the reranker, on invented pairs that are drawn from a seed."""

import json
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz import fuzz

from address.learned.compared import Scales, columns, compare, name, plain
from address.learned.judging import Judge, Pool, Reranker
from address.learned.labelled import NotLabelled
from address.learned.model_file import NotAModel
from address.learned.pairs import EXACT, NONE, PARTIAL, Judged, macro_f1, numbered, read_pairs
from address.learned.trees import grow

SYLLABLES = "青云白石金沙柳林龙泉安宁新桥东湖和平清水"


def invented(count: int, seed: int) -> list[Judged]:
    """Queries of a building; the same building otherwise said is exact, another of the estate partial, the same estate
    name on another road none. What is spelled most alike is the wrong building."""
    rng = random.Random(seed)

    def word() -> str:
        return "".join(rng.sample(SYLLABLES, 2))

    made = []
    for _ in range(count):
        road, estate, plate, building = word() + "路", word() + "花园", rng.randint(1, 900), rng.randint(1, 30)
        town = word() + "镇"
        texts = [
            (f"{road}{estate}{building}号楼{word()}店", EXACT),
            (f"{town}{road}{plate}号{estate}{building + 1}栋", PARTIAL),
            (f"{word()}镇{word()}街{rng.randint(1, 900)}号{estate}{building}栋", NONE),
        ]
        rng.shuffle(texts)
        query = f"{town}{road}{plate}号{estate}{building}栋"
        made.append(Judged(query, tuple(text for text, _ in texts), tuple(label for _, label in texts)))
    return made


KNOWN, ASKED = invented(150, seed=1), invented(60, seed=2)
TRUTH = np.array([label for one in ASKED for label in one.labels])


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.train(KNOWN, rounds=20)


def test_the_judge_beats_every_threshold(judge: Judge) -> None:
    ratios = np.array([fuzz.ratio(one.query, text) for one in ASKED for text in one.texts])
    best = max(macro_f1(TRUTH, np.digitize(ratios, (a, b))) for a in range(0, 100, 4) for b in range(a, 101, 4))
    assert macro_f1(TRUTH, judge.judge(ASKED)) > 0.95 > best


def test_a_saved_judge_says_the_same(judge: Judge, tmp_path: Path) -> None:
    source = tmp_path / "pairs.tsv"
    source.write_text("a\tb\t0\n", encoding="utf-8")
    judge.save(tmp_path / "pairs.npz", source, date(2026, 11, 25))
    assert (Judge.load(tmp_path / "pairs.npz").judge(ASKED) == judge.judge(ASKED)).all()
    with pytest.raises(NotAModel, match="pairs"):
        Reranker.load(tmp_path / "pairs.npz")


def test_the_reranker_beats_the_index(tmp_path: Path) -> None:
    texts = numbered([*KNOWN, *ASKED])[1]
    numbers = {text: i for i, text in enumerate(texts)}
    pool = Pool(texts)
    reranker = Reranker.train(KNOWN, pool, numbers, rounds=20)
    queries = [one.query for one in ASKED]
    wanted = [numbers[one.texts[one.labels.index(EXACT)]] for one in ASKED]
    ranked = reranker.best(pool, queries)
    index = pool.look(queries)
    hits = np.mean([found[0] == want for found, want in zip(ranked, wanted, strict=True)])
    assert hits > 0.95
    assert hits > np.mean([found[0] == want for found, want in zip(index, wanted, strict=True)])
    source = tmp_path / "pairs.tsv"
    source.write_text("a\tb\t0\n", encoding="utf-8")
    reranker.save(tmp_path / "retrieve.npz", source, date(2026, 11, 25))
    again = Reranker.load(tmp_path / "retrieve.npz").best(pool, queries)
    assert all((one == other).all() for one, other in zip(again, ranked, strict=True))


def test_a_query_that_shares_nothing_finds_nothing() -> None:
    pool = Pool(["青云路1号", "白石路2号"])
    reranker = Reranker(grow(np.zeros((40, len(columns())), np.float32), np.zeros(40), classes=0, seed=1, rounds=1))
    found = reranker.best(pool, ["X", "", "青云路1号"])
    assert [len(texts) for texts in found[:2]] == [0, 0]
    assert found[2][0] == 0


def test_both_layouts_are_the_same_pairs(tmp_path: Path) -> None:
    words = {NONE: "不匹配", PARTIAL: "部分匹配", EXACT: "完全匹配"}
    rows = [
        {
            "query": o.query,
            "candidate": [{"text": t, "label": words[v]} for t, v in zip(o.texts, o.labels, strict=True)],
        }
        for o in ASKED
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    lines = [f"{o.query}\t{t}\t{v}" for o in ASKED for t, v in zip(o.texts, o.labels, strict=True)]
    (tmp_path / "b.tsv").write_text("\n".join(lines), encoding="utf-8")
    assert read_pairs(tmp_path / "a.jsonl") == read_pairs(tmp_path / "b.tsv") == ASKED


@pytest.mark.parametrize(
    "line", ["青云路\t白石路", "青云路\t白石路\t3", '{"query": "a"}', "{broken", '{"query": "a", "candidate": [1]}']
)
def test_a_line_that_is_no_pair_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("青云路\t白石路\t1\n" + line, encoding="utf-8")
    with pytest.raises(NotLabelled, match="line 2"):
        read_pairs(tmp_path / "bad")


def test_the_same_text_is_said_whole_by_both_sides() -> None:
    texts = [plain("青云路12号白石花园3幢"), plain("金沙街9号")]
    scales = Scales.learnt(texts)
    shown = scales.show(texts)
    rows = compare(texts, texts, (scales.hold(texts, shown), shown.views), (np.array([0, 0]), np.array([0, 1])))
    at = columns().index
    assert rows[0, [at("grams/q"), at("grams/t"), at("plates/q"), at("buildings/q"), at("roads/q")]] == pytest.approx(1)
    assert rows[1, [at("plates/q"), at("buildings/q"), at("roads/q")]].tolist() == [0, 0, 0]
    assert rows.shape[1] == len(columns())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("青云路12号白石花园3幢", "白石花园"),
        ("白石镇青云路与金沙街交叉口南50米龙泉大厦", "龙泉大厦"),
        ("龙泉大厦", "龙泉大厦"),
    ],
)
def test_the_name_is_what_stands_behind_road_and_plate(text: str, left: str) -> None:
    assert name(plain(text)) == left


def test_a_forest_scores_as_the_trees_that_were_grown() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 4)).astype(np.float32)
    target = rows[:, 0] * 2 + np.sin(rows[:, 1]) + (rows[:, 2] > 0)
    forest = grow(rows, target, classes=0, seed=1, rounds=40)
    same = HistGradientBoostingRegressor(
        max_iter=40, learning_rate=0.08, max_leaf_nodes=24, max_depth=6, min_samples_leaf=20, l2_regularization=1.0,
        early_stopping=False, random_state=1, max_features=0.5,
    )  # fmt: skip
    with threadpool_limits(1):
        expected = same.fit(rows, target).predict(rows)
    np.testing.assert_allclose(forest.scores(rows)[:, 0], expected, atol=1e-4)
