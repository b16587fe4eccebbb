"""`wangge explain "地址"`: every step of matching one address. Heavy imports wait for the call."""

from typing import Annotated

import typer

app = typer.Typer(help="解释一个地址如何匹配 / every step of matching an address", add_completion=False)


@app.command()
def explain(words: Annotated[str, typer.Argument(help="一个地址 / an address")]) -> None:
    """一步一步说明一个地址如何匹配 / say step by step how an address is matched."""
    from address import service as addresses
    from core.actors import Tier
    from core.db import unit_of_work

    with unit_of_work(Tier.JOBS) as session:
        print(addresses.explain(session, words))
        found = addresses.place(session, [words])
    print(f"→ {found.precision[0]} ±{found.precision_m[0]:.0f} m  {found.code[0] or '—'}  {found.why[0]}")
