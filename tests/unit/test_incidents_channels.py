"""Every channel's file becomes the same columns: times, states, coordinates; what cannot be read says why."""

from datetime import UTC, datetime

import polars as pl
import pytest

from incidents.channels.reading import Layout, moment
from incidents.channels.table import ADAPTERS, LAYOUTS, adapt, adapt_one
from incidents.incoming import COLUMNS
from incidents.kinds import Channel, Source, StatusHint, Urgency

ROWS: dict[Channel, dict[str, str | None]] = {
    Channel.HOTLINE_12345: {
        "工单编号": "GD1", "接收时间": "2026-03-01 10:20:33", "问题描述": "路灯不亮", "地址": "文庙街12号",
        "联系人": "测试甲", "联系电话": "12400000001", "紧急程度": "紧急", "工单类别": "公共设施", "热线状态": "已办结",
        "办结时间": "2026-03-03 09:00:00", "承办单位": "城管局",
    },
    Channel.POLICE_110: {
        "接警编号": "GD1", "接警时间": "2026/3/1 10:20:33", "报警内容": "路灯不亮", "事发地点": "文庙街12号",
        "报警人": "测试甲", "报警电话": "12400000001", "警情级别": "紧急", "警情类别": "公共设施", "状态": "结案",
        "办结时间": "2026/3/3 9:00", "移交单位": "城管局",
    },
    Channel.PETITION: {
        "信访编号": "GD1", "登记时间": "2026年3月1日 10时20分33秒", "信访事项": "路灯不亮", "问题属地": "文庙街12号",
        "信访人": "测试甲", "联系电话": "12400000001", "紧急程度": "急件", "内容分类": "公共设施", "办理状态": "已办结",
        "办结时间": "2026年3月3日 9时", "责任单位": "城管局",
    },
    Channel.MEDIATION: {
        "调解编号": "GD1", "受理时间": "20260301102033", "纠纷简述": "路灯不亮", "纠纷发生地": "文庙街12号",
        "申请人": "测试甲", "联系电话": "12400000001", "紧急程度": "加急", "纠纷类型": "公共设施",
        "调解结果": "调解成功", "结案时间": "2026-03-03 09:00", "调解组织": "城管局",
    },
    Channel.WEB: {
        "service_request_id": "GD1", "requested_datetime": "2026-03-01T02:20:33Z", "description": "路灯不亮",
        "address": "文庙街12号", "姓名": "测试甲", "手机": "12400000001", "紧急程度": "高", "service_code": "公共设施",
        "status": "closed", "关闭时间": "2026-03-03T09:00:00+08:00", "承办单位": "城管局", "long": "104.39",
        "lat": "31.13",
    },
    Channel.GRID: {
        "上报编号": "GD1", "上报时间": "46082.430937", "事件描述": "路灯不亮", "位置描述": "文庙街12号",
        "当事人": "测试甲", "联系电话": "12400000001", "事件级别": "急", "事件类型": "公共设施", "处置状态": "已处置",
        "处置时间": "2026-03-03 09:00:00", "处置单位": "城管局", "经度": "31.13", "纬度": "104.39",
    },
    Channel.WALK_IN: {
        "来访编号": "GD1", "来访时间": "2026.3.1 10:20:33", "来访事由": "路灯不亮", "涉及地址": "文庙街12号",
        "来访人": "测试甲", "电话": "12400000001", "紧急程度": "紧急", "来访类别": "公共设施", "办理情况": "已答复",
        "答复时间": "2026-03-03 09:00", "接待单位": "城管局",
    },
}  # fmt: skip


def test_every_channel_has_an_adapter_and_an_example_here() -> None:
    assert ADAPTERS.keys() == LAYOUTS.keys() == ROWS.keys() == set(Channel)


@pytest.mark.parametrize("channel", Channel)
def test_a_row_of_each_channel(channel: Channel) -> None:
    found = adapt_one(channel, ROWS[channel])
    assert found.rejected == ()
    assert found.frame.schema == COLUMNS
    row = found.frame.row(0, named=True)
    has_place = channel in (Channel.WEB, Channel.GRID)  # the grid's example has longitude and latitude swapped
    assert row == {
        "row_no": 1, "channel": channel.value, "reference": "GD1",
        "received_at": datetime(2026, 3, 1, 2, 20, 33, tzinfo=UTC), "words": "路灯不亮", "location_words": "文庙街12号",
        "lon": 104.39 if has_place else None, "lat": 31.13 if has_place else None, "category_hint": "公共设施",
        "urgency": Urgency.URGENT.value,
        "source": (Source.DISCOVERED if channel is Channel.GRID else Source.REPORTED).value, "contact_ref": None,
        "status_hint": StatusHint.CLOSED.value, "closed_at": datetime(2026, 3, 3, 1, 0, tzinfo=UTC),
        "unit_hint": "城管局",
    }  # fmt: skip
    assert found.contacts.rows() == [(1, "测试甲", "12400000001")]


