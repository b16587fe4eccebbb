"""Who asks, and the transaction that serves the question.

A route takes `Annotated[Work, door(Role.DESK, …)]`: by the time it runs, the actor is known and allowed, and a
session of the actor's tier is open with the session token set (row-level security follows from it). The transaction
commits after the route has returned and before the answer is sent; an error rolls it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.errors import MustChangePassword, NotSignedIn
from api.pages import locale_of
from core import accounts
from core.actors import Actor, Role, Tier, public_actor, tier_of
from core.clock import now
from core.db import unit_of_work
from core.errors import NotAllowed

STAFF: Final = frozenset(Role) - {Role.SYSTEM, Role.PUBLIC}
PLAIN_COOKIE: Final = "wangge_session"
HOST_COOKIE: Final = "__Host-wangge_session"
PUBLIC: Final = public_actor()


@dataclass(frozen=True, slots=True)
class Work:
    """One request's unit of work: the open session, who asks, when, and in which locale ("zh" | "en")."""

    session: Session
    actor: Actor
    at: datetime
    locale: str


def cookie_name(request: Request) -> str:
    """`__Host-` over https, so that no neighbour can set it; a plain name over http on this machine."""
    return HOST_COOKIE if request.url.scheme == "https" else PLAIN_COOKIE


def actor_of(request: Request) -> Actor | None:
    """Who is signed in; None when nobody is. Looked up at every request, so that a revoked session ends at once."""
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    with unit_of_work(Tier.ACCOUNTS) as session:
        return accounts.actor_of(session, token, at=now())


def enter(request: Request, roles: frozenset[Role], *, even_with_one_time_password: bool = False) -> Actor:
    """The signed-in actor if one of the roles. Raises NotSignedIn, MustChangePassword or NotAllowed."""
    actor = actor_of(request)
    if actor is None:
        raise NotSignedIn
    request.state.actor = actor
    if actor.must_change and not even_with_one_time_password:
        raise MustChangePassword
    if actor.role not in roles:
        raise NotAllowed(
            zh="您的岗位不能查看或办理这里的内容；如有需要，请联系管理员。",
            en="Your role may not see or do this; ask the administrator if you need it.",
        )
    return actor


def door(*roles: Role, even_with_one_time_password: bool = False) -> Any:
    """The dependency that lets these roles in and hands the route its `Work`."""
    allowed = frozenset(roles)

    def work(request: Request) -> Iterator[Work]:
        actor = enter(request, allowed, even_with_one_time_password=even_with_one_time_password)
        with unit_of_work(tier_of(actor.role), token=actor.token) as session:
            yield Work(session, actor, now(), locale_of(request))

    work.roles = allowed  # type: ignore[attr-defined]
    return Depends(work, scope="function")


def open_door() -> Any:
    """The dependency of routes that need no account: work is done as the public, under the intake tier."""

    def work(request: Request) -> Iterator[Work]:
        with unit_of_work(Tier.INTAKE) as session:
            yield Work(session, PUBLIC, now(), locale_of(request))

    work.roles = frozenset({Role.PUBLIC})  # type: ignore[attr-defined]
    return Depends(work, scope="function")


def any_door(*roles: Role) -> Any:
    """The dependency of pages that everybody may open and these roles see more of: their own work or the public's."""
    allowed = frozenset(roles)

    def work(request: Request) -> Iterator[Work]:
        actor = actor_of(request)
        if actor is None or actor.must_change or actor.role not in allowed:
            actor = PUBLIC
        else:
            request.state.actor = actor
        with unit_of_work(tier_of(actor.role), token=actor.token) as session:
            yield Work(session, actor, now(), locale_of(request))

    work.roles = frozenset({Role.PUBLIC})  # type: ignore[attr-defined]
    return Depends(work, scope="function")
