"""wangge user: accounts. There are no default passwords: one is asked for, or made and shown once."""

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="账号管理 / accounts", add_completion=False)
Login = Annotated[str, typer.Argument(help="登录名 / login")]


@app.command()
def add(
    login: Login,
    role: Annotated[str, typer.Option(help="worker team_leader commander desk etl auditor sysadmin secadmin")],
    name: Annotated[str, typer.Option(help="显示名 / display name")] = "",
    grids: Annotated[list[int] | None, typer.Option("--grid", help="网格 id / of a grid, may repeat")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="读入口令 / read the password instead of making one")] = False,
) -> None:
    """新建账号 / make an account and show its password once."""
    from core import accounts, clock
    from core.actors import Role, Tier, system_actor
    from core.db import unit_of_work

    password = _ask() if ask else accounts.new_password()
    with unit_of_work(Tier.ACCOUNTS) as session:
        accounts.create_account(
            session, login, name or login, Role(role), password, grids or [],
            actor=system_actor("cli"), at=clock.now(), is_one_time=not ask,
        )  # fmt: skip
    print(f"{login}  {role}" + ("" if ask else f"  口令 / password: {password}"))


@app.command("list")
def list_() -> None:
    """列出账号 / list the accounts."""
    from core import accounts
    from core.actors import Tier
    from core.db import unit_of_work

    with unit_of_work(Tier.ACCOUNTS) as session:
        for one in accounts.accounts(session):
            state = "" if one.is_active else "  停用 / disabled"
            print(f"{one.login:<20}{one.role:<14}{one.display_name}  {len(one.area_ids)} 网格 / grids{state}")


@app.command()
def passwd(login: Login, ask: Annotated[bool, typer.Option("--ask", help="读入口令 / read it")] = False) -> None:
    """更换口令并解锁 / a new password; unlocks the account and ends its sessions."""
    from core import accounts, clock
    from core.actors import Tier, system_actor
    from core.db import unit_of_work

    password = _ask() if ask else accounts.new_password()
    with unit_of_work(Tier.ACCOUNTS) as session:
        found = accounts.account(session, login)
        accounts.set_password(
            session, found.id, password, actor=system_actor("cli"), at=clock.now(), is_one_time=not ask
        )
    print("已更换 / changed" if ask else f"{login}  口令 / password: {password}")


@app.command()
def disable(login: Login) -> None:
    """停用账号 / nobody signs in with it any more, at once."""
    from core import accounts, clock
    from core.actors import Tier, system_actor
    from core.db import unit_of_work

    with unit_of_work(Tier.ACCOUNTS) as session:
        found = accounts.account(session, login)
        accounts.disable(session, found.id, actor=system_actor("cli"), at=clock.now())
    print(f"{login}  停用 / disabled")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("口令 / password", hide_input=True, confirmation_prompt=True))
