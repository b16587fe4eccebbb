"""The files of the demo district: their names, encodings and headers, word for word.

One dict a file: header → what stands in it. The order of the keys is the order of the columns. All cells are
text unless the note says "number". Times are "YYYY-MM-DD HH:MM:SS" in Asia/Shanghai; an absent value is empty,
"无" or "-", as offices write it. Coordinates are CGCS2000 (WGS84 within centimetres), longitude first.
"""

from dataclasses import dataclass
from typing import Final

DIVISIONS: Final = {
    "区划代码": "12 digits",
    "级别": "县区 | 乡镇街道 | 村社区",
    "名称": "short name: 旌原区, 文庙街道, 泰安社区, 双桥村",
    "上级代码": "12 digits; empty for the county",
    "生效日期": "YYYY-MM-DD",
    "失效日期": "YYYY-MM-DD or empty; a few old divisions have ended",
}
DIVISION_AREAS: Final = {"区划代码": "12 digits", "名称": "as in divisions.csv", "级别": "as in divisions.csv"}

GRIDS: Final = {
    "网格编码": "15 digits for 基础网格 and 专属网格, 17 for 微网格",
    "网格名称": "泰安社区第一网格; 旌原工业园专属网格; 泰安社区第一网格微网格2",
    "网格类型": "基础网格 | 专属网格 | 微网格",
    "上级编码": "the village for base and dedicated grids, the base grid for micro-grids",
    "社区代码": "12 digits of the village or community",
    "管辖单位": "full name of the town",
}
GRID_LAYER: Final = "网格"

ROADS: Final = {
    "路名": "name, or empty for service ways",
    "等级": "OSM highway class: trunk primary secondary tertiary residential service unclassified footway",
    "单行": "number: 0 both ways, 1 along the line, -1 against it",
}
ROAD_LAYER: Final = "道路"

ADDRESSES: Final = {
    "源编号": "id in the source register, JY + 10 digits",
    "统一地址编码": "empty: the platform mints it",
    "地址名称": "the whole address as the register writes it",
    "省": "四川省",
    "市": "原州市",
    "县": "旌原区",
    "乡镇街道": "town or street office",
    "类行政区划": "industrial park and the like, else 无",
    "社区/村": "village or community",
    "自然村": "group (3组) or hamlet",
    "街路巷": "road with its segment (凤凰大道三段) and lane",
    "门牌": "12号, 12号附3号, 12-3号, 甲12号",
    "院落/小区名": "estate",
    "院落别名": "what people call the estate",
    "内部路": "way inside an estate",
    "内部门牌": "door number inside an estate",
    "楼栋名": "named building (财富大厦)",
    "楼栋别名": "another name of the building",
    "楼栋号": "3栋, sometimes 3幢, 3号楼, A座",
    "单元": "2单元",
    "楼层": "5层",
    "户室": "501号, 501室; empty in a building row",
    "经度": "number as text, degrees",
    "纬度": "number as text, degrees",
}

RESIDENTS: Final = {
    "姓名": "invented",
    "公民身份号码": "GB 11643 on the unassigned region 519901",
    "性别": "男 | 女",
    "出生日期": "YYYY-MM-DD, sometimes YYYY/M/D or YYYYMMDD",
    "民族": "汉族 …",
    "联系电话": "11 digits on the unassigned prefix 12, or empty",
    "户籍地址": "where registered, as people write it",
    "现住址": "where living; equal to 户籍地址 unless 人户分离",
    "户号": "household number",
    "与户主关系": "户主 配偶 子 女 父亲 母亲 孙子 孙女 其他",
    "人户状态": "人户一致 | 人在户不在 | 户在人不在",
}

BUSINESSES: Final = {
    "统一社会信用代码": "GB 32100 on division 519901",
    "企业名称": "trade name",
    "企业类型": "个体工商户 | 有限责任公司 | 个人独资企业 | 农民专业合作社 …",
    "行业": "plain words",
    "经营场所": "address as people write it",
    "负责人": "invented",
    "联系电话": "11 digits on the unassigned prefix 12",
    "成立日期": "YYYY-MM-DD",
    "登记状态": "存续 | 注销 | 吊销",
}

TEAMS: Final = {
    "队伍编码": "XL + 3 digits",
    "队伍名称": "泰安社区第一巡逻队",
    "驻点名称": "the post",
    "驻点经度": "number as text",
    "驻点纬度": "number as text",
    "管辖网格": "15-digit codes joined by ;",
}
STAFF: Final = {
    "登录名": "letters and digits",
    "姓名": "invented",
    "角色": "网格员 | 队长 | 指挥长 | 坐席",
    "管辖网格": "15-digit codes joined by ;, empty for 指挥长 and 坐席",
    "队伍编码": "empty for 指挥长 and 坐席",
}

