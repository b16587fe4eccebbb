"""`wangge report NAME`: what is doubtful in the register, as a list or a sheet. Heavy imports wait for the call."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from registry.service import Finding

app = typer.Typer(help="登记数据核查清单 / lists of what is doubtful in the register", add_completion=False)

SHOWN = 20


@app.command()
def report(
    name: Annotated[
        str | None, typer.Argument(help="清单；不写则列出全部及条数 / which; all with counts if left out")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="写成 XLSX / write a sheet")] = None,
) -> None:
    """孤儿、重复、超员、住宅内企业等清单 / orphans, doubles, over-full rooms, businesses in dwellings."""
    from core.actors import Tier, system_actor
    from core.clock import today
    from core.db import unit_of_work
    from core.errors import BadInput
    from registry import service as registry

    actor = system_actor("cli")
    known = {one.value: one for one in registry.Report}
    if name is not None and name not in known:
        raise BadInput(
            zh=f"没有这个清单：{name}；有 {'、'.join(known)}", en=f"no such list: {name}; there are {', '.join(known)}"
        )
    with unit_of_work(Tier.JOBS) as session:
        if name is None:
            for one in registry.Report:
                total, _ = registry.report(session, one, on=today(), actor=actor, limit=1)
                zh, en = registry.REPORT_NAMES[one]
                print(f"{total:>8,}  {one.value:<26}{zh} / {en}")
            return
        most = 1_000_000 if out else SHOWN
        total, found = registry.report(session, known[name], on=today(), actor=actor, limit=most)
        limit = registry.limit_of(session, known[name], today())
    zh, en = registry.REPORT_NAMES[known[name]]
    print(f"{zh} / {en}: {total:,}" + (f"（上限 / limit {limit}）" if limit else ""))
    if out is not None:
        _write(found, zh, out)
        print(f"{out}  {len(found):,} 行 / rows")
        return
    for row in found:
        print(f"  {row.code or '—':<14}{row.place}  {row.subject}\n      {row.why_zh} / {row.why_en}")
    if total > len(found):
        print(f"  另有 {total - len(found):,} 条，用 --out 写成表格 / more; write them with --out")


def _write(found: list["Finding"], title: str, out: Path) -> None:
    import polars as pl
    from rustpy_xlsxwriter import FastExcel

    columns = {
        "统一地址编码": [row.code or "" for row in found],
        "地址": [row.place for row in found],
        "对象（已脱敏）": [row.subject for row in found],
        "原因": [row.why_zh for row in found],
        "why": [row.why_en for row in found],
        "比对编码": [" ".join(row.others) for row in found],
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    FastExcel(str(out)).sheet(title, frame).save()
