"""Counts of each grid, kept up to date by the loaders."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session


def at_codes(session: Session, on: date) -> dict[str, tuple[int, int]]:
    """How many people lived and how many businesses worked at each code on a day; codes without any are missing."""
    found: dict[str, tuple[int, int]] = {}
    for code, people, businesses in session.execute(
        text("""
            SELECT code, sum(people)::int, sum(businesses)::int FROM (
                SELECT home_code AS code, count(*) AS people, 0 AS businesses FROM registry.residence
                WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to > :on) AND home_code IS NOT NULL GROUP BY 1
                UNION ALL
                SELECT site_code, 0, count(*) FROM registry.business_site
                WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to > :on) AND site_code IS NOT NULL GROUP BY 1
            ) told GROUP BY code
        """),
        {"on": on},
    ):
        found[code] = (people, businesses)
    return found


def recount(session: Session, grid_ids: Iterable[int | None]) -> None:
    """Count these grids anew and measure the box around their residents' buildings."""
    ids = sorted({grid_id for grid_id in grid_ids if grid_id is not None})
    if not ids:
        return
    session.execute(
        text("""
            INSERT INTO registry.grid_population AS g
                (grid_id, persons, households, businesses, west, south, east, north)
            SELECT wanted.id, people.n, (SELECT count(*) FROM registry.household WHERE grid_id = wanted.id),
                   (SELECT count(*) FROM registry.business WHERE grid_id = wanted.id),
                   people.west, people.south, people.east, people.north
            FROM unnest(CAST(:ids AS int[])) AS wanted(id)
            CROSS JOIN LATERAL (
                SELECT count(*) AS n, min(ST_X(spot)) AS west, min(ST_Y(spot)) AS south,
                       max(ST_X(spot)) AS east, max(ST_Y(spot)) AS north
                FROM registry.person WHERE grid_id = wanted.id) people
            ON CONFLICT (grid_id) DO UPDATE SET persons = excluded.persons, households = excluded.households,
                businesses = excluded.businesses, west = excluded.west, south = excluded.south,
                east = excluded.east, north = excluded.north
        """),
        {"ids": ids},
    )
