"""The list of batches, and taking one back.

Undoing withdraws what the batch made: addresses become historic and their codes are never given out again; residents
and businesses are erased. It is refused where later work rests on it, and says on which. Reports, divisions, grids,
roads, teams and staff cannot be undone as a batch: what people reported is never lost, and ground is corrected by
loading the boundaries that hold.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

import address.service as address_service
import incidents.service as incidents_service
import registry.service as registry_service
from core.actors import Actor
from core.audit import record
from core.rows import Burden, Reject
from etl import ledger
from etl.errors import UndoRefused
from etl.models import Batch
from etl.records import BatchRecord, Undone

UNDOABLE: Final = ("addresses", "residents", "businesses")
_NAMES: Final = tuple(field.name for field in fields(BatchRecord))
INSTEAD: Final = {
    "divisions": (
        "请导入正确的区划表，旧的会按生效日期关闭",
        "load the right table: the old rows close by their dates",
    ),
    "division_years": ("请导入正确的年度表", "load the right yearly table"),
    "village_years": ("请导入正确的年度表", "load the right yearly table"),
    "division_areas": ("请导入正确的边界", "load the right boundaries"),
    "grids": ("请导入正确的网格边界，旧边界会留作历史", "load the right boundaries: the old ones stay as history"),
    "roads": ("请导入正确的路网，旧的会被替换", "load the right roads: they take the place of the old ones"),
    "teams": ("请导入正确的队伍表", "load the right table"),
    "staff": ("请在账号管理里停用这些账号", "disable the accounts at the accounts page"),
    "reports": ("群众反映受理后不会丢失，请逐件办理", "what was reported is never lost: handle the cases one by one"),
}


def batches(session: Session, *, limit: int = 50, kind: str | None = None) -> list[BatchRecord]:
    """The batches begun last, newest first."""
    return [_record(one) for one in ledger.newest(session, limit, kind)]


def batch(session: Session, batch_id: int) -> BatchRecord:
    """One batch. Raises BatchNotFound."""
    return _record(ledger.get(session, batch_id))


def rejects_of(session: Session, batch_id: int, limit: int | None = None) -> list[Reject]:
    """The refused rows of a batch, by row. Raises BatchNotFound."""
    ledger.get(session, batch_id)
    return ledger.rejects(session, batch_id, limit)


def undo(session: Session, batch_id: int, *, actor: Actor, at: datetime) -> Undone:
    """Take a batch back, in the caller's transaction. Raises BatchNotFound and UndoRefused; one audit row."""
    found = ledger.get(session, batch_id)
    _check_may(session, found)
    if found.kind == "addresses":
        codes = address_service.made_by(session, batch_id)
        _refuse_burdened(found, _burdens(session, batch_id, codes))
        gone, restored = address_service.withdraw(session, batch_id, actor=actor, at=at)
        done = [
            ("撤销地址（转为历史）", "addresses withdrawn (historic)", gone),
            ("恢复更正前的内容", "put back", restored),
        ]
    else:
        _refuse_burdened(found, registry_service.changed_since(session, batch_id))
        people, traders = registry_service.withdraw(session, batch_id, actor=actor, at=at)
        done = [("删除居民", "residents erased", people), ("删除经营主体", "businesses erased", traders)]
    stays = registry_service.changed_by(session, batch_id)
    notes = [
        (
            f"这一批还更正过 {stays:,} 条原有记录，更正保留；要改回请重新导入原来的文件",
            f"{stays:,} earlier records that the batch corrected stay so; load the earlier file to change them back",
        )
    ]
    found.status, found.undone_at, found.undone_by = "undone", at, actor.name
    record(session, actor, "etl.batch_undone", "etl.batch", str(batch_id), at, {en: count for _, en, count in done})
    session.flush()
    return Undone(batch_id, found.file_name, [one for one in done if one[2]], notes if stays else [])


def _check_may(session: Session, found: Batch) -> None:
    kind = found.kind.partition(":")[0]
    if kind not in UNDOABLE:
        zh, en = INSTEAD[kind]
        raise UndoRefused(
            zh=f"第 {found.id} 批（{kind}）不能整批撤销：{zh}",
            en=f"batch {found.id} ({kind}) cannot be undone as a whole: {en}",
            where=found.file_name,
        )
    if found.status == "undone":
        raise UndoRefused(
            zh=f"第 {found.id} 批已经撤销过", en=f"batch {found.id} is undone already", where=found.file_name
        )
    if found.status == "running" and not ledger.is_free(session, found.sha256):
        raise UndoRefused(
            zh=f"第 {found.id} 批正在导入，请等它结束",
            en=f"batch {found.id} is being loaded: wait",
            where=found.file_name,
        )


def _burdens(session: Session, batch_id: int, codes: Sequence[str]) -> list[Burden]:
    reports = incidents_service.count_at(session, codes)
    return [
        *address_service.resting_on(session, batch_id, codes),
        *registry_service.resting_on(session, codes),
        *([Burden("事件", "reports", reports)] if reports else []),
    ]


def _refuse_burdened(found: Batch, burdens: Sequence[Burden]) -> None:
    if not burdens:
        return
    zh = "、".join(f"{one.zh} {one.count:,}{_from(one, '（第 ', ' 批）')}" for one in burdens)
    en = ", ".join(f"{one.count:,} {one.en}{_from(one, ' (batch ', ')')}" for one in burdens)
    raise UndoRefused(
        zh=f"第 {found.id} 批不能撤销，后来的工作建立在它上面：{zh}；请先撤销后来的批次",
        en=f"batch {found.id} cannot be undone, later work rests on it: {en}; undo the later batches first",
        where=found.file_name,
    )


def _from(burden: Burden, before: str, after: str) -> str:
    ids = "、".join(str(one) for one in sorted(burden.batch_ids)[:6])
    return f"{before}{ids}{after}" if ids else ""


def _record(found: Batch) -> BatchRecord:
    return BatchRecord(**{name: getattr(found, name) for name in _NAMES})
