"""Tables of the patrol room. Private: other rooms use `patrol.service` and the view `patrol.v_road`.

No personal data but accounts (ids) and what workers write: notes are masked by the door before they come here, photos
lose their EXIF before they are stored. Both go with the retention class "case". Keys into other rooms (grid, case,
account, address code) are plain columns.
"""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import Date, Float, ForeignKey, Identity, Index, Integer, LargeBinary, SmallInteger, Text, Time, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

CODE = Text(collation="C")
SCHEMA = "patrol"
ONLY_OPEN = text("valid_to IS NULL")


def _line() -> Geometry:
    return Geometry("LINESTRING", srid=4326, spatial_index=False)


class RoadGraph(Base):
    """A loaded road file, by fingerprint. Exactly one is current."""

    __tablename__ = "road_graph"
    __table_args__ = (
        Index("road_graph_digest", "digest", unique=True),
        Index("road_graph_current", "is_current", unique=True, postgresql_where=text("is_current")),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    digest: Mapped[str] = mapped_column(CODE)
    source: Mapped[str] = mapped_column(Text)
    junctions: Mapped[int] = mapped_column(Integer)
    edges: Mapped[int] = mapped_column(Integer)
    is_current: Mapped[bool]
    loaded_at: Mapped[datetime]


class RoadEdge(Base):
    """A stretch of road between junctions a and b; masks say who may go from a to b and back (profiles.BIT)."""

    __tablename__ = "road_edge"
    __table_args__ = (Index("road_edge_geom", "geom", postgresql_using="gist"), {"schema": SCHEMA})

    graph_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("patrol.road_graph.id", ondelete="CASCADE", name="fk_road_edge_graph_id"), primary_key=True
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    a: Mapped[int] = mapped_column(Integer)
    b: Mapped[int] = mapped_column(Integer)
    road_class: Mapped[str] = mapped_column("class", CODE)
    name: Mapped[str] = mapped_column(Text)
    forward: Mapped[int] = mapped_column(SmallInteger)
    backward: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[Any] = mapped_column(_line())


class Team(Base):
    """A patrol team with its post, its shift in Shanghai time, and how it moves."""

    __tablename__ = "team"
    __table_args__ = (Index("team_code", "code", unique=True), {"schema": SCHEMA})

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    name: Mapped[str] = mapped_column(Text)
    post_name: Mapped[str] = mapped_column(Text)
    post_lon: Mapped[float] = mapped_column(Float(53))
    post_lat: Mapped[float] = mapped_column(Float(53))
    profile: Mapped[str] = mapped_column(CODE)
    shift_start: Mapped[time] = mapped_column(Time)
    shift_end: Mapped[time] = mapped_column(Time)


class TeamGrid(Base):
    """A grid in a team's care, dated."""

    __tablename__ = "team_grid"
    __table_args__ = (Index("team_grid_grid", "grid_id"), {"schema": SCHEMA})

    team_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("patrol.team.id", name="fk_team_grid_team_id"), primary_key=True
    )
    grid_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)


