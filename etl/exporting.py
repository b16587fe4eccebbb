"""What may leave as a file: each layer with its Chinese headers, its rows from the room that owns them.

Personal data leaves masked, and only what the session sees: row-level security decides. Every export is an audit row,
written before the first byte leaves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import shapely
from sqlalchemy import Row
from sqlalchemy.orm import Session

import address.service as address_service
import cases.service as cases_service
import incidents.service as incidents_service
import registry.service as registry_service
from core.actors import Actor
from core.audit import record
from core.clock import SHANGHAI
from core.db import stream_rows
from core.errors import BadInput
from etl.writers import Format, Item, written

TABLES: Final = (Format.CSV, Format.XLSX)
EVERY: Final = tuple(Format)
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "gender": {"m": "男", "f": "女"},
    "level": {
        "estate": "小区", "door": "门牌", "building": "楼栋", "unit": "单元", "room": "户室", "landmark": "地标",
    },
    "is_implied": {"True": "推定", "False": "登记"},
    "layer": {"base": "基础网格", "dedicated": "专属网格", "micro": "微网格"},
    "status": {"current": "现行", "provisional": "暂定"} | {one.value: w.zh for one, w in cases_service.WORDS.items()},
    "urgency": {"ordinary": "一般", "urgent": "紧急", "danger": "危急", "complex": "复杂"},
}  # fmt: skip
"""What our own words of some columns are called in a file."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing to export. `columns`: header → name in the room's rows; `rows` reads them for the session."""

    name: str
    zh: str
    en: str
    columns: Mapping[str, str]
    rows: Callable[[Session], Iterator[Row[Any]]]
    formats: tuple[Format, ...] = EVERY


def _grids(session: Session) -> Iterator[Row[Any]]:
    return stream_rows(
        session,
        """
        SELECT v.code, v.name, v.layer, p.code AS parent_code, v.village_code, v.office, v.town_name, v.village_name,
               v.lon, v.lat, ST_AsBinary(s.geom) AS geometry
        FROM grid.v_grid v JOIN grid.v_grid_shape s ON s.id = v.id LEFT JOIN grid.v_grid p ON p.id = v.parent_id
        ORDER BY v.code
        """,
    )


LAYERS: Final[Mapping[str, Layer]] = {
    one.name: one
    for one in (
        Layer(
            "addresses",
            "标准地址",
            "addresses",
            {
                "统一地址编码": "code", "源编号": "source_ref", "地址名称": "name", "级别": "level", "状态": "status",
                "登记方式": "is_implied",
                "乡镇街道": "town", "社区/村": "village", "自然村": "group", "街路巷": "road", "内部路": "lane",
                "门牌": "number", "内部门牌": "sub_number", "院落/小区名": "estate", "楼栋号": "building",
                "单元": "unit", "楼层": "floor", "户室": "room", "网格编码": "grid_code", "经度": "lon", "纬度": "lat",
            },
            address_service.all_addresses,
        ),
        Layer(
            "grids",
            "网格",
            "grids",
            {
                "网格编码": "code", "网格名称": "name", "网格类型": "layer", "上级编码": "parent_code",
                "社区代码": "village_code", "管辖单位": "office", "乡镇街道": "town_name", "社区/村": "village_name",
                "经度": "lon", "纬度": "lat",
            },
            _grids,
        ),
        Layer(
            "businesses",
            "经营主体",
            "businesses",
            {
                "统一社会信用代码": "uscc", "企业名称": "name", "企业类型": "kind", "行业": "industry",
                "经营场所": "site", "统一地址编码": "site_code", "网格编码": "grid_code", "负责人": "person_masked",
                "联系电话": "phone_masked", "成立日期": "founded_on", "登记状态": "status",
                "经度": "lon", "纬度": "lat",
            },
            registry_service.all_businesses,
        ),
        Layer(
            "residents",
            "居民",
            "residents",
            {
                "姓名": "name_masked", "性别": "gender", "出生年": "birth_year", "证件号码末两位": "id_tail",
                "联系电话": "phone_masked", "人户状态": "status", "现住址": "home", "统一地址编码": "home_code",
                "网格编码": "grid_code",
            },
            registry_service.all_residents,
            TABLES,
        ),
        Layer(
            "cases",
            "案件",
            "cases",
            {
                "案件编号": "number", "渠道": "channel", "类别": "category_zh", "紧急程度": "urgency", "状态": "status",
                "承办单位": "unit", "内容": "summary", "地点": "place_words", "统一地址编码": "code",
                "网格编码": "grid_code", "受理时间": "opened_at", "办理期限": "due_at", "办结时间": "closed_at",
                "经度": "lon", "纬度": "lat",
            },
            cases_service.all_cases,
        ),
    )
}  # fmt: skip


def format_of(word: str) -> Format:
    """The format of this name. Raises BadInput."""
    if word.lower() not in set(Format):
        forms = ", ".join(Format)
        raise BadInput(zh=f"没有这种格式：{word}；可选：{forms}", en=f"no such format: {word}; choose from {forms}")
    return Format(word.lower())


def layer_of(name: str, form: Format) -> Layer:
    """The layer of this name. Raises BadInput when there is none, or it does not come in this format."""
    found = LAYERS.get(name)
    if found is None:
        names = "、".join(LAYERS)
        raise BadInput(zh=f"没有这种数据：{name}；可选：{names}", en=f"no such layer: {name}; choose from {names}")
    if form not in found.formats:
        raise BadInput(
            zh=f"{found.zh}不导出为 {form.value}；可选：{'、'.join(found.formats)}",
            en=f"{found.en} are not exported as {form.value}; choose from {', '.join(found.formats)}",
        )
    return found


def audit(session: Session, layer: Layer, form: Format, *, actor: Actor, at: datetime) -> None:
    """Write down that a layer leaves. Commit this before the first byte goes out."""
    record(session, actor, "etl.exported", "etl.export", layer.name, at, {"format": form.value})


def export(session: Session, layer: Layer, form: Format) -> Iterator[bytes]:
    """The file, piece by piece, of all rows the session may see. The session must stay open until the end."""
    names = list(layer.columns.values())
    words = {**WORDS, "channel": {one.code: one.name_zh for one in incidents_service.channels(session)}}
    return written(form, layer.zh, list(layer.columns), (_item(row, names, words) for row in layer.rows(session)))


def _item(row: Row[Any], names: Sequence[str], words: Mapping[str, Mapping[str, str]]) -> Item:
    told = row._mapping
    shape = told.get("geometry")
    if shape is None and told.get("lon") is not None:
        shape = shapely.to_wkb(shapely.Point(told["lon"], told["lat"]))
    return Item([_cell(told[name], words.get(name, {})) for name in names], None if shape is None else bytes(shape))


def _cell(value: object, words: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.7f}"
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return words.get(str(value), str(value))
