"""Taking back what a batch brought. Behind the door: call `address.service`.

Nothing is deleted and no code is given out again: objects the batch made become historic with an event `withdraw`, and
let go of their key and source number, so that the corrected file may be loaded and gets new codes. Objects it corrected
get their old name and position back.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address._ingest import placed
from address.version import change
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.rows import Burden

LASTING = ("rename", "renumber", "division", "split", "merge", "rebuild", "demolish", "duplicate")
"""Events by which an office has worked on an object since."""


def made_by(session: Session, batch_id: int) -> list[str]:
    """The codes of the living objects that a batch made."""
    return list(
        session.scalars(
            text("SELECT code FROM address.address WHERE batch_id = :batch AND status <> 'historic' ORDER BY code"),
            {"batch": batch_id},
        )
    )


def resting_on(session: Session, batch_id: int, codes: Sequence[str]) -> list[Burden]:
    """What the address register itself has built on a batch since: parts of its objects, and events."""
    values = {"batch": batch_id, "codes": list(codes), "events": list(LASTING)}
    parts = session.execute(
        text("""
            SELECT count(*) AS n, array_remove(array_agg(DISTINCT batch_id), NULL) AS batches FROM address.address
            WHERE parent_code = ANY(:codes) AND status <> 'historic' AND batch_id IS DISTINCT FROM :batch
        """),
        values,
    ).one()
    events = session.execute(
        text("""
            SELECT count(*) AS n, array_remove(array_agg(DISTINCT CAST(detail->>'batch' AS bigint)), NULL) AS batches
            FROM address.address_event
            WHERE from_codes && CAST(:codes AS text[]) AND (event = ANY(:events)
                OR event = 'correct' AND CAST(detail->>'batch' AS bigint) <> :batch)
        """),
        values,
    ).one()
    found = [
        Burden("下级地址", "addresses below them", parts.n, tuple(parts.batches or ())),
        Burden("地址变更", "changes of them", events.n, tuple(events.batches or ())),
    ]
    return [one for one in found if one.count]


def withdraw(session: Session, batch_id: int, *, actor: Actor, at: datetime) -> tuple[int, int]:
    """Take back a batch: (objects withdrawn, corrections put back). Ask `resting_on` and the rooms above first."""
    values = {"batch": batch_id, "on": day_of(at), "at": at}
    gone = session.execute(_EVENTS, values).rowcount  # type: ignore[attr-defined]
    for statement in (_NAMES, _CODES, _OBJECTS):
        session.execute(statement, values)
    restored = _restore(session, batch_id, at)
    if gone or restored:
        change(session)
        detail = {"withdrawn": gone, "restored": restored}
        record(session, actor, "address.batch_withdrawn", "address.address", str(batch_id), at, detail)
    return gone, restored


def _restore(session: Session, batch_id: int, at: datetime) -> int:
    """Give corrected objects the name and position from before; an event tells of it."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (a.code) a.code, a.town, a.village, coalesce(e.detail->>'name', a.name) AS name,
                   CAST(e.detail->'from'->>0 AS float8) AS lon, CAST(e.detail->'from'->>1 AS float8) AS lat
            FROM address.address_event e JOIN address.address a ON a.code = e.from_codes[1]
            WHERE e.event = 'correct' AND CAST(e.detail->>'batch' AS bigint) = :batch AND a.status <> 'historic'
                AND a.batch_id IS DISTINCT FROM :batch
            ORDER BY a.code, e.id
        """),
        {"batch": batch_id},
    ).all()
    if not rows:
        return 0
    frame = pl.DataFrame(
        [tuple(row) for row in rows],
        schema={"code": pl.String, "town": pl.String, "village": pl.String, "name": pl.String, "lon": pl.Float64,
                "lat": pl.Float64},
        orient="row",
    )  # fmt: skip
    columns = ("code", "name", "lon", "lat", "grid_id", "h3_8", "h3_9", "h3_10")
    ready = placed(session, frame, at).select(columns).to_dicts()
    values = [row | {"batch": batch_id, "on": day_of(at), "at": at} for row in ready]
    session.execute(_PUT_BACK_EVENT, values)
    session.execute(_PUT_BACK, values)
    return len(values)


_EVENTS = text("""
    INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, detail, recorded_at)
    SELECT 'withdraw', ARRAY[code::text], CAST('{}' AS text[]), :on,
           jsonb_build_object('batch', CAST(:batch AS bigint)), :at
    FROM address.address WHERE batch_id = :batch AND status <> 'historic'
""")
_NAMES = text("""
    UPDATE address.address_name n SET valid_to = :on FROM address.address a
    WHERE n.code = a.code AND a.batch_id = :batch AND a.status <> 'historic' AND n.valid_to IS NULL
""")
_CODES = text("""
    UPDATE address.address_code c SET valid_to = :on FROM address.address a
    WHERE c.code = a.code AND a.batch_id = :batch AND a.status <> 'historic' AND c.valid_to IS NULL
""")
_OBJECTS = text("""
    UPDATE address.address SET status = 'historic', key = key || '#' || code, source_ref = NULL
    WHERE batch_id = :batch AND status <> 'historic'
""")
_PUT_BACK_EVENT = text("""
    INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, detail, recorded_at)
    SELECT 'correct', ARRAY[code::text], ARRAY[code::text], :on, jsonb_build_object('undoes', CAST(:batch AS bigint),
           'from', jsonb_build_array(lon, lat), 'name', name), :at
    FROM address.address WHERE code = :code
""")
_PUT_BACK = text("""
    UPDATE address.address SET name = :name, lon = :lon, lat = :lat, grid_id = :grid_id, h3_8 = :h3_8, h3_9 = :h3_9,
        h3_10 = :h3_10 WHERE code = :code
""")