class TeamMember(Base):
    """An account in a team, dated."""

    __tablename__ = "team_member"
    __table_args__ = (
        Index("team_member_open", "account_id", "team_id", unique=True, postgresql_where=ONLY_OPEN),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    team_id: Mapped[int] = mapped_column(Integer, ForeignKey("patrol.team.id", name="fk_team_member_team_id"))
    account_id: Mapped[UUID]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Plan(Base):
    """A team's day: drafted by the machine, decided by a person. `line` is the whole way, lon first."""

    __tablename__ = "plan"
    __table_args__ = (
        Index("plan_team", "team_id", "on_date"),
        {"schema": SCHEMA},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    team_id: Mapped[int] = mapped_column(Integer, ForeignKey("patrol.team.id", name="fk_plan_team_id"))
    on_date: Mapped[date] = mapped_column(Date)
    seed: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None] = mapped_column(Text)
    minutes: Mapped[float] = mapped_column(Float(53))
    metres: Mapped[float] = mapped_column(Float(53))
    coverage_before: Mapped[float] = mapped_column(Float(53))
    coverage_after: Mapped[float] = mapped_column(Float(53))
    heat: Mapped[list[Any]] = mapped_column(JSONB)
    line: Mapped[Any | None] = mapped_column(_line())


class Stop(Base):
    """A stop of a plan (seq from 1), or with `out` set something left out of it (seq null)."""

    __tablename__ = "stop"
    __table_args__ = (Index("stop_plan", "plan_id", "seq"), {"schema": SCHEMA})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.plan.id", ondelete="CASCADE", name="fk_stop_plan_id"))
    team_id: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int | None] = mapped_column(Integer)
    out: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    title_zh: Mapped[str] = mapped_column(Text)
    title_en: Mapped[str] = mapped_column(Text)
    why: Mapped[list[Any]] = mapped_column(JSONB)
    case_id: Mapped[UUID | None]
    case_number: Mapped[str | None] = mapped_column(CODE)
    cell: Mapped[int | None]
    grid_id: Mapped[int] = mapped_column(Integer)
    code: Mapped[str | None] = mapped_column(CODE)
    lon: Mapped[float | None] = mapped_column(Float(53))
    lat: Mapped[float | None] = mapped_column(Float(53))
    dwell_minutes: Mapped[float] = mapped_column(Float(53))
    window_from: Mapped[datetime | None]
    window_until: Mapped[datetime | None]
    arrive_at: Mapped[datetime | None]
    leave_at: Mapped[datetime | None]
    travel_minutes: Mapped[float | None] = mapped_column(Float(53))
    travel_metres: Mapped[float | None] = mapped_column(Float(53))
    is_late: Mapped[bool]


class Task(Base):
    """What a team has to do at one stop of an approved plan."""

    __tablename__ = "task"
    __table_args__ = (
        Index("task_stop", "stop_id", unique=True),
        Index("task_team", "team_id", "on_date", "seq"),
        Index("task_case", "case_id", postgresql_where=text("case_id IS NOT NULL")),
        {"schema": SCHEMA},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.plan.id", name="fk_task_plan_id"))
    stop_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.stop.id", name="fk_task_stop_id"))
    team_id: Mapped[int] = mapped_column(Integer)
    on_date: Mapped[date] = mapped_column(Date)
    seq: Mapped[int] = mapped_column(Integer)
    grid_id: Mapped[int] = mapped_column(Integer)
    case_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class Feedback(Base):
    """One thing the phone said about a task. `id` is made by the phone: the same again changes nothing."""

    __tablename__ = "feedback"
    __table_args__ = (Index("feedback_task", "task_id", "at"), {"schema": SCHEMA})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.task.id", name="fk_feedback_task_id"))
    team_id: Mapped[int] = mapped_column(Integer)
    grid_id: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)
    lon: Mapped[float | None] = mapped_column(Float(53))
    lat: Mapped[float | None] = mapped_column(Float(53))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)


class Photo(Base):
    """A picture that came with a feedback: JPEG without EXIF, at most 1600 pixels a side."""

    __tablename__ = "photo"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: Mapped[UUID] = mapped_column(
        ForeignKey("patrol.feedback.id", ondelete="CASCADE", name="fk_photo_feedback_id"), primary_key=True
    )
    county_code: Mapped[str] = mapped_column(CODE)
    team_id: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(CODE)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)


class Visit(Base):
    """That a team was at a place: kept apart from what residents report, so that patrols never feed their own heat."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("visit_task", "task_id", unique=True),
        Index("visit_grid", "grid_id", "at"),
        Index("visit_cell", "cell", "at"),
        {"schema": SCHEMA},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    task_id: Mapped[UUID]
    team_id: Mapped[int] = mapped_column(Integer)
    grid_id: Mapped[int] = mapped_column(Integer)
    cell: Mapped[int | None]
    at: Mapped[datetime]
