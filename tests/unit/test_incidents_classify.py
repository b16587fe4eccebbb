"""What a report is about: the words decide, the reason names them, a tie is said, and nothing is guessed."""

import pytest

from incidents.classify import HINT_WEIGHT, OTHER, Category, Rules, classify, shipped_rules

SHIPPED = shipped_rules()
CATEGORIES = tuple(Category(code, f"{code}类", code.upper(), False, n) for n, code in enumerate(("a", "b", OTHER), 1))
SMALL = Rules(CATEGORIES, (("灯", "a", 1.0), ("路灯", "a", 3.0), ("狗", "b", 3.0), ("猫", "b", 1.0)))


def one(text: str, hint: str | None = None, rules: Rules = SMALL) -> tuple[str, str]:
    found = classify([text], [hint], rules)
    return found.category[0], found.why[0]


@pytest.mark.parametrize(
    ("text", "category", "named"),
    [
        ("小区路灯不亮，晚上看不见路", "facility", "路灯"),
        ("楼下烧烤摊占道经营，油烟大", "appearance", "占道经营"),
        ("健身房跑路，会员卡不予退费", "consumer", "退费"),
        ("老板拖欠工资三个月", "labour", "拖欠工资"),
        ("隔壁装修噪声扰民到半夜", "noise", "噪声"),
        ("消防通道被堵", "safety", "消防通道"),
    ],
)
def test_the_shipped_words_tell_the_usual_matters(text: str, category: str, named: str) -> None:
    found, why = one(text, rules=SHIPPED)
    assert found == category
    assert named in why


def test_there_are_fourteen_categories_and_every_word_belongs_to_one() -> None:
    codes = [category.code for category in SHIPPED.categories]
    assert len(set(codes)) == len(codes) == 14
    assert {code for _, code, _ in SHIPPED.words} <= set(codes)
    assert [category.rank for category in SHIPPED.categories] == list(range(1, 15))


@pytest.mark.parametrize("text", ["", "你好", "abc 123"])
def test_a_text_without_a_known_word_is_other_and_says_so(text: str) -> None:
    assert one(text) == (OTHER, "没有可识别的词语")


def test_a_tie_goes_to_the_one_listed_first_and_is_told() -> None:
    category, why = one("路灯下有狗")
    assert category == "a"
    assert "并列" in why
    assert "并列" not in one("路灯下有狗和猫")[1]


def test_a_word_counts_once_and_not_beside_the_longer_one_it_is_part_of() -> None:
    assert one("狗") == one("狗狗狗")
    assert one("路灯下有狗") == one("路灯路灯下有狗")  # 灯 adds nothing to 路灯: still a tie
    assert one("路灯有灯") == ("a", "词语：路灯")


def test_a_hint_weighs_less_than_a_strong_word_and_more_than_a_weak_one() -> None:
    assert one("猫", "a") == ("a", "来源归类：a")
    assert one("狗", "a类")[0] == "b"
    assert one("你好", "A") == ("a", "来源归类：A")
    assert one("狗", "没听说过") == one("狗")
    assert 1.0 < HINT_WEIGHT < 3.0


def test_the_source_saying_other_gives_way_to_any_word() -> None:
    assert one("猫", OTHER)[0] == "b"
    assert one("你好", OTHER) == (OTHER, "来源归类：other")


def test_other_offices_names_are_understood() -> None:
    assert one("请尽快处理", "环境卫生", SHIPPED) == ("appearance", "来源归类：环境卫生")


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    texts = ["路灯", "", "狗和猫", "路灯下有狗", "你好"]
    hints = [None, "b", None, None, "x"]
    many = classify(texts, hints, SMALL)
    assert list(zip(many.category, many.why, strict=True)) == [one(t, h) for t, h in zip(texts, hints, strict=True)]
    nothing = classify([], [], SMALL)
    assert (nothing.category, nothing.why) == ([], [])
