"""What grid workers find on their rounds (网格发现): kept apart from what residents report."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel, Source

LAYOUT = Layout(
    channel=Channel.GRID,
    reference=("事件编号", "上报编号", "编号"),
    received_at=("上报时间", "发现时间"),
    words=("事件描述", "情况描述", "问题描述", "事件内容"),
    place=("事发位置", "事件地址", "事发地址", "事件地点", "发生地点", "位置描述", "位置", "地点", "地址"),
    person=("当事人", "相关人员"),
    phone=("当事人电话", "联系电话"),
    category=("事件类型", "事件类别", "类别"),
    urgency=("紧急程度", "事件级别"),
    state=("事件状态", "处置状态", "处理状态", "状态"),
    closed_at=("办结时间", "处置时间", "完成时间", "结案时间"),
    unit=("处置单位", "承办单位", "处理单位"),
    lon=("经度",),
    lat=("纬度",),
    source=Source.DISCOVERED,
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
