"""Every rule of the address code that the database holds: one life each, nothing deleted, old names kept."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from address import codes, lives, service
from address._history import events_of
from address.service import AddressRecord, ChangeRefused, NewPlace, Status
from core.actors import Actor
from core.clock import day_of
from core.coords import Place
from tests.db.registry_people import settle

pytestmark = pytest.mark.db

ON = date(2026, 2, 1)
REISSUE = """
    INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, recorded_at)
    SELECT 'create', '{}', ARRAY[code], now(), now() FROM address.address WHERE status = 'historic' LIMIT 1
"""
COPY = """
    INSERT INTO address.address (code, level, name, lon, lat, precision_m, h3_8, h3_9, h3_10, key, created_at)
    SELECT code, level, name, lon, lat, precision_m, h3_8, h3_9, h3_10, key || 'x', now() FROM address.address
"""


@pytest.fixture
def town(session: Session, actor: Actor, at: datetime) -> Session:
    settle(session, actor=actor, at=at)
    return session


@pytest.fixture
def how(actor: Actor, at: datetime) -> dict[str, object]:
    return {"on": ON, "document": "旌府〔2026〕3号", "actor": actor, "at": at}


def find(session: Session, name: str) -> AddressRecord:
    code = session.execute(text("SELECT code FROM address.v_place WHERE name LIKE :n"), {"n": f"%{name}"}).scalar_one()
    found = service.get(session, str(code))
    assert found is not None
    return found


def events(session: Session) -> list[tuple[str, int, int]]:
    rows = session.execute(
        text("SELECT event, cardinality(from_codes), cardinality(to_codes) FROM address.address_event ORDER BY id")
    )
    return [(row[0], row[1], row[2]) for row in rows]


def names(session: Session, code: str) -> list[tuple[str, str, date | None]]:
    return [(one.kind, one.text, one.valid_to) for one in service.history(session, code).names]


def test_a_new_place_stands_below_its_parent(town: Session, how: dict[str, object]) -> None:
    above = find(town, "文庙街12号1栋")
    made = service.create(town, NewPlace({"unit": "2"}), parent=above.code, status=Status.PROVISIONAL, **how)
    assert codes.valid(made.code)
    assert (made.level, made.parent_code, made.status) == ("unit", above.code, "provisional")
    assert made.name == "东湖街道文庙社区文庙街12号1栋2单元"
    assert service.resolve(town, made.code, ON - timedelta(days=1)).status is None
    assert service.correct(town, made.code, status=Status.CURRENT, **how).status == "current"
    assert events(town) == [("create", 0, 1), ("correct", 1, 1)]


def test_a_renumbered_plate_renames_all_below_it_and_keeps_every_code(town: Session, how: dict[str, object]) -> None:
    door, room = find(town, "文庙街12号"), find(town, "12号1栋1单元101室")
    before = town.execute(text("SELECT count(*) FROM address.v_place")).scalar()
    assert service.rename(town, [door.code], {"number": "12甲号"}, kind=service.Kind.RENUMBER, **how) == 6
    assert find(town, "12甲号1栋1单元101室").code == room.code
    assert names(town, room.code) == [("former", "东湖街道文庙社区文庙街12号1栋1单元101室", ON)]
    assert service.name_on(town, room.code, ON - timedelta(days=1)) == room.name
    assert service.name_on(town, room.code, ON).endswith("文庙街12甲号1栋1单元101室")
    assert town.execute(text("SELECT count(*) FROM address.v_place")).scalar() == before
    assert events(town) == [("renumber", 1, 1)]


def test_a_division_change_keeps_the_code(town: Session, how: dict[str, object]) -> None:
    door = find(town, "文庙街14号")
    service.change_division(town, [door.code], town=("519901002000", "西湖街道"), village=None, **how)
    found = find(town, "西湖街道文庙社区文庙街14号")
    assert (found.code, found.town_code) == (door.code, "519901002000")
    assert names(town, door.code)[0][1] == door.name


def test_a_split_keeps_the_old_code_for_what_stays(town: Session, how: dict[str, object]) -> None:
    room = find(town, "12号1栋1单元201室")
    (made,) = service.split(town, room.code, [NewPlace({"room": "201A"})], **how)
    assert (made.parent_code, made.grid_id, made.lon) == (room.parent_code, room.grid_id, room.lon)
    assert service.resolve(town, room.code, ON).codes == (room.code,)
    assert service.resolve(town, made.code, ON - timedelta(days=1)).codes == ()


def test_merged_codes_lead_to_the_new_one_and_its_former_names_remain(town: Session, how: dict[str, object]) -> None:
    one, two = find(town, "12号1栋1单元101室"), find(town, "12号1栋1单元102室")
    made = service.merge(town, [one.code, codes.show(two.code)], NewPlace({"room": "101"}), **how)
    assert made.code not in (one.code, two.code)
    for old in (one, two):
        assert service.resolve(town, old.code, ON).codes == (made.code,)
        assert service.resolve(town, old.code, ON - timedelta(days=1)).codes == (old.code,)
        gone = service.get(town, old.code)
        assert gone is not None
        assert gone.status == "historic"
    assert {text_ for _, text_, _ in names(town, made.code)} == {one.name, two.name}
    led = town.execute(text("SELECT code, successor FROM address.v_successor ORDER BY code")).all()
    assert {tuple(row) for row in led} == {(one.code, made.code), (two.code, made.code)}


def test_merged_buildings_hand_down_what_stands_in_them(town: Session, how: dict[str, object]) -> None:
    door = find(town, "文庙街12号")
    extra = service.create(town, NewPlace({"building": "2"}), parent=door.code, **how)
    room = service.create(town, NewPlace({"room": "909"}), parent=extra.code, **how)
    made = service.merge(town, [find(town, "12号1栋").code, extra.code], NewPlace({"building": "3"}), **how)
    moved = service.get(town, room.code)
    assert moved is not None
    assert (moved.parent_code, moved.name[-8:]) == (made.code, "2号3栋909室")
    assert find(town, "12号3栋1单元101室").parts["building"] == "3"


def test_a_rebuilt_house_keeps_its_code_one_for_one_and_not_otherwise(town: Session, how: dict[str, object]) -> None:
    house, room = find(town, "12号1栋"), find(town, "12号1栋1单元101室")
    assert service.rebuild(town, [house.code], [], **how)[0].code == house.code
    new = service.rebuild(town, [house.code], [NewPlace({"building": "1"}), NewPlace({"building": "2"})], **how)
    assert service.resolve(town, house.code, ON).codes == tuple(one.code for one in new)
    assert service.resolve(town, room.code, ON).codes == ()
    assert events(town) == [("rebuild", 1, 1), ("rebuild", 1, 2), ("demolish", 4, 0)]
    assert town.execute(text("SELECT count(*) FROM address.v_successor")).scalar() == 0


def test_a_demolished_house_takes_its_rooms_along_and_frees_its_address(town: Session, how: dict[str, object]) -> None:
    house = find(town, "12号1栋")
    assert service.demolish(town, [house.code], **how) == 5
    again = service.create(town, NewPlace({"building": "1"}), parent=house.parent_code, **how)
    assert again.code != house.code
    assert again.name == house.name
    with pytest.raises(ChangeRefused, match="has another code by now"):
        service.correct(town, house.code, status=Status.CURRENT, **how)


def test_a_duplicate_leads_to_the_winner_with_all_below_it(town: Session, how: dict[str, object]) -> None:
    door = find(town, "文庙街12号")
    twin = service.create(town, NewPlace({"building": "壹"}), parent=door.code, **how)
    unit = service.create(town, NewPlace({"unit": "1"}), parent=twin.code, **how)
    same = service.create(town, NewPlace({"room": "101"}), parent=unit.code, **how)
    more = service.create(town, NewPlace({"room": "301"}), parent=unit.code, **how)
    house, room = find(town, "12号1栋"), find(town, "12号1栋1单元101室")
    assert service.duplicate(town, twin.code, house.code, **how) == 3
    assert service.resolve(town, same.code, ON).codes == (room.code,)
    assert service.resolve(town, twin.code, ON).status is Status.ALTERNATIVE
    moved = service.get(town, more.code)
    assert moved is not None
    assert moved.name.endswith("12号1栋1单元301室")
    assert ("alternative", twin.name, None) in names(town, house.code)


def test_a_position_and_a_mistaken_demolition_are_put_right(town: Session, how: dict[str, object]) -> None:
    room = find(town, "12号1栋1单元101室")
    moved = service.correct(town, room.code, place=Place(room.lon + 0.01, room.lat), **how)
    assert moved.lon == room.lon + 0.01
    assert moved.grid_id != room.grid_id
    service.demolish(town, [room.code], **how)
    assert service.correct(town, room.code, status=Status.CURRENT, **how).name == room.name


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (lambda s, a, b, how: service.demolish(s, [a], **how | {"on": date(2030, 1, 1)}), "将来"),
        (lambda s, a, b, how: service.merge(s, [a, a], NewPlace({"room": "9"}), **how), "至少两个"),
        (lambda s, a, b, how: service.duplicate(s, a, a, **how), "两个不同"),
        (lambda s, a, b, how: service.rename(s, [a], {"room": "102"}, **how), "已有同样的地址"),
        (lambda s, a, b, how: service.rename(s, [a], {"room": "101室"}, **how), "没有改动"),
        (lambda s, a, b, how: service.rename(s, [a], {}, **how), "没有说要改什么"),
        (lambda s, a, b, how: service.split(s, a, [NewPlace({"room": "102"})], **how), "已有同样的地址"),
        (lambda s, a, b, how: service.split(s, a, [], **how), "一个编码保留"),
        (lambda s, a, b, how: service.duplicate(s, a, find(s, "12号1栋").code, **how), "级别不同"),
        (lambda s, a, b, how: service.correct(s, a, status=Status.HISTORIC, **how), "只能把编码恢复"),
        (lambda s, a, b, how: service.correct(s, a, status=Status.CURRENT, **how), "无需更正"),
        (lambda s, a, b, how: service.create(s, NewPlace({"number": "1"}), parent=None, **how), "缺少位置"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(
    town: Session, how: dict[str, object], verb: Callable[..., object], words: str
) -> None:
    one, two = find(town, "12号1栋1单元101室"), find(town, "12号1栋1单元102室")
    with pytest.raises(ChangeRefused) as told:
        verb(town, one.code, two.code, how)
    assert words in told.value.zh
    assert events(town) == []


def test_a_code_that_ended_is_refused_with_the_one_to_use(town: Session, how: dict[str, object]) -> None:
    one, two = find(town, "12号1栋1单元101室"), find(town, "12号1栋1单元102室")
    made = service.merge(town, [one.code, two.code], NewPlace({"room": "103"}), **how)
    with pytest.raises(ChangeRefused) as told:
        service.split(town, one.code, [NewPlace({"room": "8"})], **how)
    assert told.value.zh == f"{one.code} 已于 {ON} 停用，不能再拆分；请改用 {made.code}"
    with pytest.raises(ChangeRefused, match="nothing earlier"):
        service.demolish(town, [made.code], **how | {"on": ON - timedelta(days=1)})


@pytest.mark.parametrize(
    "words",
    [
        "DELETE FROM address.address",
        "TRUNCATE address.address",
        "UPDATE address.address SET code = 'A01000000000'",
        "DELETE FROM address.address_event",
        "UPDATE address.address_event SET happened_on = '2020-01-01'",
        "TRUNCATE address.address_event",
        "UPDATE address.address SET status = 'current' WHERE status = 'historic'",
        REISSUE,
        COPY,
    ],
)
def test_the_tables_themselves_keep_the_promise(town: Session, how: dict[str, object], words: str) -> None:
    """Even the owner deletes, renames, revives or re-issues nothing."""
    service.demolish(town, [find(town, "12号1栋1单元101室").code], **how)
    with pytest.raises(IntegrityError), town.begin_nested():
        town.execute(text(words))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_random_lives_through_the_tables_resolve_as_told(town: Session, actor: Actor, at: datetime, seed: int) -> None:
    """A hundred random acts through the service; afterwards the history answers as a book of what was done does."""
    rng = random.Random(seed)
    rooms = [find(town, f"文庙街{house}号1栋1单元{room}室").code for house in (12, 14) for room in (101, 102, 201)]
    alive, points, book = set(rooms), {}, list[tuple[date, set[str], dict[str, tuple[str, ...]]]]()
    on, day, refused = date(2026, 1, 1), day_of(at), 0
    everyone = list(rooms)
    for number in range(100):
        on = min(on + timedelta(days=rng.randint(0, 1)), day)
        how = {"on": on, "document": None, "actor": actor, "at": at}
        new = NewPlace({"room": f"{900 + number}"})
        pool = [one for one in everyone if one in alive or rng.random() < 0.3]
        picked = rng.sample(pool if len(pool) > 1 else everyone, 2)
        try:
            with town.begin_nested():
                match rng.choice(["split", "merge", "demolish", "duplicate", "renumber", "rebuild", "restore"]):
                    case "split":
                        (made,) = service.split(town, picked[0], [new], **how)
                        alive.add(made.code)
                    case "merge":
                        made = service.merge(town, picked, new, **how)
                        alive = (alive - set(picked)) | {made.code}
                        points = points | dict.fromkeys(picked, (made.code,))
                    case "demolish":
                        service.demolish(town, picked[:1], **how)
                        alive, points = alive - {picked[0]}, points | {picked[0]: ()}
                    case "duplicate":
                        service.duplicate(town, picked[0], picked[1], **how)
                        alive, points = alive - {picked[0]}, points | {picked[0]: (picked[1],)}
                    case "renumber":
                        service.rename(town, picked[:1], new.parts, kind=service.Kind.RENUMBER, **how)
                    case "rebuild":
                        (made,) = service.rebuild(town, picked, [new], **how)
                        alive = (alive - set(picked)) | {made.code}
                        points = points | dict.fromkeys(picked, (made.code,))
                    case _:
                        service.correct(town, picked[0], status=Status.CURRENT, **how)
                        alive, points = alive | {picked[0]}, {k: v for k, v in points.items() if k != picked[0]}
        except ChangeRefused:
            refused += 1
            continue
        everyone += sorted(alive - set(everyone))
        book.append((on, set(alive), dict(points)))
    assert len(book) > 20 < refused
    told = events_of(town, everyone)
    for asked in {page[0] for page in book}:
        _, living, led = [page for page in book if page[0] <= asked][-1]
        for code in everyone:
            answer = lives.resolve(told, code, asked)
            assert set(answer.codes) == _ends(code, living, led), (code, asked)
    today = {row[0]: row[1] for row in town.execute(text("SELECT code, successor FROM address.v_successor"))}
    for code in everyone:
        ends = _ends(code, book[-1][1], book[-1][2])
        assert today.get(code) == (next(iter(ends)) if len(ends) == 1 and code not in ends else None)
        found = service.get(town, code)
        assert found is not None
        assert (found.status in ("current", "provisional")) == (code in book[-1][1])


def _ends(code: str, living: set[str], led: dict[str, tuple[str, ...]]) -> set[str]:
    if code in living:
        return {code}
    return {end for further in led.get(code, ()) for end in _ends(further, living, led)}


def test_a_load_knows_a_second_code_and_the_index_a_change(town: Session, how: dict[str, object]) -> None:
    stamp = service.stamp(town)
    one, two = find(town, "12号1栋1单元101室"), find(town, "12号1栋1单元102室")
    service.duplicate(town, two.code, one.code, **how)
    assert service.stamp(town) != stamp
    row = {
        "row_no": 2, "town": "东湖街道", "village": "文庙社区", "road": "文庙街", "number": "12", "building": "1",
        "unit": "1", "room": "102", "lon": two.lon, "lat": two.lat,
    }  # fmt: skip
    outcome = service.ingest(town, pl.DataFrame([row]), batch_id=None, actor=how["actor"], at=how["at"])
    assert (outcome.accepted, outcome.repeated) == (0, 1)


def test_what_people_still_write_finds_todays_place(town: Session, how: dict[str, object]) -> None:
    """Renamed, merged, doubled: the old words lead to the code that answers now, and the answer says why."""
    rooms = {name: find(town, f"{name}室") for name in ("12号1栋1单元101", "12号1栋1单元102", "16号1栋1单元101")}
    door = find(town, "文庙街14号")
    twin = service.create(town, NewPlace({"building": "6"}), parent=find(town, "文庙街16号").code, **how)
    service.rename(town, [door.code], {"road": "新庙街"}, **how)
    one, two = (rooms[f"12号1栋1单元{n}"].code for n in (101, 102))
    made = service.merge(town, [one, two], NewPlace({"room": "199"}), **how)
    service.duplicate(town, twin.code, find(town, "16号1栋").code, **how)
    said = [
        "旌原区东湖街道新庙街14号", "旌原区东湖街道文庙街14号1栋1单元101", "旌原区东湖街道文庙街12号1栋1单元102",
        "旌原区东湖街道文庙街16号6栋",
    ]  # fmt: skip
    found = service.place(town, said)
    moved = find(town, "新庙街14号1栋1单元101室").code
    assert found.code == [door.code, moved, made.code, find(town, "16号1栋").code]
    assert found.why[0] != found.why[1] == found.why[2] == "a former name, the rest equal"
