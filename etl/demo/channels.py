"""The reports of each channel under the channel's own headers, with states, closing times and phone positions."""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.demo.layouts import REPORT_FILES, ReportFile
from etl.demo.matters import DAY_S, HOUR_S, Reports
from etl.demo.phrases import topics
from etl.demo.sizes import METRES_LAT, METRES_LON, stream

CATEGORY_NAMES: Final = {
    "facility": "公共设施", "appearance": "市容环境", "market": "市场监管", "consumer": "消费纠纷", "labour": "劳资纠纷",
    "neighbour": "邻里纠纷", "family": "婚姻家庭", "property": "物业管理", "traffic": "交通出行", "noise": "噪声扰民",
    "illegal_building": "违法建设", "safety": "安全隐患", "help": "求助服务", "other": "其他",
}  # fmt: skip
PREFIX: Final = {
    "12345": "GD", "110": "JJ", "petition": "XF", "mediation": "TJ", "web": "WS", "grid": "WG", "walk_in": "LF",
}  # fmt: skip
STATES: Final = {
    "12345": ("已办结", "办理中", "待签收"), "110": ("已处置", "移交中", "移交中"), "petition": ("已办结", "办理中", "办理中"),
    "mediation": ("调解成功", "调解中", "调解中"), "web": ("已完成", "处理中", "处理中"), "grid": ("已办结", "处置中", "处置中"),
    "walk_in": ("已办结", "办理中", "办理中"),
}  # fmt: skip
"""Closed, open, just come in."""
DAYS_TO_CLOSE: Final = {
    "12345": 2.4, "110": 0.12, "petition": 14.0, "mediation": 7.0, "web": 2.2, "grid": 0.7, "walk_in": 2.6,
}  # fmt: skip
"""Median days from receipt to closing of a matter that has `USUAL_DAYS`; shorter and longer limits pull at it."""
USUAL_DAYS: Final = 7
SPREAD: Final = 0.5
"""Of the logarithm of the days to closing: about one in thirty comes late."""
ROUND_THE_CLOCK: Final = "110"
"""The channel that closes at any hour; the others close while the offices are open."""
OFFICE_HOURS: Final = (8.5, 18.5)
STUCK_SHARE: Final = 0.0015
"""Reports that nobody closes in their year."""
LIMIT_DAYS: Final = {"facility": 3, "safety": 2, "help": 3, "labour": 15, "illegal_building": 15, "family": 7}
UNITS: Final = {
    "facility": ("区住建局", "区水务局", "供电公司", "区综合执法局"), "appearance": ("区综合执法局", "生态环境局"), "market": ("区市场监管局",),
    "consumer": ("区市场监管局",), "labour": ("区人社局",), "neighbour": ("{t}",), "family": ("{t}", "区妇联"),
    "property": ("区住建局", "{t}"), "traffic": ("交警大队", "区交通运输局"), "noise": ("区综合执法局", "公安分局"),
    "illegal_building": ("区自然资源局", "区综合执法局"), "safety": ("区应急局", "消防救援大队", "{t}"), "help": ("{t}", "区民政局"),
    "other": ("{t}",),
}  # fmt: skip
CALL_KINDS: Final = {
    "help": ("求助", "咨询"), "other": ("建议", "表扬", "投诉"), "facility": ("投诉", "求助"), "market": ("举报",),
    "illegal_building": ("举报",),
}  # fmt: skip
POLICE_KINDS: Final = {"noise": "噪音扰民", "neighbour": "纠纷", "family": "家庭纠纷", "consumer": "消费纠纷", "help": "群众求助", "traffic": "交通",
                       "labour": "纠纷"}  # fmt: skip
DISPUTES: Final = {
    "neighbour": "邻里纠纷",
    "family": "婚姻家庭",
    "labour": "劳资纠纷",
    "consumer": "消费纠纷",
    "property": "物业纠纷",
}
WINDOWS: Final = {
    "labour": ("人社窗口",), "family": ("矛盾调解窗口",), "neighbour": ("矛盾调解窗口",), "property": ("矛盾调解窗口", "综合窗口"),
    "help": ("综合窗口",),
}  # fmt: skip
NO_POSITION: Final = {"110": 0.34, "web": 0.5, "grid": 0.02}
POSITION_M: Final = {"110": 60.0, "web": 25.0, "grid": 12.0}
"""How far a phone's position lies from the place, one standard deviation."""


