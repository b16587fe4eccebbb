"""The reports of each channel under the channel's own headers, with states and closing times."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from etl.demo.layouts import REPORT_FILES, ReportFile
from etl.demo.matters import CHANNELS, DAYS, Reports
from etl.demo.people import names
from etl.demo.sizes import stream

CATEGORY_NAMES: Final = {
    "facility": "公共设施", "appearance": "市容环境", "market": "市场监管", "consumer": "消费纠纷", "labour": "劳资纠纷",
    "neighbour": "邻里纠纷", "family": "婚姻家庭", "property": "物业管理", "traffic": "交通出行", "noise": "噪声扰民",
    "illegal_building": "违法建设", "safety": "安全隐患", "help": "求助服务", "other": "其他",
}  # fmt: skip
PREFIX: Final = {
    "12345": "GD",
    "110": "JJ",
    "petition": "XF",
    "mediation": "TJ",
    "web": "WS",
    "grid": "WG",
    "walk_in": "LF",
}
STATES: Final = {
    "12345": ("已办结", "办理中"), "110": ("已处置", "移交中"), "petition": ("已办结", "办理中"), "mediation": ("调解成功", "调解中"),
    "web": ("已完成", "处理中"), "grid": ("已办结", "处置中"), "walk_in": ("已办结", "办理中"),
}  # fmt: skip
UNITS: Final = (
    "城管局",
    "住建局",
    "公安分局",
    "市场监管局",
    "人社局",
    "街道办事处",
    "镇人民政府",
    "司法所",
    "水务公司",
)
DAY_S: Final = 86_400


def written(
    reports: Reports, told: pl.DataFrame, places: pl.DataFrame, grid_codes: list[str], seed: int
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """(file name → the channel's table, the truth about every report). `places`: lon, lat, grid, village_code by row."""
    rng = stream(seed, "table")
    count = len(told)
    at = reports.table["at"].to_numpy()
    took = np.clip(rng.lognormal(1.1, 0.9, count), 0.05, 40) * DAY_S
    closed = at + took
    is_closed = (closed < DAYS * DAY_S) & (rng.random(count) < 0.985)
    midnight = datetime.combine(reports.first_day, datetime.min.time())
    base = told.with_columns(
        reports.table["matter"], reports.table["category"],
        pl.Series("channel", np.array(CHANNELS)[reports.table["channel"].to_numpy()]),
        pl.Series("received", [f"{midnight + timedelta(seconds=int(s)):%Y-%m-%d %H:%M:%S}" for s in at]),
        pl.Series("closed", [
            f"{midnight + timedelta(seconds=int(s)):%Y-%m-%d %H:%M:%S}" if flag else ""
            for s, flag in zip(closed, is_closed, strict=True)
        ]),
        pl.Series("is_closed", is_closed), pl.Series("person", names(count, rng)),
        pl.Series("phone", [f"12{n:09d}" for n in rng.integers(0, 10**9, count)]),
        pl.Series("unit", rng.choice(UNITS, count)), places["lon"], places["lat"], places["village_code"],
        pl.Series("grid_code", [grid_codes[g] for g in places["grid"].to_list()]),
        pl.Series("draw", rng.random(count)),
    )  # fmt: skip
    tables, truths = {}, []
    for file in REPORT_FILES:
        part = base.filter(pl.col("channel") == file.channel).with_row_index("nth", offset=1)
        part = part.with_columns(
            (pl.lit(PREFIX[file.channel]) + pl.col("received").str.slice(0, 4) + pl.col("nth").cast(pl.String).str.zfill(7))
            .alias("reference")
        )  # fmt: skip
        tables[file.file] = _table(file, part)
        truths.append(part.select(
            "channel", "reference", "source_ref", "level", "lon", "lat", pl.col("matter").cast(pl.Int64), "noise",
            "category", "village_code",
        ))  # fmt: skip
    return tables, pl.concat(truths)


def _table(file: ReportFile, part: pl.DataFrame) -> pl.DataFrame:
    closed, still_open = STATES[file.channel]
    has_no_person = pl.col("draw") < (0.9 if file.channel == "grid" else 0.06)
    known = {
        file.reference: pl.col("reference"),
        file.received: pl.col("received"),
        file.words: pl.col("words"),
        file.place: pl.when(pl.col("place") == "").then(pl.lit("无")).otherwise(pl.col("place")),
        file.person: pl.when(has_no_person).then(pl.lit("")).otherwise(pl.col("person")),
        file.phone: pl.when(has_no_person).then(pl.lit("")).otherwise(pl.col("phone")),
        file.state: pl.when("is_closed").then(pl.lit(closed)).otherwise(pl.lit(still_open)),
        file.closed: pl.col("closed"),
    }
    return part.select((known[name] if name in known else OTHERS[name](file)).alias(name) for name in file.headers)


def _always(text: str) -> Callable[[ReportFile], pl.Expr]:
    return lambda _: pl.lit(text)


def _unit(_: ReportFile) -> pl.Expr:
    return pl.col("unit")


def _category(_: ReportFile) -> pl.Expr:
    return pl.col("category").replace_strict(CATEGORY_NAMES)


def _position(name: str, none_below: dict[str, float]) -> Callable[[ReportFile], pl.Expr]:
    """Coordinates as a phone gives them; empty for a share of the rows that depends on the channel."""
    return lambda file: (
        pl.when(pl.col("draw") * 7 % 1 < none_below.get(file.channel, 0.0))
        .then(pl.lit(""))
        .otherwise(pl.col(name).round(6).cast(pl.String))
    )


NO_POSITION: Final = {"110": 0.33, "web": 0.5}
KIND_WORDS: Final = ("投诉", "举报", "求助", "咨询", "建议")
OTHERS: Final[dict[str, Callable[[ReportFile], pl.Expr]]] = {
    "转办意见": _always("请按职责办理并回复"),
    "紧急程度": lambda _: pl.when(pl.col("draw") > 0.97).then(pl.lit("紧急")).otherwise(pl.lit("一般")),
    "办结时限": _always(""),
    "工单类别": lambda _: pl.lit("投诉"),
    "是否保密": _always("否"),
    "是否回复": _always("是"),
    "承办单位": _unit,
    "警情类别": lambda _: pl.when(pl.col("category") == "noise").then(pl.lit("噪音")).otherwise(pl.lit("纠纷")),
    "处置单位": _unit,
    "信访形式": _always("网上信访"),
    "内容分类": _category,
    "责任单位": _unit,
    "被申请人": _always(""),
    "纠纷类型": lambda _: pl.lit("其他纠纷"),
    "调解组织": _unit,
    "问题类型": _category,
    "上报人": lambda _: pl.lit("wg") + pl.col("grid_code").str.slice(6),
    "网格编码": lambda _: pl.col("grid_code"),
    "事件类型": _category,
    "来访人数": _always("1"),
    "接待窗口": _always("综合窗口"),
    "经度": _position("lon", NO_POSITION),
    "纬度": _position("lat", NO_POSITION),
}
