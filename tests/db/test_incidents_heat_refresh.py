"""The heat counts every report, however many chunks came before the worker ran."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from core import jobs
from core.actors import Tier, system_actor
from incidents import service as incidents
from incidents.incoming import Incoming, frame_of
from incidents.kinds import Channel

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ACTOR = system_actor("tests")


def report(number: int, at: datetime) -> Incoming:
    return Incoming(
        channel=Channel.WEB, reference=f"R{number}", received_at=at, words="路灯坏了", lon=104.39, lat=31.13
    )  # fmt: skip


def test_two_chunks_on_two_days_are_both_counted(as_tier: Any) -> None:
    for number in range(2):
        with as_tier(Tier.ETL) as session:
            chunk = frame_of([report(number, NOON + timedelta(days=number))])
            incidents.receive_many(session, chunk, batch_id=None, actor=ACTOR, at=NOON + timedelta(days=3))
    jobs.run_pending(now=lambda: NOON + timedelta(days=4))
    with as_tier(Tier.JOBS) as session:
        counted = session.execute(
            text("SELECT day::text, sum(n) FROM incidents.heat_day WHERE resolution = 9 GROUP BY day ORDER BY day")
        ).all()
    assert [tuple(row) for row in counted] == [("2026-11-20", 1), ("2026-11-21", 1)]
