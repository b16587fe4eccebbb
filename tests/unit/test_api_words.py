"""Every word of the pages has its English: templates, scripts, and the tables whose words the pages show."""

import re
from pathlib import Path

import pytest

from address.match import Why
from api.desk import PLACED_WORDS
from api.i18n import words
from core.actors import ROLE_NAMES_ZH
from registry.service import PURPOSE_NAMES_ZH

API = Path(__file__).resolve().parents[2] / "api"
STRING = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
IN_TEMPLATE = re.compile(rf"(?<![\w.])(_|n_)\(\s*{STRING}")
IN_SCRIPT = re.compile(rf"(?<![\w.])(t|count)\(\s*{STRING}")
IN_MODULE = re.compile(rf"(?<![\w.])(noop)\(\s*{STRING}")
PLURAL = {"n_", "count"}


def used() -> list[tuple[str, str, bool]]:
    """(file, word, counts) for every word that is marked anywhere."""
    found = []
    for pattern, files in (
        (IN_TEMPLATE, sorted((API / "templates").glob("*.html"))),
        (IN_SCRIPT, sorted((API / "static").glob("*.js"))),
        (IN_MODULE, sorted(API.glob("*.py"))),
    ):
        for path in files:
            for mark, quoted in pattern.findall(path.read_text(encoding="utf-8")):
                found.append((path.name, quoted[1:-1], mark in PLURAL))
    return found


def test_words_are_found_at_all() -> None:
    names = {name for name, _, _ in used()}
    assert {"base.html", "phone.html", "phone.js", "desk.html", "errors.py"} <= names


def test_every_word_has_its_english() -> None:
    en = words("en")
    lacking = sorted(
        {
            f"{name}: {word}"
            for name, word, is_counted in used()
            if word not in (en.plural if is_counted else en.single) and re.search(r"[\u4e00-\u9fff]", word)
        }
    )
    assert lacking == []


@pytest.mark.parametrize("word", [*ROLE_NAMES_ZH.values(), *PURPOSE_NAMES_ZH.values()])
def test_words_of_tables_have_their_english(word: str) -> None:
    assert word in words("en").single


def test_every_reason_of_the_matcher_has_its_chinese() -> None:
    assert {why.value for why in Why} <= PLACED_WORDS.keys()


def test_both_languages_ask_for_the_same_values() -> None:
    en = words("en")
    fields = re.compile(r"\{(\w+)\}")
    wrong = [zh for zh, told in en.single.items() if set(fields.findall(zh)) != set(fields.findall(told))]
    wrong += [zh for zh, forms in en.plural.items() if set(fields.findall(zh)) != set(fields.findall(forms[1]))]
    assert wrong == []


def test_a_count_says_one_and_many() -> None:
    assert words("en").count("{n} 个账号", 1) == "1 account"
    assert words("en").count("{n} 个账号", 1234) == "1,234 accounts"
    assert words("zh").count("{n} 个账号", 1234) == "1,234 个账号"
