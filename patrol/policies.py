"""Who may make, change and decide a team's plans. `may_…` answers a button, `check_…` raises and says why."""

from sqlalchemy.orm import Session

from core.actors import Actor, Role
from patrol._teams import teams_of
from patrol.errors import NotYourPlan


def may_plan(session: Session, team_id: int, actor: Actor) -> bool:
    """Whether this actor may make and change plans of this team; the system may draft, never decide."""
    if actor.role in (Role.COMMANDER, Role.SYSTEM):
        return True
    return actor.role is Role.TEAM_LEADER and any(t.id == team_id for t in teams_of(session, actor.id))


def check_may_plan(session: Session, team_id: int, actor: Actor) -> None:
    """Raises NotYourPlan unless the actor is a commander, the leader of this team, or the system."""
    if not may_plan(session, team_id, actor):
        raise NotYourPlan


def may_decide(session: Session, team_id: int, actor: Actor) -> bool:
    """Whether this actor may approve or reject: a person who may plan; a machine never approves its own plan."""
    return actor.role is not Role.SYSTEM and may_plan(session, team_id, actor)


def check_may_decide(session: Session, team_id: int, actor: Actor) -> None:
    """Raises NotYourPlan unless the actor is a person who may plan: a machine never approves its own plan."""
    if not may_decide(session, team_id, actor):
        raise NotYourPlan
