"""The list of what was closed since an instant, whenever it was opened."""

from datetime import datetime, timedelta

import pytest

from cases import service as cases
from cases.service import Filters
from core import db
from core.actors import Tier
from incidents import service as incidents
from incidents.kinds import StatusHint
from tests.db.incidents_town import ACTOR, settle, told

pytestmark = pytest.mark.db


def test_closed_today_holds_what_was_opened_long_ago_and_not_what_was_closed_before(
    fresh_database: str, at: datetime
) -> None:
    ground = settle(at)
    numbers = {}
    with db.unit_of_work(Tier.COMMAND) as session:
        for name, ended in (("today", at - timedelta(hours=1)), ("before", at - timedelta(days=3)), ("open", None)):
            hint = StatusHint.CLOSED if ended else StatusHint.OPEN
            incoming = told(name, at, ground.in_west, days=9, status_hint=hint, closed_at=ended)
            report = incidents.receive(session, incoming, actor=ACTOR, at=at).report
            numbers[name] = cases.open(session, report, actor=ACTOR, at=at).number
        listed = cases.cases(session, Filters(is_open=False, closed_since=at - timedelta(hours=2)), at=at)
        assert [case.number for case in listed] == [numbers["today"]]
        assert cases.figures(session, at=at).closed_today == 1
