"""People who come to the counter of the centre (群众来访)."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.WALK_IN,
    reference=("来访编号", "登记编号", "登记号", "编号"),
    received_at=("来访时间", "登记时间", "来访日期"),
    words=("来访事由", "诉求内容", "来访诉求", "反映问题", "事由"),
    place=("涉及地址", "事发地址", "问题地址", "事项地址", "涉事地址", "地址"),
    person=("来访人", "来访人姓名", "姓名"),
    phone=("联系电话", "来访人电话", "电话"),
    category=("诉求类别", "事项类别", "来访类别", "类别"),
    urgency=("紧急程度",),
    state=("办理状态", "办理情况", "状态"),
    closed_at=("办结时间", "答复时间", "办结日期"),
    unit=("接待单位", "承办单位", "办理单位", "接待窗口"),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
