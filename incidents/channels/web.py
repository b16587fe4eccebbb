"""Reports over the web: the citizens' page, Open311 and exports of both. A pin on the map may come with them."""

import polars as pl

from incidents.channels.reading import Adapted, Layout, read
from incidents.kinds import Channel

LAYOUT = Layout(
    channel=Channel.WEB,
    reference=("提交编号", "受理编号", "反映编号", "service_request_id", "编号"),
    received_at=("提交时间", "反映时间", "requested_datetime", "时间"),
    words=("反映内容", "问题描述", "留言内容", "内容", "description"),
    place=("地点描述", "位置描述", "反映地址", "地点", "地址", "事发地址", "address"),
    person=("昵称", "姓名", "反映人", "提交人", "联系人"),
    phone=("手机号", "联系电话", "电话", "手机"),
    category=("服务类别", "问题类型", "类别", "问题类别", "service_code"),
    urgency=("紧急程度",),
    state=("状态", "处理状态", "办理状态", "status"),
    closed_at=("办结时间", "关闭时间", "完成时间", "处理完成时间"),
    unit=("承办单位", "处理单位"),
    lon=("经度", "long"),
    lat=("纬度", "lat"),
)


def adapt(raw: pl.DataFrame) -> Adapted:
    """Read a frame of this channel's text columns; see `incidents.channels.reading.read`."""
    return read(LAYOUT, raw)
