"""Petitions: letters, visits and the web petition system (网上信访)."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.PETITION,
    reference=("信访编号", "信访件编号", "登记编号", "编号"),
    received_at=("登记时间", "信访时间", "来信时间", "收件时间", "信访日期", "登记日期"),
    words=("信访事项", "反映事项", "信访内容", "概况信息", "反映内容", "主要诉求", "诉求内容"),
    place=("问题属地", "事发地址", "问题地址", "反映地址", "地址", "涉及地址", "事项地址"),
    person=("信访人", "信访人姓名", "姓名", "联系人"),
    phone=("联系电话", "电话"),
    category=("内容分类", "问题类别", "事项类别", "信访类别"),
    urgency=("紧急程度",),
    state=("办理状态", "事项状态", "状态"),
    closed_at=("办结时间", "答复时间", "办结日期"),
    unit=("责任单位", "承办单位", "办理单位"),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
