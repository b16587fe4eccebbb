"""The index in memory after an edit: the next query sees it, whoever made it, and only what was edited is read anew."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import _placing, service
from address.match import AddressIndex
from core import db
from core.actors import Actor, Tier
from core.db import unit_of_work

pytestmark = pytest.mark.db

ROOT = Path(__file__).resolve().parents[2]
LON, LAT = 104.39, 31.13
OTHER_PROCESS = """
import sys
from core import clock, db
from core.actors import Tier, system_actor
from core.db import unit_of_work
from address import service
import polars as pl
db.use_database(sys.argv[1])
row = {"road": ["岷江路"], "number": [sys.argv[2]], "town": ["东湖街道"], "lon": [104.39], "lat": [31.13]}
with unit_of_work(Tier.ETL) as session:
    service.ingest(session, pl.DataFrame(row), batch_id=None, actor=system_actor("tests"), at=clock.now())
"""


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows each index that was built had."""
    counts: list[int] = []
    build = AddressIndex.build

    def counted(frame: pl.DataFrame, *given: object, **named: object) -> AddressIndex:
        counts.append(len(frame))
        return build(frame, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(AddressIndex, "build", counted)
    _placing._kept.clear()
    yield counts
    _placing._kept.clear()


def plates(numbers: range, road: str = "岷江路") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row_no": list(numbers), "town": "东湖街道", "road": road, "number": [str(n) for n in numbers],
            "lon": [LON + n * 1e-4 for n in numbers], "lat": LAT,
        }
    )  # fmt: skip


def loaded(frame: pl.DataFrame, actor: Actor, at: datetime) -> None:
    with unit_of_work(Tier.ETL) as session:
        service.ingest(session, frame, batch_id=None, actor=actor, at=at)


def found(*words: str) -> list[str | None]:
    """The standard name of the place of each text."""
    with unit_of_work(Tier.ETL) as session:
        codes = service.place(session, words).code
        names = service.name_of(session, [code for code in codes if code])
    return [names[code] if code else None for code in codes]


def elsewhere(database: str, number: str) -> None:
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, database, number], cwd=ROOT, check=True, timeout=120)


def test_an_address_that_another_process_makes_is_found_by_the_next_query(
    fresh_database: str, actor: Actor, at: datetime, built: list[int]
) -> None:
    loaded(plates(range(1, 41)), actor, at)
    assert found("岷江路77号") == [None]
    elsewhere(fresh_database, "77")
    assert found("岷江路77号", "岷江路40号") == ["东湖街道岷江路77号", "东湖街道岷江路40号"]
    assert built == [40]


def test_every_kind_of_edit_is_seen(fresh_database: str, actor: Actor, at: datetime, built: list[int]) -> None:
    loaded(plates(range(1, 41)), actor, at)
    assert found("岷江路7号") == ["东湖街道岷江路7号"]
    code = code_of("东湖街道岷江路7号")
    with unit_of_work(Tier.ETL) as session:  # moved
        session.execute(text("UPDATE address.address SET lat = lat + 0.01 WHERE code = :code"), {"code": code})
        _change(session)
    with unit_of_work(Tier.ETL) as session:
        assert service.place(session, ["岷江路7号"]).lat[0] == pytest.approx(LAT + 0.01)
    with unit_of_work(Tier.ETL) as session:  # called otherwise
        session.execute(
            text("""INSERT INTO address.address_name (code, kind, text, valid_from)
                    VALUES (:code, 'colloquial', '老供销社大楼', '2026-01-01')"""),
            {"code": code},
        )
        _change(session)
    assert found("老供销社大楼") == ["东湖街道岷江路7号"]
    with unit_of_work(Tier.ETL) as session:  # no more
        session.execute(text("UPDATE address.address SET status = 'historic' WHERE code = :code"), {"code": code})
        _change(session)
    assert found("岷江路7号", "老供销社大楼", "岷江路8号") == [None, None, "东湖街道岷江路8号"]
    assert built == [40]


def test_what_is_rolled_back_is_not_found(fresh_database: str, actor: Actor, at: datetime, built: list[int]) -> None:
    loaded(plates(range(1, 41)), actor, at)
    assert found("岷江路77号") == [None]
    with db.engine(Tier.ETL).connect() as connection, Session(connection) as session:
        service.ingest(session, plates(range(77, 78)), batch_id=None, actor=actor, at=at)
        assert service.place(session, ["岷江路77号"]).code[0] is not None
        session.rollback()
    loaded(plates(range(78, 79)), actor, at)
    assert found("岷江路77号", "岷江路78号") == [None, "东湖街道岷江路78号"]
    assert built == [40]


def test_a_transaction_that_ends_after_another_began_is_seen(
    fresh_database: str, actor: Actor, at: datetime, built: list[int]
) -> None:
    loaded(plates(range(1, 41)), actor, at)
    with db.engine(Tier.ETL).connect() as connection, Session(connection) as slow, slow.begin():
        slow.execute(text("UPDATE address.address SET lat = lat + 0.01 WHERE name LIKE '%路5号'"))
        assert found("岷江路5号") == ["东湖街道岷江路5号"]  # read while the other works
        _change(slow)
    with unit_of_work(Tier.ETL) as session:
        assert service.place(session, ["岷江路5号"]).lat[0] == pytest.approx(LAT + 0.01)
    assert built == [40]


def test_a_stream_of_chunks_builds_seldom(fresh_database: str, actor: Actor, at: datetime, built: list[int]) -> None:
    loaded(plates(range(1, 101)), actor, at)
    for first in range(101, 201, 5):
        loaded(plates(range(first, first + 5)), actor, at)
        assert found(f"岷江路{first}号") == [f"东湖街道岷江路{first}号"]
    assert len(built) <= 4


def test_a_process_that_starts_takes_what_another_built(
    fresh_database: str, actor: Actor, at: datetime, built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_placing, "WORTH_KEEPING", 10)
    loaded(plates(range(1, 41)), actor, at)
    assert found("岷江路7号") == ["东湖街道岷江路7号"]
    _placing._kept.clear()
    loaded(plates(range(41, 43)), actor, at)
    assert found("岷江路7号", "岷江路42号") == ["东湖街道岷江路7号", "东湖街道岷江路42号"]
    assert built == [40]


def code_of(name: str) -> str:
    with unit_of_work(Tier.ETL) as session:
        return str(
            session.execute(text("SELECT code FROM address.address WHERE name = :name"), {"name": name}).scalar_one()
        )


def _change(session: Session) -> None:
    from address.version import change

    change(session)


def test_an_index_read_in_a_transaction_sees_what_that_transaction_edits_afterwards(
    fresh_database: str, actor: Actor, at: datetime, built: list[int]
) -> None:
    """Also when a younger transaction has ended before the reading: our own number then lies below the snapshot's."""
    loaded(plates(range(1, 41)), actor, at)
    with unit_of_work(Tier.ETL) as session:
        session.execute(text("SELECT pg_current_xact_id()"))
        with unit_of_work(Tier.OWNER) as younger:
            younger.execute(text("SELECT pg_current_xact_id()"))
        assert service.place(session, ["岷江路77号"]).code == [None]
        service.ingest(session, plates(range(77, 78)), batch_id=None, actor=actor, at=at)
        assert service.place(session, ["岷江路77号"]).code != [None]
    assert found("岷江路77号") == ["东湖街道岷江路77号"]
    assert built == [40]
