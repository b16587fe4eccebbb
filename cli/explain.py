"""`wangge explain "地址"`: every step of matching one address. Heavy imports wait for the call."""

from typing import Annotated

import typer

app = typer.Typer(help="解释一个地址如何匹配 / every step of matching an address", add_completion=False)

FARTHEST_M = 100_000  # beyond it the text was not placed at all


@app.command()
def explain(words: Annotated[str, typer.Argument(help="一个地址 / an address")]) -> None:
    """一步一步说明一个地址如何匹配 / say step by step how an address is matched."""
    from address import service as addresses
    from core.actors import Tier
    from core.db import unit_of_work

    with unit_of_work(Tier.JOBS) as session:
        told = addresses.explain(session, words)
        found = addresses.place(session, [words])
    for step, said in told.steps:
        print(f"{step}: {said}")
    for tried in told.candidates:
        print(f"试 / tried {tried.level}: {tried.words} → {tried.count}")
    if told.decision.faults:
        print(f"问题 / faults: {'、'.join(told.decision.faults)}")
    metres = found.precision_m[0]
    around = f" ±{metres:.0f} m" if metres < FARTHEST_M else ""
    print(f"→ {found.precision[0]}{around}  {found.code[0] or '—'}  {found.why[0]}")
