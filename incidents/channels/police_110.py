"""Calls to 110 that are no police matter and are passed on (非警务警情)."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.POLICE_110,
    reference=("警情编号", "接警编号", "接警单编号", "编号"),
    received_at=("接警时间", "报警时间", "时间"),
    words=("报警内容", "警情内容", "简要警情", "内容"),
    place=("警情地址", "事发地点", "事发地址", "案发地址", "发生地点", "地址"),
    person=("报警人", "报警人姓名", "联系人"),
    phone=("报警电话", "报警人电话", "联系电话"),
    category=("警情类别", "警情类型", "类别"),
    urgency=("紧急程度", "警情级别"),
    state=("处置状态", "流转状态", "处理状态", "警情状态", "状态"),
    closed_at=("办结时间", "处置完成时间", "处置时间", "反馈时间", "结束时间"),
    unit=("移交单位", "处置单位", "承办单位"),
    lon=("经度",),
    lat=("纬度",),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
