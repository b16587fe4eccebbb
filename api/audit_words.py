"""What the audit log's actions and things are called. What is not listed is shown as it was written."""

from collections.abc import Mapping
from typing import Final

from address.service import KIND_NAMES
from cases.service import VERBS

ACTIONS: Final[Mapping[str, str]] = {
    "session.begun": "登录",
    "session.refused": "登录被拒",
    "account.created": "新建账号",
    "account.areas": "改管辖网格",
    "account.password": "设密码",
    "account.disabled": "停用账号",
    "account.enabled": "启用账号",
    "address.loaded": "导入地址",
    "address.recoded": "重算交换码",
    **{f"address.{kind.value}": f"地址{names[0]}" for kind, names in KIND_NAMES.items()},
    "registry.codes_followed": "登记地址随编码更新",
    "address.other_code": "登记其他编码",
    "grid.divisions_loaded": "导入区划",
    "grid.grids_loaded": "导入网格",
    "grid.retired": "撤销网格",
    "grid.redrawn": "重划网格",
    "grid.division_years_loaded": "导入年度区划",
    "grid.succession_corrected": "更正区划沿革",
    "incidents.grids_relinked": "反映重新归格",
    "cases.grids_relinked": "工单重新归格",
    "roads.loaded": "导入道路",
    "team.loaded": "导入队伍",
    "team.joined": "编入队伍",
    "registry.residents_loaded": "导入居民",
    "registry.businesses_loaded": "导入企业",
    "registry.contacts_kept": "存联系方式",
    "registry.contacts_erased": "到期删除联系方式",
    "address.grids_relinked": "地址重新归格",
    "registry.grids_relinked": "重新归格",
    "registry.revealed": "查看个人信息",
    "etl.batch_begun": "开始导入",
    "etl.batch_finished": "完成导入",
    "etl.batch_undone": "撤销导入",
    "etl.exported": "导出数据",
    "address.batch_withdrawn": "撤回导入的地址",
    "registry.batch_withdrawn": "删除导入的居民与企业",
    "report.received": "收到反映",
    "report.placed": "核定地点",
    "report.placing_undone": "撤销核定",
    "alias.proposed": "提出别名",
    "alias.approved": "采用别名",
    "alias.refused": "不采用别名",
    "alias.reopened": "撤销别名的决定",
    "alias.withdrawn": "别名无人再用",
    "matter.joined": "并为一事",
    "case.joined": "并入一案",
    "case.parted": "分案办理",
    "burst.decided": "判定集中反映",
    "report.category_chosen": "选定类别",
    "classify.trained": "重新训练分类",
    "matter.parted": "分为两事",
    "plan.drafted": "排路线",
    "plan.approved": "批准路线",
    "plan.rejected": "放弃路线",
    "plan.reordered": "改路线次序",
    "plan.stop_banned": "去掉路线点",
    "plan.stop_moved": "移动路线点",
    "task.sent": "发送任务",
    "task.accept": "接收任务",
    "task.arrive": "到达",
    "task.done": "完成任务",
    "task.case_not_moved": "案件未随任务推进",
    "case.opened": "登记案件",
}
THINGS: Final[Mapping[str, str]] = {
    "account": "账号",
    "case": "案件",
    "report": "反映",
    "alias": "别名",
    "plan": "路线",
    "task": "任务",
    "team": "队伍",
    "road_graph": "道路图",
    "etl.batch": "导入批次",
    "etl.export": "导出的数据",
    "address.address": "地址",
}
VERB_PREFIX: Final = "case."


def action_words(action: str, locale: str) -> str:
    """An action for readers of Chinese in the words of the trade; in other languages, and unknown ones, as logged."""
    if locale != "zh":
        return action
    if action in ACTIONS:
        return ACTIONS[action]
    named = {f"{VERB_PREFIX}{verb.value}": rule.zh for verb, rule in VERBS.items()}
    return f"案件{named[action]}" if action in named else action


def thing_words(kind: str, locale: str) -> str:
    """The kind of a thing likewise."""
    return THINGS.get(kind, kind) if locale == "zh" else kind
