"""The door of the patrol room. Others ask here, or read the view patrol.v_road; tables stay private.

Verbs that write take `actor` and `at`, flush and never commit.
"""

from patrol._plans import approve, ban_stop, draft, move_stop, plan, plan_day, plans, reject, reorder
from patrol._roads import current_digest, load_roads, network
from patrol._tasks import feedback, photo, task, tasks_of, tasks_of_case
from patrol._teams import join_team, load_teams, team, teams, teams_of
from patrol.errors import (
    FeedbackConflict,
    NoRoads,
    NotYourPlan,
    PhotoNotFound,
    PhotoRefused,
    PlanDecided,
    PlanIsEmpty,
    PlanNotFound,
    ShiftOver,
    StopNotFound,
    TaskNotFound,
    TeamNotFound,
)
from patrol.plan import Kind, Out, Reason
from patrol.policies import may_decide, may_plan
from patrol.profiles import Profile
from patrol.records import (
    TASK_WORDS,
    Feedback,
    FeedbackAnswer,
    FeedbackKind,
    FeedbackRecord,
    LeftOutRecord,
    PlanRecord,
    PlanStatus,
    StopRecord,
    TaskDetail,
    TaskRecord,
    TaskStatus,
    TeamRecord,
)
from patrol.roadfiles import OSM_CREDIT

__all__ = [
    "OSM_CREDIT",
    "TASK_WORDS",
    "Feedback",
    "FeedbackAnswer",
    "FeedbackConflict",
    "FeedbackKind",
    "FeedbackRecord",
    "Kind",
    "LeftOutRecord",
    "NoRoads",
    "NotYourPlan",
    "Out",
    "PhotoNotFound",
    "PhotoRefused",
    "PlanDecided",
    "PlanIsEmpty",
    "PlanNotFound",
    "PlanRecord",
    "PlanStatus",
    "Profile",
    "Reason",
    "ShiftOver",
    "StopNotFound",
    "StopRecord",
    "TaskDetail",
    "TaskNotFound",
    "TaskRecord",
    "TaskStatus",
    "TeamNotFound",
    "TeamRecord",
    "approve",
    "ban_stop",
    "current_digest",
    "draft",
    "feedback",
    "join_team",
    "load_roads",
    "load_teams",
    "may_decide",
    "may_plan",
    "move_stop",
    "network",
    "photo",
    "plan",
    "plan_day",
    "plans",
    "reject",
    "reorder",
    "task",
    "tasks_of",
    "tasks_of_case",
    "team",
    "teams",
    "teams_of",
]
