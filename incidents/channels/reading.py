"""How every channel is read: a layout says which headers mean what, the steps below do the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from core.rows import Reject
from incidents.incoming import COLUMNS
from incidents.kinds import Channel, Source, StatusHint, Urgency

ABSENT: Final = ("", "无", "/", "-", "—", "--", "NULL", "null", "None", "不详", "暂无")
"""How the offices write "nothing here"."""

URGENCIES: Final = {
    "一般": Urgency.ORDINARY,
    "普通": Urgency.ORDINARY,
    "平件": Urgency.ORDINARY,
    "低": Urgency.ORDINARY,
    "加急": Urgency.URGENT,
    "紧急": Urgency.URGENT,
    "急件": Urgency.URGENT,
    "急": Urgency.URGENT,
    "高": Urgency.URGENT,
    "特急": Urgency.DANGER,
    "危急": Urgency.DANGER,
    "突发": Urgency.DANGER,
    "复杂": Urgency.COMPLEX,
    "疑难": Urgency.COMPLEX,
}

CLOSED_WORDS: Final = (
    "已办结", "办结", "已完成", "完成", "已结案", "结案", "已关闭", "关闭", "已归档", "归档", "调解成功", "调解不成功",
    "调解终止", "已处置", "已答复", "已回复", "已销号", "closed",
)  # fmt: skip
"""States that mean "closed" at the source. Any other state is open: nothing is closed by a guess."""

TIME_FORMATS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
EXCEL_EPOCH: Final = pl.datetime(1899, 12, 30)
DAY_S: Final = 86_400
FIRST_YEAR: Final = 1990
"""Before this no channel kept records: an earlier year is a two-figure one or a slip, and is not guessed at."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which headers a channel uses for what; the first header present wins.

    `words` may name several headers: their texts are joined. `categories` maps the channel's own words for a
    category to ours (`incidents/categories.toml`); what it does not know is passed on as it is, as a hint.
    """

    channel: Channel
    reference: tuple[str, ...]
    received_at: tuple[str, ...]
    words: tuple[str, ...]
    place: tuple[str, ...]
    person: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    closed_at: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    lon: tuple[str, ...] = ()
    lat: tuple[str, ...] = ()
    source: Source = Source.REPORTED
    categories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adapted:
    """What an adapter makes of a file.

    `frame` has the columns of `incidents.incoming.COLUMNS`, `words` still raw: the door masks them.
    `contacts` (row_no, name, phone) has one row for each row of `frame` and goes to `registry` only.
    `rejected` says why a row could not be read. Rows in = frame + rejected.
    """

    frame: pl.DataFrame
    contacts: pl.DataFrame
    rejected: tuple[Reject, ...]


def read(layout: Layout, raw: pl.DataFrame) -> Adapted:
    """Read a frame of text columns by a layout.

    A column `row_no` is kept when present, else rows are numbered from 1. Times without a zone are
    Asia/Shanghai. Swapped coordinates are put right (in China they can always be told); 0/0 is no coordinate.
    """
    if "row_no" not in raw.columns:
        raw = raw.with_row_index("row_no", offset=1)
    headers = {name.strip(): name for name in raw.columns}
    closed_at = moment(_first(layout.closed_at, headers))
    shaped = raw.select(
        pl.col("row_no").cast(pl.Int64),
        pl.lit(layout.channel.value).alias("channel"),
        _first(layout.reference, headers).alias("reference"),
        moment(_first(layout.received_at, headers)).alias("received_at"),
        _first(layout.received_at, headers).alias("time_text"),
        _joined(layout.words, headers).alias("words"),
        _first(layout.place, headers).alias("location_words"),
        _number(layout.lon, headers).alias("lon"),
        _number(layout.lat, headers).alias("lat"),
        _mapped(_first(layout.category, headers), layout.categories).alias("category_hint"),
        _urgency(_first(layout.urgency, headers)).alias("urgency"),
        pl.lit(layout.source.value).alias("source"),
        pl.lit(None, pl.String).alias("contact_ref"),
        _state(_first(layout.state, headers), closed_at).alias("status_hint"),
        closed_at.alias("closed_at"),
        _first(layout.unit, headers).alias("unit_hint"),
        _first(layout.person, headers).alias("name"),
        _first(layout.phone, headers).alias("phone"),
    )
    return _sort_out(shaped.with_columns(_coordinates()))


def moment(text: pl.Expr) -> pl.Expr:
    """Texts of a moment as UTC instants; null when unreadable.

    Understands 2026-03-01 10:20:33, 2026/3/1 10:20, 2026年3月1日 10时20分, 20260301102033, ISO with zone, and Excel's
    day numbers.
    """
    flat = (
        text.str.replace(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$", "$1-$2-$3 $4:$5:$6")
        .str.replace(r"^(\d{4})(\d{2})(\d{2})(\D|$)", "$1-$2-$3 ")
        .str.replace_all(r"[年月/.]", "-")
        .str.replace_all(r"[日T]+", " ")
        .str.replace_all(r"[时点分：]", ":")
        .str.replace_all("秒", "")
        .str.replace_all(r"\s+", " ")
        .str.replace(r"(:\d{1,2}:\d{1,2})-\d+$", "$1")  # a fraction of a second has become -123 above
        .str.strip_chars(" :-")
        .str.replace(r"^(\d{4}-\d{1,2}-\d{1,2} \d{1,2})$", "$1:00")
    )
    local = pl.coalesce([flat.str.to_datetime(f, strict=False, time_unit="us") for f in TIME_FORMATS])
    zoned = (
        text.str.replace(r"Z$", "+0000")
        .str.replace(" ", "T")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us")
    )
    serial = text.str.extract(r"^(\d{5}(?:\.\d+)?)$").cast(pl.Float64, strict=False)
    from_serial = EXCEL_EPOCH.cast(pl.Datetime("us")) + pl.duration(seconds=(serial * DAY_S).round())
    shanghai = pl.coalesce([local, from_serial]).dt.replace_time_zone(
        "Asia/Shanghai", ambiguous="earliest", non_existent="null"
    )
    found = pl.coalesce([zoned.dt.convert_time_zone("UTC"), shanghai.dt.convert_time_zone("UTC")])
    return pl.when(found.dt.year() >= FIRST_YEAR).then(found)


def _clean(text: pl.Expr) -> pl.Expr:
    stripped = text.cast(pl.String).str.strip_chars(" \t\r\n\u3000\ufeff'")
    return pl.when(stripped.is_in(list(ABSENT))).then(None).otherwise(stripped)


def _present(names: tuple[str, ...], headers: Mapping[str, str]) -> list[pl.Expr]:
    return [_clean(pl.col(headers[name])) for name in names if name in headers]


def _first(names: tuple[str, ...], headers: Mapping[str, str]) -> pl.Expr:
    found = _present(names, headers)
    return pl.coalesce(found) if found else pl.lit(None, pl.String)


def _joined(names: tuple[str, ...], headers: Mapping[str, str]) -> pl.Expr:
    found = _present(names, headers)
    if not found:
        return pl.lit(None, pl.String)
    joined = pl.concat_str(found, separator="；", ignore_nulls=True)
    return pl.when(joined == "").then(None).otherwise(joined)


def _number(names: tuple[str, ...], headers: Mapping[str, str]) -> pl.Expr:
    return _first(names, headers).cast(pl.Float64, strict=False)


def _mapped(text: pl.Expr, words: Mapping[str, str]) -> pl.Expr:
    return text.replace(dict(words)) if words else text


def _urgency(text: pl.Expr) -> pl.Expr:
    words = {word: urgency.value for word, urgency in URGENCIES.items()}
    return text.replace_strict(words, default=Urgency.ORDINARY.value, return_dtype=pl.String)


def _state(text: pl.Expr, closed_at: pl.Expr) -> pl.Expr:
    """Closed when the state says so, or when a closing time stands there and no state does."""
    is_closed = text.is_in(list(CLOSED_WORDS)).fill_null(value=False) | (text.is_null() & closed_at.is_not_null())
    return pl.when(is_closed).then(pl.lit(StatusHint.CLOSED.value)).otherwise(pl.lit(StatusHint.OPEN.value))


def _coordinates() -> list[pl.Expr]:
    lon, lat = pl.col("lon"), pl.col("lat")
    is_swapped = lon.is_between(3, 54) & lat.is_between(73, 136)
    is_real = lon.is_finite() & lat.is_finite() & (lon.abs() <= 180) & ((lon != 0) | (lat != 0))
    is_real = is_real & (is_swapped | (lat.abs() <= 90))
    return [
        pl.when(is_real).then(pl.when(is_swapped).then(lat).otherwise(lon)).alias("lon"),
        pl.when(is_real).then(pl.when(is_swapped).then(lon).otherwise(lat)).alias("lat"),
    ]


def _sort_out(shaped: pl.DataFrame) -> Adapted:
    time_text = pl.col("time_text").fill_null("（空）")
    zh = (
        pl.when(pl.col("reference").is_null())
        .then(pl.lit("没有编号，无法识别重复；请补上编号后重报"))
        .when(pl.col("received_at").is_null())
        .then(pl.concat_str([pl.lit("接收时间读不懂："), time_text]))
        .when(pl.col("words").is_null() & pl.col("location_words").is_null())
        .then(pl.lit("没有问题描述，也没有地点"))
    )
    en = (
        pl.when(pl.col("reference").is_null())
        .then(pl.lit("no reference: a repeat could not be told"))
        .when(pl.col("received_at").is_null())
        .then(pl.concat_str([pl.lit("the time cannot be read: "), time_text]))
        .when(pl.col("words").is_null() & pl.col("location_words").is_null())
        .then(pl.lit("neither words nor a place"))
    )
    judged = shaped.with_columns(zh=zh, en=en)
    kept = judged.filter(pl.col("zh").is_null()).with_columns(
        pl.col("words").fill_null(""),
        pl.col("location_words").fill_null(""),
        closed_at=pl.when(pl.col("status_hint") == StatusHint.CLOSED.value).then(pl.col("closed_at")),
    )
    return Adapted(
        frame=kept.select(list(COLUMNS)),
        contacts=kept.select("row_no", "name", "phone"),
        rejected=tuple(
            Reject(row_no, zh, en)
            for row_no, zh, en in judged.filter(pl.col("zh").is_not_null()).select("row_no", "zh", "en").iter_rows()
        ),
    )
