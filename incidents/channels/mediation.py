"""People's mediation: disputes brought to a mediation committee (人民调解)."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.MEDIATION,
    reference=("调解编号", "案件编号", "卷宗号", "编号"),
    received_at=("受理时间", "申请时间", "登记时间", "受理日期", "申请日期"),
    words=("纠纷简述", "纠纷简要情况", "纠纷情况", "纠纷概况", "纠纷事项", "纠纷描述"),
    place=("纠纷发生地", "纠纷地点", "纠纷地址", "发生地", "地址"),
    person=("申请人", "当事人", "申请人姓名"),
    phone=("申请人电话", "联系电话", "当事人电话"),
    category=("纠纷类型", "纠纷类别"),
    urgency=("难易程度", "紧急程度"),
    state=("调解状态", "调解结果", "状态"),
    closed_at=("结案时间", "调解时间", "办结时间", "结案日期", "调解日期"),
    unit=("调解组织", "调委会", "调解委员会"),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
