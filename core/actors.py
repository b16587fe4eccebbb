"""Who acts: a person with a login and a role, or the system itself; and through which database role.

Every verb that writes takes an `Actor`. A tier is a login role of PostgreSQL; none is a member of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import NAMESPACE_URL, UUID, uuid5


class Role(StrEnum):
    """What an account may be."""

    WORKER = "worker"
    TEAM_LEADER = "team_leader"
    COMMANDER = "commander"
    DESK = "desk"
    ETL = "etl"
    AUDITOR = "auditor"
    SYSADMIN = "sysadmin"
    SECADMIN = "secadmin"
    SYSTEM = "system"
    PUBLIC = "public"


ROLE_NAMES_ZH: Mapping[Role, str] = MappingProxyType(
    {
        Role.WORKER: "网格员",
        Role.TEAM_LEADER: "组长",
        Role.COMMANDER: "指挥员",
        Role.DESK: "热线坐席",
        Role.ETL: "数据管理员",
        Role.AUDITOR: "审计员",
        Role.SYSADMIN: "系统管理员",
        Role.SECADMIN: "安全管理员",
        Role.SYSTEM: "系统",
        Role.PUBLIC: "市民",
    }
)


class Tier(StrEnum):
    """A database login role: `wangge_<value>`. ACCOUNTS is the only one that reads password hashes."""

    OWNER = "owner"
    WORKER = "worker"
    COMMAND = "command"
    INTAKE = "intake"
    ETL = "etl"
    JOBS = "jobs"
    AUDIT = "audit"
    TILES = "tiles"
    BACKUP = "backup"
    ACCOUNTS = "accounts"

    @property
    def role_name(self) -> str:
        """The name of the login role in PostgreSQL."""
        return f"wangge_{self.value}"


TIERS: Mapping[Role, Tier] = MappingProxyType(
    {
        Role.WORKER: Tier.WORKER,
        Role.TEAM_LEADER: Tier.WORKER,
        Role.COMMANDER: Tier.COMMAND,
        Role.DESK: Tier.COMMAND,
        Role.ETL: Tier.ETL,
        Role.AUDITOR: Tier.AUDIT,
        Role.SYSADMIN: Tier.ACCOUNTS,
        Role.SECADMIN: Tier.ACCOUNTS,
        Role.SYSTEM: Tier.JOBS,
        Role.PUBLIC: Tier.INTAKE,
    }
)


def tier_of(role: Role) -> Tier:
    """The database role through which this kind of actor works."""
    return TIERS[role]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it. `name` is the login, never a personal name. `token` is the session token that drives RLS.

    `must_change`: signed in with a one-time password that has to be replaced before anything else.
    """

    id: UUID
    name: str
    role: Role
    token: str | None = field(default=None, repr=False)
    must_change: bool = False

    @property
    def tier(self) -> Tier:
        """The database role through which this actor works."""
        return tier_of(self.role)


def system_actor(name: str) -> Actor:
    """The system itself under a name that says which part of it: "cli", "worker", "etl". Same name, same id."""
    return Actor(uuid5(NAMESPACE_URL, f"wangge:system:{name}"), name, Role.SYSTEM)


def public_actor(name: str = "public") -> Actor:
    """Somebody without an account."""
    return Actor(uuid5(NAMESPACE_URL, f"wangge:public:{name}"), name, Role.PUBLIC)
