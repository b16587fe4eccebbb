"""Being stopped in the middle of a query is being stopped, whatever rolling back says."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from core.actors import Tier
from core.db import unit_of_work


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_the_wish_to_stop_comes_through_an_error_of_the_rollback(
    fresh_database: str, stop: type[BaseException]
) -> None:
    with pytest.raises(stop):
        _stopped_while_rolling_back(stop)
    with unit_of_work(Tier.OWNER) as session:
        assert session.execute(text("select 1")).scalar_one() == 1


def test_an_error_of_the_database_alone_stays_one(fresh_database: str) -> None:
    with pytest.raises(DataError), unit_of_work(Tier.OWNER) as session:
        session.execute(text("select 1 / 0"))


def _stopped_while_rolling_back(stop: type[BaseException]) -> None:
    with unit_of_work(Tier.OWNER) as session:
        try:
            raise stop
        except stop:
            session.execute(text("select 1 / 0"))
