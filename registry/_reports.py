"""What is doubtful in the register, as lists of places and records. Behind the door: call `registry.service.report`.

What a session sees is decided in the database: these queries hold no grid filter of their own. Each row says why it
stands there. They are about records that want checking, never about what somebody is like.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor


class Report(StrEnum):
    """The lists there are."""

    RESIDENTS_WITHOUT_CODE = "residents-without-code"
    BUSINESSES_WITHOUT_CODE = "businesses-without-code"
    AT_ENDED_CODES = "at-ended-codes"
    CODES_WITHOUT_PARENT = "codes-without-parent"
    ADDRESSES_TWICE = "addresses-twice"
    RECORDS_TWICE = "records-twice"
    OVER_FULL_ROOMS = "over-full-rooms"
    BUSINESSES_IN_DWELLINGS = "businesses-in-dwellings"


REPORT_NAMES: Mapping[Report, tuple[str, str]] = {
    Report.RESIDENTS_WITHOUT_CODE: ("居民没有地址编码", "residents without a code"),
    Report.BUSINESSES_WITHOUT_CODE: ("企业没有地址编码", "businesses without a code"),
    Report.AT_ENDED_CODES: ("登记在已停用的编码上", "registered at an ended code"),
    Report.CODES_WITHOUT_PARENT: ("地址没有上级", "addresses without a parent"),
    Report.ADDRESSES_TWICE: ("同一地址编了两次", "one address with two codes"),
    Report.RECORDS_TWICE: ("疑似重复登记", "records that may be the same"),
    Report.OVER_FULL_ROOMS: ("户室登记人数超限", "rooms with more people than the limit"),
    Report.BUSINESSES_IN_DWELLINGS: ("住宅内登记企业", "businesses in dwellings"),
}
"""Chinese and English titles."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of a list. `code` is None where there is none; `subject` is masked, `others` are codes to compare."""

    code: str | None
    place: str
    grid_id: int | None
    subject: str
    why_zh: str
    why_en: str
    others: tuple[str, ...] = ()


def report(
    session: Session, name: Report, *, on: date, actor: Actor, limit: int = 1000, skip: int = 0
) -> tuple[int, list[Finding]]:
    """How many rows a list has on this day, and so many of them after the first `skip`, by place."""
    values = {"on": on, "limit": limit, "skip": skip}
    rows = session.execute(
        text(f"""
            WITH found(code, place, grid_id, subject, why_zh, why_en, others) AS ({_LISTS[name]})
            SELECT *, count(*) OVER () AS total FROM found ORDER BY grid_id NULLS LAST, place, subject, code
            OFFSET :skip LIMIT :limit
        """),
        values,
    ).all()
    found = [
        Finding(row.code, row.place, row.grid_id, row.subject, row.why_zh, row.why_en, tuple(row.others or ()))
        for row in rows
    ]
    return (rows[0].total if rows else 0), found


def limit_of(session: Session, name: Report, on: date) -> int | None:
    """The limit that a list goes by on a day; None for one that has none."""
    value = session.execute(text(_LIMIT), {"name": name.value, "on": on}).scalar()
    return None if value is None else int(value)


_LIMIT = """
    SELECT value FROM registry.report_limit
    WHERE name = :name AND valid_from <= :on AND (valid_to IS NULL OR valid_to > :on)
"""
_KNOWN_TO = """
    CASE {it}.precision WHEN 'none' THEN '地址未能识别' WHEN 'road' THEN '只到道路' WHEN 'estate' THEN '只到小区'
        WHEN 'village' THEN '只到村、社区' WHEN 'town' THEN '只到乡镇街道' ELSE '没有编码' END,
    CASE {it}.precision WHEN 'none' THEN 'the address was not understood'
        ELSE 'known to the ' || {it}.precision || ' only' END
"""
_SAID = "translate(coalesce({part}, ''), '〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖', '00123456789123456789')"
_FOLDED = ", ".join(f"ltrim({_SAID.format(part=f'a.{part}')}, '0')" for part in ("building", "unit", "room"))

# Addresses are nobody's secret and carry no policy; a worker's list keeps to his ground all the same.
_OWN_GROUND = "(session_user <> 'wangge_worker' OR a.grid_id = ANY ((SELECT core.session_areas())::int[]))"

