"""The auditor reads the log in Chinese: every action that the rooms write has its words."""

import re
from pathlib import Path

from api.audit_words import ACTIONS, action_words, thing_words
from cases.service import VERBS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "grid", "address", "registry", "incidents", "cases", "patrol", "etl")
WRITTEN = re.compile(r"""record(?:_many)?\(\s*(?:session|s),\s*\w+,\s*"([a-z_]+\.[a-z_]+)""")


def test_every_action_of_the_rooms_has_its_words() -> None:
    written = {
        action for room in ROOMS for path in (ROOT / room).rglob("*.py") for action in WRITTEN.findall(path.read_text())
    }
    assert len(written) > 20
    assert written - ACTIONS.keys() == set()


def test_an_act_on_a_case_is_called_as_its_button() -> None:
    for verb, rule in VERBS.items():
        assert rule.zh in action_words(f"case.{verb.value}", "zh")


def test_other_languages_and_unknown_actions_stay_as_logged() -> None:
    assert action_words("plan.drafted", "en") == "plan.drafted"
    assert action_words("new.thing", "zh") == "new.thing"
    assert (thing_words("case", "zh"), thing_words("odd", "zh"), thing_words("case", "en")) == ("案件", "odd", "case")
