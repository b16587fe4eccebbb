"""wangge grid: divisions of other years, grids redrawn, and whether the grids cover the ground."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from grid.errors import RedrawRefused

app = typer.Typer(
    help="区划沿革与网格边界 / divisions by year and boundaries of grids", no_args_is_help=True, add_completion=False
)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期，默认今天 / the day, else today")]
MOST = 20


@app.command()
def redraw(
    path: Annotated[Path, typer.Argument(help="新边界：GeoJSON、GPKG；字段 网格编码 / the new boundaries, by code")],
    since: Day = None,
    retire: Annotated[list[str] | None, typer.Option(help="撤销的网格编码 / codes of grids that end")] = None,
    signed_off: Annotated[
        str | None, typer.Option(help="有空白或重叠仍要执行：谁负责 / who answers for faults")
    ] = None,
    out: Annotated[Path, typer.Option("--map", help="拒绝时画出问题的地图 / the map of what was wrong")] = Path(
        "redraw-faults.html"
    ),
) -> None:
    """重划网格：从某日起用新边界，地址、居民、企业、反映、工单随之归格 / new boundaries from a day on; everything on
    the ground follows."""
    from core.actors import Tier, system_actor
    from core.clock import now
    from core.db import unit_of_work
    from etl import regrid
    from grid.errors import RedrawRefused

    shapes = regrid.read(path)
    begun = now()
    try:
        with unit_of_work(Tier.ETL) as session:
            done = regrid.redraw(
                session, shapes, actor=system_actor("cli"), at=begun, since=_day(since), retired=retire or [],
                signed_off=signed_off,
            )  # fmt: skip
    except RedrawRefused as refused:
        _draw_faults(refused, out, begun)
        raise
    seconds = (now() - begun).total_seconds()
    grids, m2 = len(done.ground.grid_ids), done.ground.changed_m2
    print(f"网格 {grids} 个，{m2:,.0f} 平方米换了网格 / {grids} grids, {m2:,.0f} m² changed hands（{seconds:.1f} s）")
    print(
        f"重新归格 / moved: 地址 / addresses {done.addresses:,}，居民与企业 / people and businesses "
        f"{done.people_and_businesses:,}，反映 / reports {done.reports:,}，工单 / cases {done.cases:,}"
    )


def _draw_faults(refused: "RedrawRefused", out: Path, at: datetime) -> None:
    from maps import service as maps

    title = "未能执行的网格边界 / boundaries refused"
    out.write_text(maps.faults_page(title, refused.places, refused.new, at=at, old=refused.old), encoding="utf-8")
    print(f"问题画在地图上 / drawn on a map: {out}")


@app.command()
def check(
    out: Annotated[Path | None, typer.Option("--map", help="画成地图 / draw it into this file")] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", help="网格外的地址写成表 / addresses outside, as a table")
    ] = None,
) -> None:
    """检查网格：空白、重叠、界外，网格外的地址 / gaps, overlaps, addresses outside all grids. Status 1 when any."""
    import polars as pl
    import shapely
    from sqlalchemy import text

    from address import service as addresses
    from core.actors import Tier
    from core.clock import now, today
    from core.db import unit_of_work
    from grid import service as grids
    from grid.errors import KINDS
    from maps import service as maps

    with unit_of_work(Tier.ETL) as session:
        places = grids.coverage(session)
        known = addresses.grids_on(session, today())
        rows = session.execute(text("SELECT code, ST_AsBinary(geom) FROM grid.v_grid_shape WHERE layer <> 'micro'"))
        drawn = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}
    outside = known.filter(pl.col("found") < 0)
    wrong = known.filter((pl.col("found") >= 0) & (pl.col("found") != pl.col("grid_id")))
    for place in places[:MOST]:
        zh, en = KINDS[place.kind]
        point = place.shape.representative_point()
        print(f"{point.x:.6f}, {point.y:.6f}  {'、'.join(place.codes[:4])}  {place.m2:,.1f} m² {zh} / {en}")
    print(f"网格 / grids {len(drawn):,}；边界问题 / faults of boundaries {len(places):,}")
    print(
        f"地址 / addresses {known.height:,}；网格外 / outside all grids {outside.height:,}；"
        f"归格与边界不符 / kept under another grid than they lie in {wrong.height:,}"
    )
    if out is not None:
        spots = list(outside.select("lon", "lat", "name").iter_rows())
        page = maps.faults_page("网格覆盖检查 / coverage of grids", places, drawn, at=now(), spots=spots)
        out.write_text(page, encoding="utf-8")
        print(out)
    if listed is not None:
        outside.select("code", "level", "name", "lon", "lat").write_csv(listed, include_bom=True)
        print(listed)
    raise typer.Exit(1 if places or outside.height or wrong.height else 0)


@app.command()
def count(
    on: Day = None,
    days: Annotated[int, typer.Option(help="反映统计的天数 / reports of so many days")] = 30,
    out: Annotated[Path | None, typer.Option(help="写成表 / write a table")] = None,
) -> None:
    """各网格某日的地址、居民、企业、反映，按当日边界 / what lay in each grid on a day, by that day's boundaries."""
    import polars as pl

    from core.actors import Tier
    from core.clock import today
    from core.db import unit_of_work
    from etl import regrid
    from grid import service as grids

    with unit_of_work(Tier.ETL) as session:
        table = regrid.by_grid(session, _day(on) or today(), days=days)
        codes = {one.id: one.code for one in grids.grids(session)} | {-1: "—"}
    codes_of = table["grid_id"].replace_strict(codes, return_dtype=pl.String)
    table = table.with_columns(codes_of.alias("code")).drop("grid_id").select("code", pl.exclude("code")).sort("code")
    if out is not None:
        table.write_csv(out, include_bom=True)
        print(out)
        return
    print("网格 / grid            地址      居民   企业   反映")
    for code, places, people, businesses, reports in table.iter_rows():
        print(f"{code:17} {places:>9,} {people:>9,} {businesses:>6,} {reports:>6,}")