_LISTS: Mapping[Report, str] = {
    Report.RESIDENTS_WITHOUT_CODE: f"""
        SELECT NULL::text, '', p.grid_id, p.name_masked || ' ' || coalesce(p.birth_year::text, '') || ' ·' || p.id_tail,
               {_KNOWN_TO.format(it="p")}, NULL::text[]
        FROM registry.person p WHERE p.home_code IS NULL
    """,
    Report.BUSINESSES_WITHOUT_CODE: f"""
        SELECT NULL::text, '', b.grid_id, b.name || ' ' || b.uscc, {_KNOWN_TO.format(it="b")}, NULL::text[]
        FROM registry.business b WHERE b.site_code IS NULL
    """,
    Report.AT_ENDED_CODES: """
        SELECT a.code, a.name, r.grid_id, r.subject,
               '编码已停用，' || coalesce('现由 ' || s.successor || ' 负责', '没有唯一的后继编码'),
               'the code has ended; '
                   || coalesce(s.successor || ' answers for it now', 'no single code took its place'),
               CASE WHEN s.successor IS NOT NULL THEN ARRAY[s.successor::text] END
        FROM (SELECT home_code AS code, grid_id, name_masked AS subject FROM registry.person
              UNION ALL SELECT site_code, grid_id, name FROM registry.business) r
        JOIN address.address a ON a.code = r.code AND a.status IN ('historic', 'alternative')
        LEFT JOIN address.v_successor s ON s.code = a.code
    """,
    Report.CODES_WITHOUT_PARENT: f"""
        SELECT a.code, a.name, a.grid_id, a.level,
               coalesce('上级 ' || a.parent_code || ' 已停用或不存在', '没有上级地址'),
               coalesce('its parent ' || a.parent_code || ' has ended', 'there is no parent'),
               NULL::text[]
        FROM address.v_place a LEFT JOIN address.v_place up ON up.code = a.parent_code
        WHERE a.level IN ('building', 'unit', 'room') AND up.code IS NULL AND {_OWN_GROUND}
    """,
    Report.ADDRESSES_TWICE: f"""
        SELECT min(a.code), min(a.name), min(a.grid_id), count(*)::text,
               '写法不同而各部分相同：' || string_agg(a.name, '；' ORDER BY a.code),
               'the same parts written differently, ' || count(*) || ' codes', array_agg(a.code::text ORDER BY a.code)
        FROM address.address a WHERE a.status IN ('provisional', 'current') AND a.level <> 'landmark'
            AND {_OWN_GROUND}
        GROUP BY a.level, a.town, a.road, a.lane, a.number, a.sub_number, a.estate, {_FOLDED}, a.floor,
                 CASE WHEN a.road IS NULL THEN a.village END, CASE WHEN a.road IS NULL THEN a."group" END
        HAVING count(*) > 1
    """,
    Report.RECORDS_TWICE: """
        SELECT p.home_code, v.name, p.grid_id, p.name_masked || ' ' || p.birth_year || ' ·' || p.id_tail,
               '同一地址有 ' || count(*) || ' 条记录姓氏、字数、出生年、性别、证件末两位都相同',
               count(*) || ' records at one address agree in all that is shown', NULL::text[]
        FROM registry.person p JOIN address.v_place v ON v.code = p.home_code
        GROUP BY p.home_code, v.name, p.grid_id, p.name_masked, p.birth_year, p.gender, p.id_tail HAVING count(*) > 1
        UNION ALL
        SELECT b.site_code, v.name, b.grid_id, b.name, '同一地址有 ' || count(*) || ' 个同名企业，信用代码不同',
               count(*) || ' businesses of one name at one address with different credit codes', NULL::text[]
        FROM registry.business b JOIN address.v_place v ON v.code = b.site_code
        GROUP BY b.site_code, v.name, b.grid_id, b.name HAVING count(*) > 1
    """,
    Report.OVER_FULL_ROOMS: f"""
        SELECT v.code, v.name, v.grid_id, count(*)::text, '登记 ' || count(*) || ' 人，上限 ' || l.value || ' 人',
               count(*) || ' people registered, the limit is ' || l.value, NULL::text[]
        FROM ({_LIMIT.replace(":name", "'over-full-rooms'")}) l
        CROSS JOIN registry.person p JOIN address.v_place v ON v.code = p.home_code AND v.level = 'room'
        GROUP BY v.code, v.name, v.grid_id, l.value HAVING count(*) > l.value
    """,
    Report.BUSINESSES_IN_DWELLINGS: """
        SELECT v.code, v.name, v.grid_id, b.name || ' ' || b.uscc,
               '该户室另登记居民 ' || people.n || ' 人',
               people.n || ' people are registered in the same room', NULL::text[]
        FROM registry.business b JOIN address.v_place v ON v.code = b.site_code AND v.level = 'room'
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM registry.person p WHERE p.home_code = b.site_code) people
        WHERE people.n > 0
    """,
}