def written(
    reports: Reports, told: pl.DataFrame, places: pl.DataFrame, seed: int
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """(file name → the channel's table, the truth about every report).

    `places`, by report: lon, lat, grid_code, village_code, town.
    """
    rng = stream(seed, "table")
    table = reports.table
    count = len(table)
    at = table["at"].to_numpy()
    channel = table["channel"]
    median = channel.replace_strict(DAYS_TO_CLOSE, return_dtype=pl.Float64).to_numpy()
    limit = table["category"].replace_strict(LIMIT_DAYS, default=USUAL_DAYS).to_numpy()
    days = np.clip(median * np.sqrt(limit / USUAL_DAYS) * rng.lognormal(0, SPREAD, count), 0.02, 75)
    closed = at + days * DAY_S
    closed = np.where((channel == ROUND_THE_CLOCK).to_numpy(), closed, _in_office(closed, rng))
    is_closed = (closed < reports.end) & (rng.random(count) > STUCK_SHARE)
    is_fresh = at > reports.end - 5 * HOUR_S
    base = pl.concat([table, told, places], how="horizontal").with_columns(
        _moment(at, reports.first_day).alias("received"),
        pl.when(pl.Series(is_closed)).then(_moment(closed, reports.first_day)).otherwise(pl.lit("")).alias("closed"),
        pl.Series("state", np.where(is_closed, 0, np.where(is_fresh, 2, 1))),
        pl.Series("limit", at + DAY_S * limit),
        *(pl.Series(name, rng.random(count)) for name in ("draw", "draw2", "draw3")),
        pl.Series("east", rng.normal(0, 1, count)), pl.Series("north", rng.normal(0, 1, count)),
    ).with_columns(_moment(pl.col("limit"), reports.first_day).alias("limit"))  # fmt: skip
    tables, truths = {}, []
    for file in REPORT_FILES:
        part = base.filter(pl.col("channel") == file.channel)
        part = part.with_columns(_reference(file.channel).alias("reference"))
        tables[file.file] = _table(file, part)
        truths.append(part.select(
            "channel", "reference", "source_ref", "level", "lon", "lat", "matter", "topic", "noise", "category",
            "village_code",
        ))  # fmt: skip
    return tables, pl.concat(truths)


def _moment(seconds: pl.Expr | npt.NDArray[np.int64] | npt.NDArray[np.float64], first: date) -> pl.Expr:
    """Seconds since the first day as "YYYY-MM-DD HH:MM:SS"."""
    since = pl.lit(pl.Series(seconds)) if isinstance(seconds, np.ndarray) else seconds
    moment = pl.lit(first).cast(pl.Datetime("us")) + pl.duration(seconds=since.cast(pl.Int64))
    return moment.dt.strftime("%Y-%m-%d %H:%M:%S")


def _in_office(closed: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """The same moments, those outside 8:30-18:30 moved into the next such hours."""
    hour = closed % DAY_S / HOUR_S
    day = closed // DAY_S + (hour > OFFICE_HOURS[1])
    fresh = day * DAY_S + rng.uniform(*OFFICE_HOURS, len(closed)) * HOUR_S
    return np.asarray(np.where((hour < OFFICE_HOURS[0]) | (hour > OFFICE_HOURS[1]), fresh, closed))


def _reference(channel: str) -> pl.Expr:
    """Prefix, day and the running number of the year."""
    day = pl.col("received").str.slice(0, 10).str.replace_all("-", "")
    return pl.lit(PREFIX[channel]) + day + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)


def _table(file: ReportFile, part: pl.DataFrame) -> pl.DataFrame:
    is_nameless = pl.col("draw") < {"grid": 0.9, "12345": 0.05, "web": 0.3}.get(file.channel, 0.02)
    states = dict(enumerate(STATES[file.channel]))
    known = {
        file.reference: pl.col("reference"),
        file.received: pl.col("received"),
        file.words: pl.col("words"),
        file.place: pl.col("place"),
        file.person: pl.when(is_nameless).then(pl.lit("")).otherwise("person"),
        file.phone: pl.when(is_nameless & (pl.col("draw2") < 0.7)).then(pl.lit("")).otherwise("phone"),
        file.state: pl.col("state").replace_strict(states, return_dtype=pl.String),
        file.closed: pl.col("closed"),
    }
    return part.select((known[name] if name in known else OTHERS[name](file)).alias(name) for name in file.headers)


def _always(text: str) -> Callable[[ReportFile], pl.Expr]:
    return lambda _: pl.lit(text)


def _one_of(choices: tuple[str, ...], draw: str = "draw2") -> pl.Expr:
    """One of the texts by a column of random numbers."""
    number = (pl.col(draw) * len(choices)).floor().cast(pl.Int64)
    return number.replace_strict(dict(enumerate(choices)), return_dtype=pl.String)


def _by_category(choices: dict[str, tuple[str, ...]], other: tuple[str, ...]) -> pl.Expr:
    found = _one_of(other)
    for category, words in choices.items():
        found = pl.when(pl.col("category") == category).then(_one_of(words)).otherwise(found)
    return found


def _unit(_: ReportFile) -> pl.Expr:
    """Who answers for the topic, or for its category where the topic names nobody."""
    found = _by_category(UNITS, ("{t}",))
    for number, topic in enumerate(topics()):
        if topic.units:
            found = pl.when(pl.col("topic") == number).then(_one_of(topic.units)).otherwise(found)
    return found.str.replace("{t}", pl.col("town"), literal=True)


def _category(_: ReportFile) -> pl.Expr:
    """The category as a clerk or a citizen chose it: right for most."""
    guess = _one_of(tuple(CATEGORY_NAMES.values()), "draw3")
    return pl.when(pl.col("draw") < 0.93).then(pl.col("category").replace_strict(CATEGORY_NAMES)).otherwise(guess)


def _position(name: str) -> Callable[[ReportFile], pl.Expr]:
    """Coordinates as a phone gives them; empty for a share of the rows that depends on the channel."""
    offset, metres = ("east", METRES_LON) if name == "lon" else ("north", METRES_LAT)

    def column(file: ReportFile) -> pl.Expr:
        value = pl.col(name) + pl.col(offset) * (POSITION_M.get(file.channel, 0.0) / metres)
        is_empty = pl.col("draw3") < NO_POSITION.get(file.channel, 0.0)
        return pl.when(is_empty).then(pl.lit("")).otherwise(value.round(6).cast(pl.String))

    return column


OTHERS: Final[dict[str, Callable[[ReportFile], pl.Expr]]] = {
    "转办意见": lambda _: pl.concat_str(
        pl.lit("请"), _unit(_), _one_of(("按职责办理，并将结果回复来电人。", "核实处理，按时限回复。", "牵头办理，社区配合。", "阅处。"), "draw3")
    ),
    "紧急程度": lambda _: pl.when((pl.col("category") == "safety") & (pl.col("draw2") < 0.2)).then(pl.lit("特急"))
    .when(pl.col("draw3") > 0.95).then(pl.lit("紧急")).otherwise(pl.lit("一般")),
    "办结时限": lambda _: pl.col("limit"),
    "工单类别": lambda _: _by_category(CALL_KINDS, ("投诉", "投诉", "求助")),
    "是否保密": lambda _: pl.when(pl.col("draw3") < 0.12).then(pl.lit("是")).otherwise(pl.lit("否")),
    "是否回复": lambda _: pl.when(pl.col("draw2") < 0.9).then(pl.lit("是")).otherwise(pl.lit("否")),
    "承办单位": _unit,
    "警情类别": lambda _: pl.col("category").replace_strict(POLICE_KINDS, default="其他"),
    "处置单位": _unit,
    "信访形式": lambda _: _one_of(("网上信访", "网上信访", "来信", "来访")),
    "内容分类": _category,
    "责任单位": _unit,
    "被申请人": lambda _: _one_of(("王某", "李某", "张某", "某公司", "刘某", "陈某", "某物业公司", "")),
    "纠纷类型": lambda _: pl.col("category").replace_strict(DISPUTES, default="其他纠纷"),
    "调解组织": lambda _: pl.col("village") + "人民调解委员会",
    "问题类型": _category,
    "上报人": lambda _: pl.lit("wg") + pl.col("grid_code").str.slice(6),
    "网格编码": lambda _: pl.col("grid_code"),
    "事件类型": _category,
    "来访人数": lambda _: _one_of(("1", "1", "1", "2", "3", "5")),
    "接待窗口": lambda _: _by_category(WINDOWS, ("综合窗口", "综合窗口", "信访窗口")),
    "经度": _position("lon"),
    "纬度": _position("lat"),
}  # fmt: skip


def damage_reports(
    name: str, table: pl.DataFrame, rng: np.random.Generator
) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """In the hotline's file: two rows with a time nobody can read, one without its number, one entered twice.

    Rows as in the sheet (the header is row 1); other files stay whole.
    """
    if name != "reports_12345.xlsx" or len(table) < 10:
        return table, {}
    chosen = rng.permutation(len(table))[:4]
    times, references = table["接收时间"].to_list(), table["工单编号"].to_list()
    for row in chosen[:2].tolist():
        times[row] = "昨天下午"
    references[int(chosen[2])] = ""
    twice = table[int(chosen[3])]
    told = {
        "no_time": (np.sort(chosen[:2]) + 2).tolist(), "no_reference": [int(chosen[2]) + 2], "same_row": [len(table) + 2]
    }  # fmt: skip
    return pl.concat([table.with_columns(pl.Series("接收时间", times), pl.Series("工单编号", references)), twice]), told