@pytest.mark.parametrize("channel", Channel)
def test_no_header_of_a_channel_is_listed_for_two_things(channel: Channel) -> None:
    layout = LAYOUTS[channel]
    fields = [name for name in Layout.__dataclass_fields__ if name not in ("channel", "source", "categories")]
    listed = [header for name in fields for header in getattr(layout, name)]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("text", "shanghai"),
    [
        ("2026-03-01", "2026-03-01 00:00:00"),
        ("2026年3月1日", "2026-03-01 00:00:00"),
        ("20260301", "2026-03-01 00:00:00"),
        ("2026-3-1 9:05", "2026-03-01 09:05:00"),
        ("2026-03-01 10:20:33.123", "2026-03-01 10:20:33"),
        ("2026-03-01T10:20:33", "2026-03-01 10:20:33"),
        ("2026-03-01T02:20:33Z", "2026-03-01 10:20:33"),
        ("46082", "2026-03-01 00:00:00"),
        ("2026-02-30 10:00", None),
        ("2026-03-01 25:00", None),
        ("26/3/1", None),
        ("明天", None),
        ("", None),
    ],
)
def test_moments(text: str, shanghai: str | None) -> None:
    found = pl.DataFrame({"t": [text]}).select(moment(pl.col("t")).dt.convert_time_zone("Asia/Shanghai"))
    assert found.to_series().dt.strftime("%Y-%m-%d %H:%M:%S").to_list() == [shanghai]


@pytest.mark.parametrize(
    ("state", "closed_at", "hint", "keeps_time"),
    [
        ("已办结", "2026-03-03", StatusHint.CLOSED, True),
        ("已办结", None, StatusHint.CLOSED, False),
        (None, "2026-03-03", StatusHint.CLOSED, True),
        ("办理中", "2026-03-03", StatusHint.OPEN, False),  # a promise, not a fact: the state rules
        ("已受理", None, StatusHint.OPEN, False),
        (None, None, StatusHint.OPEN, False),
    ],
)
def test_states(state: str | None, closed_at: str | None, hint: StatusHint, keeps_time: bool) -> None:
    row = adapt_one(
        Channel.HOTLINE_12345, ROWS[Channel.HOTLINE_12345] | {"热线状态": state, "办结时间": closed_at}
    ).frame.row(0, named=True)
    assert row["status_hint"] == hint
    assert (row["closed_at"] is not None) == keeps_time


@pytest.mark.parametrize(
    ("lon", "lat", "place"),
    [
        ("104.39", "31.13", (104.39, 31.13)),
        ("31.13", "104.39", (104.39, 31.13)),
        ("0", "0", (None, None)),
        ("104.39", None, (None, None)),
        ("nan", "31.13", (None, None)),
        ("一百零四", "31.13", (None, None)),
        ("204.39", "31.13", (None, None)),
        ("-0.12", "51.50", (-0.12, 51.50)),
    ],
)
def test_coordinates(lon: str | None, lat: str | None, place: tuple[float | None, float | None]) -> None:
    row = adapt_one(Channel.GRID, ROWS[Channel.GRID] | {"经度": lon, "纬度": lat}).frame.row(0, named=True)
    assert (row["lon"], row["lat"]) == place


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        ({"工单编号": None}, "没有编号", "no reference"),
        ({"工单编号": " \u3000"}, "没有编号", "no reference"),
        ({"接收时间": "昨天下午"}, "接收时间读不懂：昨天下午", "the time cannot be read: 昨天下午"),
        ({"接收时间": None}, "接收时间读不懂：（空）", "the time cannot be read"),
        ({"问题描述": "无", "地址": "/"}, "没有问题描述，也没有地点", "neither words nor a place"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_line_and_reason(
    changes: dict[str, str | None], zh: str, en: str
) -> None:
    good = ROWS[Channel.HOTLINE_12345]
    raw = pl.DataFrame([good | {"row_no": "7"}, good | changes | {"row_no": "8"}])
    found = adapt(Channel.HOTLINE_12345, raw)
    assert [row_no for row_no, *_ in found.contacts.rows()] == found.frame["row_no"].to_list() == [7]
    (rejected,) = found.rejected
    assert rejected.row_no == 8
    assert rejected.zh.startswith(zh)
    assert rejected.en.startswith(en)


def test_a_place_alone_is_a_report_and_headers_may_have_blanks_around() -> None:
    row = {f" {name} ": value for name, value in ROWS[Channel.WALK_IN].items()}
    found = adapt_one(Channel.WALK_IN, row | {" 来访事由 ": None})
    assert found.rejected == ()
    assert found.frame.row(0, named=True)["words"] == ""
