"""What can go wrong with patrols: words of the trade."""

from datetime import date
from uuid import UUID

from core.errors import BadInput, NotAllowed, NotFound, Refused


class TeamNotFound(NotFound):
    """There is no such team, or not for this actor."""

    def __init__(self, what: object) -> None:
        super().__init__(zh=f"没有这支队伍：{what}", en=f"there is no such team: {what}")


class PlanNotFound(NotFound):
    """There is no such plan, or not for this actor."""

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(zh=f"没有这个巡逻方案：{plan_id}", en=f"there is no such plan: {plan_id}")


class StopNotFound(NotFound):
    """The plan has no such stop."""

    def __init__(self, stop_id: UUID) -> None:
        super().__init__(zh=f"方案里没有这个点：{stop_id}", en=f"the plan has no such stop: {stop_id}")


class TaskNotFound(NotFound):
    """There is no such task, or it is another team's: both look the same from outside."""

    def __init__(self, task_id: UUID) -> None:
        super().__init__(zh=f"没有这项任务：{task_id}", en=f"there is no such task: {task_id}")


class PhotoNotFound(NotFound):
    """There is no such photo, or it is another team's."""

    def __init__(self, photo_id: UUID) -> None:
        super().__init__(zh=f"没有这张照片：{photo_id}", en=f"there is no such photo: {photo_id}")


class NotYourPlan(NotAllowed):
    """Plans are made and decided by commanders, and by the leader of the team."""

    def __init__(self) -> None:
        super().__init__(
            zh="只有指挥员或本队组长可以制订和批准巡逻方案",
            en="only a commander or the leader of this team may make and approve its plans",
        )


class PlanDecided(Refused):
    """The plan has been approved or rejected already; a new one can be made."""

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(
            zh=f"方案 {plan_id} 已经批准或否决，请重新生成", en=f"plan {plan_id} is decided already: make a new one"
        )


class PlanIsEmpty(Refused):
    """There is nothing to send: every stop was left out, each with its reason."""

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(
            zh=f"方案 {plan_id} 没有任何停留点，无法发送任务；请看未列入的原因",
            en=f"plan {plan_id} has no stops to send: see why each was left out",
        )


class NoRoads(Refused):
    """No road graph is loaded, so no way can be worked out."""

    def __init__(self) -> None:
        super().__init__(
            zh="还没有路网，请先导入道路文件（wangge load）", en="there is no road graph yet: load a road file first"
        )


class ShiftOver(Refused):
    """The shift of that day has ended."""

    def __init__(self, on: date) -> None:
        super().__init__(
            zh=f"{on} 的班次已经结束，请为下一个班次制订方案", en=f"the shift of {on} is over: plan for the next one"
        )


class FeedbackConflict(Refused):
    """The same feedback id came before with another content: the first one is kept."""

    def __init__(self, feedback_id: UUID) -> None:
        super().__init__(
            zh=f"反馈编号 {feedback_id} 已用于另一条内容，已保留先到的一条",
            en=f"feedback id {feedback_id} came before with another content: the first is kept",
        )


class PhotoRefused(BadInput):
    """The upload is no picture, too large, or broken."""
