"""Making and ending address objects, for the verbs of `address._lives`."""

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes as forms
from address._ingest import COLUMNS, mint, placed
from address._objects import PARTS
from address._rewriting import kept_parts, parts_told, rewrite, subtree, told_anew
from address.errors import AddressNotFound, ChangeRefused
from address.lives import Status
from address.reading import get
from address.records import AddressRecord, NewPlace
from core.coords import Place


def known(session: Session, codes: Sequence[str]) -> list[AddressRecord]:
    """The places with these codes in their order, locked against changes by others. Raises AddressNotFound."""
    wanted = [forms.fold(code) for code in codes]
    session.execute(
        text("SELECT code FROM address.address WHERE code = ANY(:codes) ORDER BY code FOR UPDATE"), {"codes": wanted}
    )
    return [record_of(session, code) for code in wanted]


def record_of(session: Session, code: str) -> AddressRecord:
    found = get(session, code)
    if found is None:
        raise AddressNotFound(code)
    return found


def same_level(places: Sequence[AddressRecord]) -> None:
    if len({one.level for one in places}) > 1:
        told = "、".join(f"{one.code}（{one.level}）" for one in places)
        raise ChangeRefused(f"级别不同：{told}；同级的地址才能合并、重建或认定重复", f"the levels differ: {told}")


def make(
    session: Session, like: AddressRecord | None, places: Sequence[NewPlace], *, parent_code: str | None, at: datetime,
    status: Status = Status.CURRENT,
) -> list[str]:  # fmt: skip
    """Mint and write new places that read like `like` but for their own parts."""
    common: dict[str, object] = dict.fromkeys((*PARTS, "name")) | (dict(like.parts) if like else {})
    rows: list[dict[str, object]] = []
    for place in places:
        lon, lat = (like.lon, like.lat) if like and place.lon is None else (place.lon, place.lat)
        if lon is None or lat is None:
            raise ChangeRefused("缺少位置；请给出经纬度", "the position is missing; give longitude and latitude")
        Place(lon, lat)
        rows.append(common | parts_told(place.parts) | {"lon": lon, "lat": lat})
    texts = dict.fromkeys((*PARTS, "name"), pl.String)
    ready = told_anew(pl.DataFrame(rows, schema=texts | {"lon": pl.Float64, "lat": pl.Float64}))
    if ready["key"].null_count():
        raise ChangeRefused(
            "没有说出地点；请给出道路门牌、小区楼栋或名称", "no place was told; give plate, building or name"
        )
    taken = session.execute(
        text("SELECT name FROM address.address WHERE key = ANY(:keys)"), {"keys": ready["key"].to_list()}
    ).scalars()
    if names := [*taken, *ready.filter(pl.col("key").is_duplicated())["name"]]:
        raise ChangeRefused(
            f"已有同样的地址：{names[0]}；请换一个楼栋、单元或室号",
            f"that address exists already: {names[0]}; give another building, unit or room",
        )
    made = mint(session, len(ready))
    at_place = placed(session, ready, at).with_columns(
        pl.Series("code", made), pl.lit(parent_code, pl.String).alias("parent_code"), pl.col("is_a").alias("level"),
        pl.lit(None, pl.Int64).alias("batch_id"), pl.lit(at).alias("created_at"), pl.lit(status.value).alias("status"),
    )  # fmt: skip
    columns = (*COLUMNS, "status")
    names_of = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    rows_to_write = at_place.select(columns).iter_rows(named=True)
    session.execute(text(f"INSERT INTO address.address ({names_of}) VALUES ({values})"), list(rows_to_write))
    return made


def end(session: Session, rows: pl.DataFrame, codes: Sequence[str], status: Status, on: date) -> pl.DataFrame:
    """Codes stop answering, their other bodies' codes end; back come the rows of those that ended.

    A place that is no more leaves its key free for another; a second code keeps its own, so that it is known again.
    """
    freed = ", key = key || '#' || code" if status is Status.HISTORIC else ""
    values = {"codes": list(codes), "status": status.value, "on": on}
    session.execute(text(f"UPDATE address.address SET status = :status{freed} WHERE code = ANY(:codes)"), values)
    session.execute(_END_OTHER_CODES, values)
    return rows.filter(pl.col("code").is_in(list(codes))).rename({"name": "old_name"})


_END_OTHER_CODES = text("""
    UPDATE address.address_code SET valid_to = greatest(:on, valid_from + 1)
    WHERE code = ANY(:codes) AND valid_to IS NULL
""")


def take_up(session: Session, old: AddressRecord, status: Status) -> None:
    taken = session.execute(
        text("""
            SELECT other.name FROM address.address a
            JOIN address.address other ON other.key = split_part(a.key, '#', 1) AND other.code <> a.code
            WHERE a.code = :code
        """),
        {"code": old.code},
    ).scalar()
    if taken is not None:
        raise ChangeRefused(
            f"这个地址已另有编码：{taken}；请先把它登记为重复",
            f"that address has another code by now: {taken}; tell that one as a duplicate first",
        )
    session.execute(
        text("UPDATE address.address SET status = :status, key = split_part(key, '#', 1) WHERE code = :code"),
        {"status": status.value, "code": old.code},
    )


def hang(session: Session, old: str, new: str, on: date, document: str | None) -> None:
    """What stands below `old` stands below `new` from now on and reads like it."""
    children = [one.code for one in below(session, old)]
    if not children:
        return
    above = record_of(session, new)
    rows = subtree(session, children)
    handed = kept_parts({part: above.parts.get(part) for part in PARTS}, above.level)
    is_child = pl.col("code").is_in(children)
    changed = rows.with_columns(
        *(pl.lit(value, pl.String).alias(part) for part, value in handed.items()),
        parent_code=pl.when(is_child).then(pl.lit(new)).otherwise("parent_code"),
    )
    rewrite(session, rows, changed, on=on, source=document)


def below(session: Session, code: str) -> list[AddressRecord]:
    found = session.execute(
        text("SELECT code FROM address.v_place WHERE parent_code = :code ORDER BY code"), {"code": code}
    ).scalars()
    return [record_of(session, one) for one in list(found)]
