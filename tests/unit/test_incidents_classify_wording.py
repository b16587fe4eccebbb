"""The model of words: learns from examples, says why, is kept without code, and a person's choice teaches it."""

from pathlib import Path

import numpy as np
import pytest

from incidents import wording
from incidents.classify import classify, shipped_rules

TEXTS = ["路灯不亮了", "路灯坏了", "灯不亮", "狗叫个不停", "隔壁的狗半夜叫", "狗咬人"]
LABELS = ["lamp.1", "lamp.1", "lamp.1", "dog.1", "dog.1", "dog.1"]
HELD_BACK = (
    ("马路边的照明灯坏掉了，天黑以后走路要打手电", "facility"),
    ("单位无故辞退员工，没有补偿", "labour"),
    ("丈夫酗酒后殴打妻子", "family"),
    ("地库车位只卖不租，没处停车", "property"),
    ("有辆车挡在我家车库门口，出不去", "traffic"),
    ("老人走失了，帮忙找一下", "help"),
    ("好像煤气漏了，味道越来越大", "safety"),
)


def test_it_learns_and_names_the_words_that_weighed_most() -> None:
    model = wording.fit(TEXTS, LABELS, {})
    for text, label in (("门口路灯又坏了", "lamp.1"), ("狗一直叫", "dog.1")):
        chances = model.chances([text])[0]
        assert model.labels[int(chances.argmax())] == label
        assert chances.sum() == pytest.approx(1, abs=1e-5)
    assert "路灯" in model.reasons("门口路灯又坏了", model.labels.index("lamp.1"))


def test_a_model_is_arrays_and_comes_back_the_same(tmp_path: Path) -> None:
    model = wording.fit(TEXTS, LABELS, {"texts": 6})
    wording.save(model, tmp_path / "wording.npz")
    again = wording.load(tmp_path / "wording.npz")
    assert (again.labels, again.vocabulary, again.about) == (model.labels, model.vocabulary, {"texts": 6})
    assert np.abs(again.weights - model.weights).max() <= np.abs(model.weights).max() / 127
    np.savez(tmp_path / "bad.npz", labels=np.array([{"a": 1}], dtype=object), vocabulary=np.array([]))
    with pytest.raises(ValueError, match="pickle"):
        wording.load(tmp_path / "bad.npz")


def test_the_shipped_model_is_what_the_shipped_texts_make() -> None:
    shipped, told = wording.load(wording.SHIPPED), wording.shipped_texts()
    made = wording.fit([text for text, _ in told], [label for _, label in told], {})
    assert made.labels == shipped.labels
    assert np.abs(made.weights - shipped.weights).max() < 0.02


def test_words_that_no_rule_and_no_example_has_are_understood_better_than_by_the_rules() -> None:
    texts, rules = [text for text, _ in HELD_BACK], shipped_rules()
    right = [category for _, category in HELD_BACK]
    with_model = classify(texts, [None] * len(texts), rules, wording.load(wording.SHIPPED)).category
    assert sum(a == b for a, b in zip(with_model, right, strict=True)) >= 6


def test_a_choice_teaches() -> None:
    text = "桂花巷的自动扶梯总停"
    choices = [(text, "facility"), ("桂花巷扶梯停运了", "facility"), ("自动扶梯不走了", "facility")] * 3
    before, after = wording.load(wording.SHIPPED), wording.retrained(choices, "2026-03-02")
    held_out = "商场门口的自动扶梯停了"
    assert wording.category_of(after.labels[int(after.chances([held_out])[0].argmax())]) == "facility"
    assert after.about["choices"] == 9
    assert after.chances([held_out])[0].max() > before.chances([held_out])[0].max()


@pytest.mark.parametrize("text", ["", "12345", "zzz qqq"])
def test_what_it_does_not_know_has_no_subject(text: str) -> None:
    found = classify([text], [None], shipped_rules(), wording.load(wording.SHIPPED))
    assert (found.subject, found.category) == ([None], ["other"])
