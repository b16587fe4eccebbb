"""Where a role begins, and which address one may be sent back to."""

from typing import Final

from core.actors import Role

LANDING: Final = {
    Role.WORKER: "/m",
    Role.TEAM_LEADER: "/m",
    Role.COMMANDER: "/command",
    Role.DESK: "/desk",
    Role.ETL: "/load",
    Role.AUDITOR: "/audit",
    Role.SYSADMIN: "/admin/accounts",
    Role.SECADMIN: "/admin/accounts",
    Role.SYSTEM: "/login",
    Role.PUBLIC: "/login",
}


def landing(role: Role) -> str:
    """The first page of a role."""
    return LANDING[role]


def inside(address: str) -> str:
    """The address if it is a path of this site, else "/": a login must not send anybody to another host.

    Browsers drop tabs and line ends from an address, so "/<tab>/host" would be another host.
    """
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_path and address.isprintable() else "/"
