"""Residents and businesses through the loaders: every row accounted for, nothing twice, nothing in clear."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor
from registry import service
from registry.errors import ColumnsMissing
from tests.db.registry_people import MINE, OTHERS, count, home, id_number, people, person, settle, shop

pytestmark = pytest.mark.db


@pytest.fixture
def grids(session: Session, actor: Actor, at: datetime) -> dict[str, int]:
    return settle(session, actor=actor, at=at)


def load(session: Session, frame: pl.DataFrame, actor: Actor, at: datetime):
    return service.load_residents(session, frame, batch_id=1, actor=actor, at=at)


def test_residents_load_once(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    frame = people(person(1), person(2), person(3, house=16))
    first = load(session, frame, actor, at)
    assert (first.accepted, first.repeated, first.rejected) == (3, 0, ())
    assert first.counts["placed_room"] == 3
    again = load(session, frame, actor, at)
    assert (again.accepted, again.repeated, again.rejected) == (0, 3, ())
    assert count(session, "person") == count(session, "residence") == 3
    assert count(session, "household") == 2
    assert audit.count(session, action="registry.residents_loaded") == 1


def test_the_grid_comes_from_the_address(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1), person(3, house=16)), actor, at)
    found = dict(session.execute(text("SELECT id_tail, grid_id FROM registry.person")).all())
    assert found == {id_number(1)[-2:]: grids[MINE], id_number(3)[-2:]: grids[OTHERS]}


def test_a_home_that_is_not_sure_belongs_to_no_worker(
    session: Session, grids: dict[str, int], actor: Actor, at: datetime
):
    done = load(session, people(person(1, home_text="火星大道9号"), person(2, home_text=None)), actor, at)
    assert done.accepted == 2
    assert count(session, "person", "grid_id IS NULL") == 2


def test_bad_rows_say_why_and_never_the_number(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    wrong = id_number(5)[:-1] + ("1" if id_number(5)[-1] != "1" else "2")
    frame = people(
        person(1, name=" "),
        person(2, id_no=None),
        person(3, id_no="519901800101123"),
        person(4, id_no=wrong),
        person(5, id_no="无"),
        person(6),
        person(6, phone="13900000001"),
        person(6),
    )
    done = load(session, frame, actor, at)
    assert [(reject.row_no, reject.column) for reject in done.rejected] == [
        (2, "name"),
        (3, "id_no"),
        (4, "id_no"),
        (5, "id_no"),
        (6, "id_no"),
        (8, "id_no"),
    ]
    assert (done.accepted, done.repeated, done.read) == (1, 1, 8)
    said = "".join(reject.zh + reject.en for reject in done.rejected)
    assert wrong not in said
    assert "519901" not in said


def test_what_people_type_is_folded(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    number = id_number(7)
    typed = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９x"))
    load(session, people(person(7, id_no=f" {typed} ")), actor, at)
    assert load(session, people(person(7, id_no=number)), actor, at).repeated == 1


def test_columns_that_contradict_the_number_are_counted(
    session: Session, grids: dict[str, int], actor: Actor, at: datetime
):
    done = load(session, people(person(1, gender="女", birth_on="1980年02月02日"), person(2)), actor, at)
    assert (done.counts["birth_differs"], done.counts["gender_differs"]) == (1, 1)
    assert count(session, "person", "gender = 'm' AND birth_year = 1980") == 1


def test_a_name_is_enough_beside_the_number(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    frame = pl.DataFrame({"name": ["张三"], "id_no": [id_number(1)]})
    assert load(session, frame, actor, at).accepted == 1
    with pytest.raises(ColumnsMissing, match="id_no"):
        load(session, frame.drop("id_no"), actor, at)
    assert load(session, frame.clear(), actor, at).read == 0


def test_moving_house_is_dated(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1)), actor, at)
    later = at + timedelta(days=40)
    done = load(session, people(person(1, house=16)), actor, later)
    assert (done.accepted, done.counts["changed"]) == (1, 1)
    rows = session.execute(
        text("SELECT grid_id, valid_from, valid_to FROM registry.residence ORDER BY valid_from")
    ).all()
    assert [tuple(row) for row in rows] == [
        (grids[MINE], at.date(), later.date()),
        (grids[OTHERS], later.date(), None),
    ]
    load(session, people(person(1, house=18)), actor, later)
    assert count(session, "residence") == 2, "corrected the same day: no residence of no days"
    assert count(session, "person") == 1


def test_a_new_phone_does_not_move_anybody(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1)), actor, at)
    load(session, people(person(1, phone="13911112222")), actor, at + timedelta(days=1))
    assert count(session, "residence") == 1
    assert session.execute(text("SELECT phone_masked FROM registry.person")).scalar_one() == "139****2222"


def test_nothing_lies_there_in_clear(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1, name="诸葛无名", register_text="火星路1号")), actor, at)
    service.load_businesses(session, people(shop(1, person="司马无名")), batch_id=1, actor=actor, at=at)
    for table in ("person", "household", "residence", "business", "business_site"):
        dump = str(session.execute(text(f"SELECT t::text FROM registry.{table} t")).scalars().all())
        for secret in ("无名", id_number(1), "13800000001", "火星", "13900000000"):
            assert secret not in dump
            assert secret.encode().hex() not in dump


def test_population_follows(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1), person(2), person(3, house=16)), actor, at)
    service.load_businesses(session, people(shop(1), shop(2, house=18)), batch_id=1, actor=actor, at=at)
    found = {row.grid_id: (row.persons, row.households, row.businesses) for row in service.population(session)}
    assert found == {grids[MINE]: (2, 1, 1), grids[OTHERS]: (1, 1, 1)}
    load(session, people(person(3)), actor, at)
    found = {row.grid_id: row.persons for row in service.population(session)}
    assert found == {grids[MINE]: 3, grids[OTHERS]: 0}


def test_businesses_load_once(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    frame = people(shop(1), shop(2, house=16), shop(3, uscc="91519901000000000X"), shop(4, name=""), shop(5, uscc=None))
    first = service.load_businesses(session, frame, batch_id=1, actor=actor, at=at)
    assert first.accepted == 2
    assert [(reject.row_no, reject.column) for reject in first.rejected] == [(4, "uscc"), (5, "name"), (6, "uscc")]
    again = service.load_businesses(session, frame, batch_id=2, actor=actor, at=at)
    assert (again.accepted, again.repeated) == (0, 2)
    row = session.execute(
        text("SELECT person_masked, phone_masked, founded_on::text FROM registry.business LIMIT 1")
    ).one()
    assert tuple(row) == ("李*", "139****0000", "2019-05-06")


def test_a_business_that_moves_keeps_its_old_site(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    service.load_businesses(session, people(shop(1)), batch_id=1, actor=actor, at=at)
    later = at + timedelta(days=3)
    service.load_businesses(session, people(shop(1, house=16)), batch_id=1, actor=actor, at=later)
    rows = session.execute(text("SELECT grid_id, valid_to FROM registry.business_site ORDER BY valid_from")).all()
    assert [tuple(row) for row in rows] == [(grids[MINE], later.date()), (grids[OTHERS], None)]


def test_one_address_one_file(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1), person(2), person(3, room=102), person(4, house=16)), actor, at)
    service.load_businesses(session, people(shop(1)), batch_id=1, actor=actor, at=at)
    building = session.execute(text("SELECT site_code FROM registry.business")).scalar_one()
    file = service.dossier(session, building, actor=actor)
    assert [len(household.residents) for household in file.households] in ([2, 1], [1, 2])
    assert [business.name for business in file.businesses] == ["旌原区第1小吃店"]
    assert not file.is_cut
    assert {who.relation for household in file.households for who in household.residents} == {"户主"}
    assert service.dossier(session, "A01000000000", actor=actor).households == ()


def test_redrawn_grids_take_their_people_along(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1), person(2, home_text="火星大道9号")), actor, at)
    service.load_businesses(session, people(shop(1)), batch_id=1, actor=actor, at=at)
    assert service.relink_grids(session, actor=actor, at=at) == 0
    session.execute(text("UPDATE address.address SET grid_id = :new"), {"new": grids[OTHERS]})
    assert service.relink_grids(session, actor=actor, at=at) == 3, "a person, his household and a business"
    assert count(session, "person", f"grid_id = {grids[OTHERS]}") == 1
    assert count(session, "residence", f"grid_id = {grids[OTHERS]}") == 1
    assert count(session, "person", "grid_id IS NULL") == 1
    found = {row.grid_id: row.persons for row in service.population(session)}
    assert found == {grids[MINE]: 0, grids[OTHERS]: 1}


def test_pages_go_on_where_they_ended(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(
        session, people(*(person(n, house=(12, 16)[n % 2], room=(101, 102, 201)[n % 3]) for n in range(20))), actor, at
    )
    seen, after = [], None
    while page := service.own_residents(session, actor=actor, after=after, limit=7):
        seen += [who.id for who in page]
        after = service.key_of(page[-1])
    assert len(seen) == len(set(seen)) == 20


def test_every_table_says_what_it_holds(session: Session):
    rows = session.execute(
        text("""
            SELECT c.relname, obj_description(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'registry' AND c.relkind IN ('r', 'p')
        """)
    ).all()
    assert len(rows) == 10
    for table, comment in rows:
        assert comment, table
        assert comment.startswith(("personal data: ", "no personal data: ")), table
        if comment.startswith("personal"):
            assert "; kept: " in comment, table


def test_home_texts_reach_the_address_room(session: Session, grids: dict[str, int], actor: Actor, at: datetime):
    load(session, people(person(1, home_text=home(14, 201))), actor, at)
    precision, code = session.execute(text("SELECT precision, home_code FROM registry.person")).one()
    assert precision == "room"
    name = session.execute(text("SELECT name FROM address.v_place WHERE code = :code"), {"code": code}).scalar_one()
    assert "201" in name
