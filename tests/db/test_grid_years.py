"""Yearly tables of divisions through the loader: former names and codes, whose word counts, and what stays."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as addresses
from core.actors import Actor, Role, Tier
from core.audit import count
from grid import service
from grid.errors import DivisionNotFound

pytestmark = pytest.mark.db

OLD, MID, NEW = "2015", "2019", "2024"
TOWN, STREET, HILLS, BRIDGE = "519901100000", "519901001000", "519901101000", "519901102000"


def rows(year: str, *told: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame({"year": [year] * len(told), "code": [c for c, _ in told], "name": [n for _, n in told]})


def tables() -> pl.DataFrame:
    """东湖镇 became 东湖街道; 西山乡 with its villages went to 石桥镇; and a county next door stays as it is."""
    next_door = (("519902", "江州区"), ("519902001", "南门街道"))
    old = (
        ("519901", "旌原县"), (TOWN, "东湖镇"), ("519901100001", "三角村委会"), (HILLS, "西山乡"),
        ("519901101001", "前坝村委会"), ("519901101002", "后坝村委会"), (BRIDGE, "石桥镇"),
        ("519901102001", "桥头村委会"),
    )  # fmt: skip
    new = (
        ("519901", "旌原区"), (STREET, "东湖街道"), ("519901001001", "三角社区居委会"), (BRIDGE, "石桥镇"),
        ("519901102001", "桥头村委会"), ("519901102003", "前坝村委会"), ("519901102004", "后坝村委会"),
    )  # fmt: skip
    return pl.concat([rows(OLD, *old, *next_door), rows(MID, *old, *next_door), rows(NEW, *new, *next_door)])


@pytest.fixture
def years(session: Session, actor: Actor, at: datetime) -> Session:
    service.load_division_years(session, tables(), actor=actor, at=at)
    return session


def test_tables_load_once(session: Session, actor: Actor, at: datetime) -> None:
    frame = tables()
    first = service.load_division_years(session, frame, actor=actor, at=at)
    assert (first.accepted, first.repeated, first.rejected) == (frame.height, 0, ())
    stamp = service.stamp(session)
    again = service.load_division_years(session, frame, actor=actor, at=at)
    assert (again.accepted, again.repeated) == (0, frame.height)
    assert service.stamp(session) == stamp
    changed = service.load_division_years(session, rows(OLD, (TOWN, "东湖场镇")), actor=actor, at=at)
    assert (changed.accepted, changed.repeated) == (1, 0)
    assert count(session, action="grid.division_years_loaded") == 2


def test_divisions_of_any_date(years: Session) -> None:
    def names(on: date) -> set[str]:
        return set(service.divisions_on(years, on)["full_name"])

    assert "旌原县东湖镇三角村委会" in names(date(2016, 5, 1))
    assert "旌原区东湖街道三角社区居委会" in names(date(2025, 1, 1))
    assert names(date(1999, 1, 1)) == names(date(2015, 1, 1))


def test_what_a_name_or_code_is_today(years: Session) -> None:
    by_name = service.today_of(years, "旌原县西山乡")
    assert [(one.key, [told[:2] for told in one.successors]) for one in by_name] == [
        (HILLS, [(BRIDGE, "旌原区石桥镇")])
    ]
    (by_code,) = service.today_of(years, "519901100", 2015)
    code, name, share, is_sure, steps = by_code.successors[0]
    assert (code, name, share, is_sure) == (STREET, "旌原区东湖街道", 1.0, True)
    assert steps == ("2024 renamed 东湖街道",)
    assert service.today_of(years, "没有的镇") == []


def test_an_office_overrules_what_was_inferred(years: Session, actor: Actor, at: datetime) -> None:
    service.correct_succession(years, 2019, HILLS, [STREET], document="旌府〔2020〕7号", actor=actor, at=at)
    (told,) = service.today_of(years, "西山乡", 2015)
    assert [one[0] for one in told.successors] == [STREET]
    assert count(years, action="grid.succession_corrected") == 1
    with pytest.raises(DivisionNotFound):
        service.correct_succession(years, 2019, HILLS, ["519901999000"], document="", actor=actor, at=at)
    with pytest.raises(DivisionNotFound):
        service.correct_succession(years, 2024, STREET, [], document="", actor=actor, at=at)


def test_the_newest_table_stands_in_until_the_office_hands_in_its_own(
    years: Session, actor: Actor, at: datetime
) -> None:
    assert {one.code for one in service.division_tree(years)} >= {STREET, "519902000000"}
    own = pl.DataFrame({"code": ["519901", STREET, BRIDGE], "name": ["旌原区", "东湖街道", "石桥镇"]})
    service.load_divisions(years, own, None, actor=actor, at=at)
    assert [one.code for one in service.division_tree(years)] == ["519901000000", STREET, BRIDGE]
    assert service.county(years).name == "旌原区"
    former = service.former_divisions(years)
    assert former.rewrite("江州区南门街道5号") is None
    told = former.rewrite("旌原县东湖镇三角村3组")
    assert told is not None
    assert told.text == "旌原区东湖街道三角社区3组"
    more = service.load_division_years(years, rows("2025", ("519902", "江州新区")), actor=actor, at=at)
    assert more.accepted == 1
    assert len(service.division_tree(years)) == 3, "tables of a whole province leave the site as it is"


def test_the_office_s_own_dated_rows_are_history_too(session: Session, actor: Actor, at: datetime) -> None:
    own = pl.DataFrame({"code": ["519901", TOWN, BRIDGE], "name": ["旌原区", "东湖镇", "石桥镇"]})
    service.load_divisions(session, own, None, actor=actor, at=at)
    ended = pl.DataFrame(
        {"code": [TOWN, STREET], "name": ["东湖镇", "湖滨街道"], "valid_from": [None, date(2024, 3, 1)],
         "valid_to": [date(2024, 3, 1), None], "successor_code": [STREET, None]}
    )  # fmt: skip
    service.load_divisions(session, ended, None, actor=actor, at=at)
    told = service.former_divisions(session).rewrite("旌原区东湖镇5号")
    assert told is not None
    assert told.text == "旌原区湖滨街道5号"


def test_villages_without_codes_are_known_by_name(session: Session, actor: Actor, at: datetime) -> None:
    wide = pl.DataFrame(
        {"year": [OLD, OLD, NEW, NEW], "county_code": ["519901"] * 4, "county": ["旌原区"] * 4,
         "town_code": [TOWN, TOWN, STREET, STREET], "town": ["东湖镇", "东湖镇", "东湖街道", "东湖街道"],
         "village": [None, "三角村委会", None, "三角社区居委会"]}
    )  # fmt: skip
    outcome = service.load_division_years(session, wide, actor=actor, at=at)
    assert (outcome.accepted, outcome.repeated) == (4, 0)
    known = session.execute(text("SELECT town, village FROM grid.v_village_without_code")).all()
    assert [tuple(row) for row in known] == [("东湖街道", "三角社区居委会")]


def test_the_loader_knows_both_layouts(fresh_database: str, actor: Actor, tmp_path: Path) -> None:
    from core.db import unit_of_work
    from etl import service as etl

    narrow = tmp_path / "区划2015.csv"
    narrow.write_text(
        "年份,统计用区划代码,城乡分类代码,名称\n2015,519901,,旌原区\n2015,519901100000,,东湖镇\n", "utf-8"
    )
    wide = tmp_path / "村社区.csv"
    wide.write_text(
        "year,county_code,county,town_code,town,village,urban_rural\n2024,519901,旌原区,519901001000,东湖街道,,\n",
        "utf-8",
    )
    reports = etl.load_folder(tmp_path, actor=actor)
    assert {report.kind: (report.accepted, report.rejected_count) for report in reports} == {
        "division_years": (2, 0),
        "village_years": (1, 0),
    }
    with unit_of_work(Tier.ETL) as session:
        told = service.former_divisions(session).rewrite("旌原区东湖镇5号")
        assert told is not None
        assert told.text == "旌原区东湖街道5号"


def test_who_may_correct(as_tier, signed_in, actor: Actor, at: datetime) -> None:
    with as_tier(Tier.ETL) as session:
        service.load_division_years(session, tables(), actor=actor, at=at)
    commander = signed_in(Role.COMMANDER)
    with as_tier(Tier.COMMAND, token=commander.token) as session:
        service.correct_succession(session, 2019, HILLS, [], document="撤销", actor=commander, at=at)
        (told,) = service.today_of(session, "西山乡", 2019)
        assert told.successors == ()


def test_an_address_written_the_old_way_is_placed_and_explained(years: Session, actor: Actor, at: datetime) -> None:
    plates = pl.DataFrame(
        {"row_no": [2, 3], "town": ["东湖街道", "石桥镇"], "village": ["三角社区", "前坝村"],
         "road": ["文庙街", "坝上街"], "number": ["5", "7"], "lon": [104.39, 104.41], "lat": [31.13, 31.14]}
    )  # fmt: skip
    addresses.ingest(years, plates, batch_id=None, actor=actor, at=at)
    texts = [
        "旌原区东湖街道文庙街5号", "四川省旌原县东湖镇三角村文庙街5号", "519901100000文庙街5号",
        "西山乡前坝村坝上街7号", "石桥镇坝上街7号",
    ]  # fmt: skip
    found = addresses.place(years, texts)
    assert found.precision == ["door"] * 5
    assert found.code[0] == found.code[1] == found.code[2] != found.code[3]
    assert found.code[3] == found.code[4]
    told = addresses.explain(years, texts[1])
    assert set(told.decision.faults) >= {"name.former"}
    assert ("division", "旌原县东湖镇三角村 → 旌原区东湖街道三角社区") in told.steps
    assert set(addresses.explain(years, texts[3]).decision.faults) >= {"division.former"}
    assert "code.former" in addresses.explain(years, texts[2]).decision.faults


def test_a_correction_is_seen_by_the_next_query(years: Session, actor: Actor, at: datetime) -> None:
    plates = pl.DataFrame(
        {"row_no": [2], "town": ["东湖街道"], "road": ["文庙街"], "number": ["5"], "lon": [104.39], "lat": [31.13]}
    )
    addresses.ingest(years, plates, batch_id=None, actor=actor, at=at)
    assert ("division", "西山乡 → 石桥镇") in addresses.explain(years, "西山乡文庙街5号").steps
    service.correct_succession(years, 2019, HILLS, [STREET], document="旌府〔2020〕7号", actor=actor, at=at)
    assert ("division", "西山乡 → 东湖街道") in addresses.explain(years, "西山乡文庙街5号").steps
