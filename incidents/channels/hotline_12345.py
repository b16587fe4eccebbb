"""The 12345 hotline's work order: the layout of docs/standards §4, with the closing time some sites add."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.HOTLINE_12345,
    reference=("工单编号", "工单号"),
    received_at=("接收时间", "来电时间", "受理时间"),
    words=("问题描述", "诉求内容"),
    place=("地址", "事发地址", "诉求地址"),
    person=("联系人",),
    phone=("联系电话",),
    category=("工单类别", "诉求类别"),
    urgency=("紧急程度",),
    state=("热线状态", "工单状态"),
    closed_at=("办结时间", "实际办结时间"),
    unit=("承办单位",),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