REPORTS_12345: Final = {
    "工单编号": "reference",
    "接收时间": "time",
    "问题描述": "words",
    "转办意见": "what the desk wrote for the office that got it",
    "联系人": "person",
    "联系电话": "phone",
    "地址": "place words",
    "紧急程度": "一般 | 紧急 | 特急",
    "办结时限": "deadline",
    "工单类别": "投诉 | 举报 | 求助 | 咨询 | 建议: the kind of call, not one of the fourteen categories",
    "热线状态": "已办结 | 办理中 | 待签收",
    "是否保密": "是 | 否",
    "是否回复": "是 | 否",
    "承办单位": "unit",
    "办结时间": "closing time, empty while open",
}
REPORTS_110: Final = {
    "接警单编号": "reference",
    "报警时间": "time",
    "报警内容": "words",
    "事发地址": "place words",
    "报警人": "person",
    "报警电话": "phone",
    "警情类别": "纠纷 | 求助 | 噪音 | 其他: wide, the police's own",
    "处置单位": "unit",
    "处理状态": "已处置 | 移交中",
    "处置完成时间": "closing time",
    "经度": "of the phone, empty in a third of the rows",
    "纬度": "of the phone",
}
REPORTS_PETITION: Final = {
    "信访件编号": "reference",
    "登记时间": "time",
    "信访形式": "网上信访 | 来信 | 来访",
    "信访人": "person",
    "联系电话": "phone",
    "问题属地": "place words",
    "信访事项": "words",
    "内容分类": "one of the fourteen categories, as the clerk saw it",
    "责任单位": "unit",
    "办理状态": "已办结 | 办理中",
    "办结时间": "closing time",
}
REPORTS_MEDIATION: Final = {
    "卷宗号": "reference",
    "受理时间": "time",
    "申请人": "person",
    "申请人电话": "phone",
    "被申请人": "the other party",
    "纠纷类型": "邻里纠纷 | 婚姻家庭 | 劳资纠纷 | 消费纠纷 | 物业纠纷 | 其他纠纷",
    "纠纷发生地": "place words",
    "纠纷简要情况": "words",
    "调解组织": "unit",
    "调解状态": "调解成功 | 调解不成功 | 调解中",
    "结案时间": "closing time",
}
REPORTS_WEB: Final = {
    "提交编号": "reference",
    "提交时间": "time",
    "昵称": "person",
    "手机号": "phone",
    "问题类型": "one of the fourteen categories, as the citizen chose it",
    "地点描述": "place words",
    "经度": "of the pin, empty in half of the rows",
    "纬度": "of the pin",
    "问题描述": "words",
    "处理状态": "已完成 | 处理中",
    "完成时间": "closing time",
}
REPORTS_GRID: Final = {
    "事件编号": "reference",
    "上报时间": "time",
    "上报人": "login of the grid worker",
    "网格编码": "15 digits, the worker's own grid",
    "事件类型": "one of the fourteen categories",
    "事件地址": "place words",
    "经度": "of the phone",
    "纬度": "of the phone",
    "事件描述": "words",
    "当事人": "person, mostly empty",
    "当事人电话": "phone, mostly empty",
    "处置状态": "已办结 | 处置中",
    "办结时间": "closing time",
}
REPORTS_WALKIN: Final = {
    "登记号": "reference",
    "来访时间": "time",
    "来访人": "person",
    "联系电话": "phone",
    "来访人数": "number as text",
    "来访事由": "words",
    "涉事地址": "place words",
    "接待窗口": "unit",
    "办理情况": "已办结 | 办理中",
    "办结时间": "closing time",
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A channel's file: what the channel is called in the truth, and which of its headers mean what."""

    channel: str
    file: str
    headers: dict[str, str]
    reference: str
    received: str
    words: str
    place: str
    person: str
    phone: str
    state: str
    closed: str


REPORT_FILES: Final = (
    ReportFile("12345", "reports_12345.xlsx", REPORTS_12345, "工单编号", "接收时间", "问题描述", "地址",
               "联系人", "联系电话", "热线状态", "办结时间"),
    ReportFile("110", "reports_110.csv", REPORTS_110, "接警单编号", "报警时间", "报警内容", "事发地址",
               "报警人", "报警电话", "处理状态", "处置完成时间"),
    ReportFile("petition", "reports_petition.xlsx", REPORTS_PETITION, "信访件编号", "登记时间", "信访事项", "问题属地",
               "信访人", "联系电话", "办理状态", "办结时间"),
    ReportFile("mediation", "reports_mediation.csv", REPORTS_MEDIATION, "卷宗号", "受理时间", "纠纷简要情况",
               "纠纷发生地", "申请人", "申请人电话", "调解状态", "结案时间"),
    ReportFile("web", "reports_web.csv", REPORTS_WEB, "提交编号", "提交时间", "问题描述", "地点描述",
               "昵称", "手机号", "处理状态", "完成时间"),
    ReportFile("grid", "reports_grid.csv", REPORTS_GRID, "事件编号", "上报时间", "事件描述", "事件地址",
               "当事人", "当事人电话", "处置状态", "办结时间"),
    ReportFile("walk_in", "reports_walkin.xlsx", REPORTS_WALKIN, "登记号", "来访时间", "来访事由", "涉事地址",
               "来访人", "联系电话", "办理情况", "办结时间"),
)  # fmt: skip

CSV_ENCODINGS: Final = {
    "divisions.csv": "utf-8-sig",
    "residents_*.csv": "gb18030",
    "reports_110.csv": "gb18030",
    "reports_mediation.csv": "gb18030",
    "reports_web.csv": "utf-8",
    "reports_grid.csv": "utf-8-sig",
}
"""How each CSV is encoded; every CSV uses commas and LF."""

TRUTH: Final = {
    "channel": "12345 | 110 | petition | mediation | web | grid | walk_in",
    "reference": "the channel's own reference",
    "source_ref": "源编号 of the true address row (room, building or door), or null when the place is an area",
    "level": "what the words tell at best: room | building | door | estate | road | village | town | none",
    "lon": "f64, where it truly was",
    "lat": "f64",
    "matter": "i64, the same for every report of one matter",
    "noise": "list of tags",
    "category": "code of incidents/categories.toml",
    "village_code": "12 digits of the true village",
}
