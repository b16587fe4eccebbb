"""One function a kind of table: a chunk of rows, under our column names, into the room that owns them.

Each takes (session, frame, batch_id, actor, at) and answers an `Outcome`; the caller owns the transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import polars as pl
from sqlalchemy.orm import Session

import address.service as address_service
import cases.service as cases_service
import grid.service as grid_service
import incidents.service as incidents_service
import patrol.service as patrol_service
import registry.service as registry_service
from core.actors import Actor
from core.rows import Outcome
from etl.staff import take_staff
from incidents.channels.table import LAYOUTS, adapt
from incidents.kinds import Channel

IMPLIED: Final = "推定"
CONTACT_SPACE: Final = uuid5(NAMESPACE_URL, "wangge:contact")


@dataclass(frozen=True, slots=True)
class Kind:
    """How many rows make a transaction, and the function that takes them."""

    chunk_rows: int
    take: Callable[[Session, pl.DataFrame, int, Actor, datetime], Outcome]


def take_divisions(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Administrative divisions."""
    return grid_service.load_divisions(session, frame, actor=actor, at=at)


def take_division_years(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Yearly tables of divisions: former names and codes."""
    return grid_service.load_division_years(session, frame, actor=actor, at=at)


def take_addresses(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """The address register. The rows' own name of a building stands in where it has no number.

    Rows of our own export of what others imply (推定) say nothing new: the rows that imply it say it.
    """
    is_told = (pl.col("origin") != IMPLIED).fill_null(value=True)
    told = frame.filter(is_told)
    ready = told.with_columns(
        pl.coalesce("building", "building_name").alias("building"),
        pl.lit(None, pl.String).alias("level"),
    ).drop("building_name", "origin")
    taken = address_service.ingest(session, ready, batch_id=batch_id, actor=actor, at=at)
    return Outcome(taken.accepted, taken.repeated + frame.height - told.height, taken.rejected, taken.counts)


def take_residents(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Residents with their homes."""
    return registry_service.load_residents(session, frame, batch_id=batch_id, actor=actor, at=at)


def take_businesses(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Businesses with their sites."""
    return registry_service.load_businesses(session, frame, batch_id=batch_id, actor=actor, at=at)


def take_teams(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Patrol teams with their posts and grids."""
    return patrol_service.load_teams(session, frame, actor=actor, at=at)


def reports_taker(channel: Channel) -> Callable[[Session, pl.DataFrame, int, Actor, datetime], Outcome]:
    """The function that takes the reports of one channel, with the channel's own headers."""

    def take(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
        adapted = adapt(channel, frame)
        contacts = adapted.frame.select("row_no", "reference", "words").join(adapted.contacts, on="row_no", how="left")
        asked = contacts.with_columns(
            pl.Series(
                "id",
                [str(uuid5(CONTACT_SPACE, f"{channel}:{ref}")) for ref in contacts["reference"].to_list()],
                dtype=pl.String,
            )
        )
        kept = registry_service.keep_contacts(session, asked, actor=actor, at=at)
        masked = adapted.frame.with_columns(
            pl.Series("contact_ref", [None if ref.id is None else str(ref.id) for ref in kept], dtype=pl.String),
            pl.Series("words", [ref.masked_words for ref in kept], dtype=pl.String),
            pl.Series(
                "location_words",
                [registry_service.mask_words(words) for words in adapted.frame["location_words"].to_list()],
                dtype=pl.String,
            ),
        )
        received = incidents_service.receive_many(session, masked, batch_id=batch_id, actor=actor, at=at)
        cases_service.open_many(session, received, actor=actor, at=at)
        rejected = adapted.rejected + tuple(received.rejected)
        return Outcome(received.accepted, received.repeated, rejected, received.counts)

    return take


TABLES: Final[Mapping[str, Kind]] = {
    "divisions": Kind(100_000, take_divisions),
    "division_years": Kind(1_000_000, take_division_years),
    "village_years": Kind(1_000_000, take_division_years),
    "addresses": Kind(50_000, take_addresses),
    "residents": Kind(50_000, take_residents),
    "businesses": Kind(20_000, take_businesses),
    "teams": Kind(10_000, take_teams),
    "staff": Kind(10_000, take_staff),
    **{f"reports:{channel.value}": Kind(20_000, reports_taker(channel)) for channel in Channel if channel in LAYOUTS},
}
"""Kinds that come as rows. Kinds that come as shapes (grids, division areas, roads) are in `etl.shapes`."""
