"""A report on its way in: the columns, the record, and the fingerprint that tells a repeat from a conflict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import polars as pl

from incidents.kinds import Channel, Source, StatusHint, Urgency

COLUMNS: Final[dict[str, pl.DataType]] = {
    "row_no": pl.Int64(),
    "channel": pl.String(),
    "reference": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "words": pl.String(),
    "location_words": pl.String(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "category_hint": pl.String(),
    "urgency": pl.String(),
    "source": pl.String(),
    "contact_ref": pl.String(),
    "status_hint": pl.String(),
    "closed_at": pl.Datetime("us", "UTC"),
    "unit_hint": pl.String(),
}
"""The columns of a frame of reports. `contact_ref` is the text of a UUID of `registry`; lon and lat are WGS84."""

FINGERPRINT: Final = (
    "channel",
    "reference",
    "words",
    "location_words",
    "lon",
    "lat",
    "category_hint",
    "urgency",
    "source",
)
"""What makes two bodies the same. The moment is stamped by some doors, the contact reference is new at every reading,
and the state moves on at the source: none of them belongs here."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One report as a door hands it over: words already masked, the person replaced by a contact reference.

    `received_at` is zone-aware. `lon` and `lat` are WGS84 and come together or not at all.
    """

    channel: Channel
    reference: str
    received_at: datetime
    words: str
    location_words: str = ""
    lon: float | None = None
    lat: float | None = None
    category_hint: str | None = None
    urgency: Urgency = Urgency.ORDINARY
    source: Source = Source.REPORTED
    contact_ref: UUID | None = None
    status_hint: StatusHint = StatusHint.OPEN
    closed_at: datetime | None = None
    unit_hint: str | None = None


def frame_of(reports: Iterable[Incoming]) -> pl.DataFrame:
    """The reports as one frame of `COLUMNS`, numbered from 1."""
    rows = [
        (
            row_no,
            r.channel.value,
            r.reference,
            r.received_at,
            r.words,
            r.location_words,
            r.lon,
            r.lat,
            r.category_hint,
            r.urgency.value,
            r.source.value,
            None if r.contact_ref is None else str(r.contact_ref),
            r.status_hint.value,
            r.closed_at,
            r.unit_hint,
        )
        for row_no, r in enumerate(reports, start=1)
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def fingerprints(frame: pl.DataFrame) -> list[bytes]:
    """SHA-256 of each row's body: the fields of `FINGERPRINT`, joined by a unit separator, null as empty."""
    joined = frame.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("") for name in FINGERPRINT],
            separator="\x1f",
        )
    ).to_series()
    return [sha256(text.encode()).digest() for text in joined.to_list()]