@app.command()
def years(
    path: Annotated[Path, typer.Argument(help="没有年份列的区划表 / a table of divisions that does not say its year")],
    year: Annotated[int, typer.Option(help="哪一年的 / of which year")],
) -> None:
    """导入某一年的区划表（有年份列的表用 wangge load）/ load the divisions of one year."""
    import polars as pl

    from core.actors import Tier, system_actor
    from core.clock import now
    from core.db import unit_of_work
    from etl import headers
    from etl.readers import read_table
    from grid import service as grids

    read = read_table(path).frame.with_columns(pl.lit(str(year)).alias("year"))
    mapping = headers.recognise([*read.columns, "year"], _kind(read.columns), where=path.name)
    frame = headers.apply(mapping, read)
    with unit_of_work(Tier.ETL) as session:
        done = grids.load_division_years(session, frame, actor=system_actor("cli"), at=now())
    print(
        f"{path.name} {year}  读入 / read {done.read:,} = 接受 / accepted {done.accepted:,} + 重复 / repeated "
        f"{done.repeated:,} + 拒收 / rejected {len(done.rejected):,}"
    )
    for one in done.rejected[:MOST]:
        print(f"    第 {one.row_no} 行 / row {one.row_no}: {one.zh} / {one.en}")


@app.command()
def today(
    words: Annotated[str, typer.Argument(help="区划代码或名称，任何一年的 / a code or name of any year")],
    year: Annotated[int | None, typer.Option(help="哪一年的 / of which year")] = None,
) -> None:
    """某年的区划今天是什么 / what a division of any year is today."""
    from core.actors import Tier
    from core.db import unit_of_work
    from core.errors import NotFound
    from grid import service as grids

    with unit_of_work(Tier.ETL) as session:
        found = grids.today_of(session, words, year)
    if not found:
        raise NotFound(zh=f"年度区划表中没有：{words}", en=f"no yearly table holds {words}")
    for one in found:
        print(f"{one.year}  {one.key}  {one.full_name}")
        if not one.successors:
            print(
                "    今天不详；知道的话请用 wangge grid correct 登记 / unknown today: wangge grid correct if you know"
            )
        for key, name, share, is_sure, steps in one.successors:
            doubt = "" if is_sure else "  存疑 / doubtful"
            print(f"    → {key}  {name}  {share:.0%}{doubt}  {'；'.join(steps)}")


@app.command()
def rewrite(
    path: Annotated[Path, typer.Argument(help="一行一个地址的文本 / a text file, an address a line")],
    out: Annotated[Path, typer.Option(help="写成表 / the table to write")],
) -> None:
    """把地址里的旧区划名称、代码改成今天的，并指明问题 / former names and codes put into today's, the fault named."""
    import unicodedata

    import polars as pl

    from core.actors import Tier
    from core.db import unit_of_work
    from grid import service as grids

    lines = [unicodedata.normalize("NFKC", line).strip() for line in path.read_text("utf-8-sig").splitlines()]
    with unit_of_work(Tier.ETL) as session:
        former = grids.former_divisions(session)
    found = [former.rewrite(line) for line in lines]
    table = pl.DataFrame(
        {
            "地址": lines,
            "今天": [line if one is None else one.text for line, one in zip(lines, found, strict=True)],
            "问题": ["" if one is None else "、".join(one.faults) for one in found],
            "都符合": ["" if one is None else " | ".join(one.others) for one in found],
        }
    )
    table.write_csv(out, include_bom=True)
    put, tied = table.filter(pl.col("问题") != "").height, table.filter(pl.col("都符合") != "").height
    print(f"{out}  {table.height:,} 行 / lines，改写 / put into today's {put:,}，几处都符合 / several fit {tied:,}")


@app.command()
def divisions(on: Day = None) -> None:
    """某日的区划 / the divisions on a day."""
    from core.actors import Tier
    from core.clock import today as this_day
    from core.db import unit_of_work
    from grid import service as grids

    with unit_of_work(Tier.ETL) as session:
        table = grids.divisions_on(session, _day(on) or this_day())
    for year, code, level, _, full_name, _ in table.iter_rows():
        print(f"{year}  {code or '—':12}  {level:8}  {full_name}")


@app.command()
def correct(
    year: Annotated[int, typer.Argument(help="哪一年的表 / of which year's table")],
    code: Annotated[str, typer.Argument(help="12 位代码 / its 12 digits")],
    successors: Annotated[
        list[str] | None, typer.Argument(help="下一张表中的代码，可多个；没有即撤销 / its successors")
    ] = None,
    document: Annotated[str, typer.Option(help="依据的文件 / the document it stands on")] = "",
) -> None:
    """更正沿革：某年的区划在下一张表中成了什么 / say what a division became in the next table."""
    from core.actors import Tier, system_actor
    from core.clock import now
    from core.db import unit_of_work
    from core.errors import BadInput
    from grid import service as grids

    if not document:
        raise BadInput(zh="请用 --document 写明依据的文件", en="please name the document with --document")
    with unit_of_work(Tier.ETL) as session:
        grids.correct_succession(
            session, year, code, successors or [], document=document, actor=system_actor("cli"), at=now()
        )
    print(f"{year} {code} → {'、'.join(successors or []) or '—'}")


def _kind(names: list[str]) -> str:
    from etl import headers

    wide = next(one for one in headers.shipped() if one.kind == "village_years")
    return wide.kind if "town_code" in wide.chosen(names) else "division_years"


def _day(told: datetime | None) -> date | None:
    return None if told is None else told.date()
