"""The ledger of loads. Private: ask `etl.service`. No personal data: a rejected row is kept as number and reason."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

SCHEMA: Final = "etl"
CODE: Final = Text(collation="C")


class Batch(Base):
    """One file on its way in. `rows_done` and the balance move with each chunk, in the chunk's own transaction.

    `status`: running, finished, undone (what it made was withdrawn), abandoned (its file changed before it was done).
    `options` are what the operator said about the file; a load that was interrupted goes on with the same only.
    """

    __tablename__ = "batch"
    __table_args__ = (Index("batch_sha256", "sha256", "kind"), {"schema": SCHEMA})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(CODE)
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(CODE)
    status: Mapped[str] = mapped_column(CODE)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rows_done: Mapped[int] = mapped_column(Integer)
    accepted: Mapped[int] = mapped_column(Integer)
    repeated: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    actor_name: Mapped[str]
    options: Mapped[dict[str, str]] = mapped_column(JSONB)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class RejectRow(Base):
    """A refused row: its number in the sheet, the column when known, and why."""

    __tablename__ = "reject"
    __table_args__ = ({"schema": SCHEMA},)

    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("etl.batch.id"), primary_key=True)
    row_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    column_name: Mapped[str | None]
    zh: Mapped[str]
    en: Mapped[str]
