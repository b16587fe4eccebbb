"""Broken and hostile files, made by a seed: what offices hand in, and what somebody might.

`made(folder)` writes them all; what the operator reads about each stands in `sentences.tsv`.
"""

import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import geopandas as gpd
import pyproj
from shapely.geometry import Polygon

from core.coords import Crs
from tests.files import ground, sheets
from tests.files.ground import ADDRESS_HEADER, SIDE, SOUTH, WEST, addresses, collection, feature, square, text_of

SEED = 7
HEADER = list(ADDRESS_HEADER)
CGCS2000_CM105 = 4544
PEOPLE = ("姓名", "公民身份号码", "现住址")
DIVISIONS = ("区划代码", "级别", "名称")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEGABYTE = 1_000_000
_MAKERS: dict[str, Callable[[Random, Path], bytes | None]] = {}


def _file(name: str) -> Callable[[Callable[[Random, Path], bytes | None]], Callable[[Random, Path], bytes | None]]:
    def keep(maker: Callable[[Random, Path], bytes | None]) -> Callable[[Random, Path], bytes | None]:
        _MAKERS[name] = maker
        return maker

    return keep


def _plain(name: str, content: bytes) -> None:
    _MAKERS[name] = lambda _chance, _path: content


def names() -> list[str]:
    """The files, in the order in which they are made."""
    return list(_MAKERS)


def made(folder: Path) -> Iterator[Path]:
    """Write the files one by one."""
    for name, maker in _MAKERS.items():
        path = folder / name
        content = maker(Random(f"{SEED}{name}"), path)
        if content is not None:
            path.write_bytes(content)
        yield path


def _doors(chance: Random, name: str, count: int = 6) -> list[list[str]]:
    """Doors of a road of the file's own, so that no file repeats another's."""
    return addresses(chance, f"{name}路", count)


def _table(rows: list[list[str]]) -> bytes:
    return text_of([HEADER, *rows]).encode()


# --- nothing, or not what its name says
_plain("empty.csv", b"")
_plain("empty.xlsx", b"")
_plain("blank_lines.csv", b"\n\n \n,,,\n")
_plain("header_only.csv", text_of([HEADER]).encode())
_plain("header_only.xlsx", sheets.xlsx([HEADER]))
_plain("no_rows.xlsx", sheets.xlsx([]))
_plain("unknown.docx", b"PK\x03\x04")
_plain("no_ending", b"a,b\n1,2\n")
_plain("web_page.xls", "<html><body><table><tr><td>姓名</td></tr></table></body></html>".encode())
_plain("office_2003.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>')
_plain("text.xlsx", "姓名,现住址\n张三,文昌街\n".encode())
_plain("text.gpkg", b"id,name\n1,2\n")
_plain("sheet.csv", sheets.xlsx([HEADER]))
_plain("paper.xlsx", b"%PDF-1.7\n")
_plain("picture.csv", b"\x89PNG\r\n\x1a\n")
_plain("archive.zip", b"Rar!\x1a\x07\x00")
_plain("packed.csv", b"\x1f\x8b\x08\x00")
_plain("letter.xls", OLE + bytes(1_000) + "WordDocument".encode("utf-16-le"))
_plain("password.xlsx", OLE + bytes(1_000) + "EncryptedPackage".encode("utf-16-le"))
_plain("noise.xlsx", bytes(range(256)) * 20)
_plain("broken_old.xls", OLE + bytes(range(256)) * 10)
_plain("no_workbook.xlsx", sheets.packed({"word/document.xml": "<w/>"}))
_plain("no_sheet.xlsx", sheets.packed({k: v for k, v in sheets.parts({"S": ""}).items() if "sheet1" not in k}))
_plain("broken_xml.xlsx", sheets.packed({**sheets.parts({"S": "<worksheet><sheetData><row r="}), "x": ""}))


@_file("truncated.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    return sheets.xlsx([HEADER, *_doors(chance, "截断")])[:-200]


# --- bombs and ways out
_plain("bomb.xlsx", sheets.packed({**sheets.parts({"S": ""}), "xl/sharedStrings.xml": b"A" * 60 * MEGABYTE}))
_plain("many_entries.xlsx", sheets.packed({f"xl/{n}.xml": "" for n in range(1_500)}))
_plain("way_out.xlsx", sheets.packed({**sheets.parts({"S": ""}), "../../etc/cron.d/x": "x"}))
_plain("way_out.zip", sheets.packed({"/etc/passwd": "x", "a.shp": "x"}))


@_file("far_cell.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    xml = sheets.sheet_xml([HEADER]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    return sheets.packed(dict(sheets.parts({"S": xml})))


@_file("link.zip")
def _(_chance: Random, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.shp")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")


@_file("billion_laughs.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    entities = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>'
    cell = '<c r="A1" t="inlineStr"><is><t>&l9;</t></is></c><c r="B1" t="inlineStr"><is><t>x</t></is></c>'
    xml = f'<?xml version="1.0"?>{entities}<worksheet {sheets.MAIN}><sheetData><row r="1">{cell}</row>'
    return sheets.packed(dict(sheets.parts({"S": xml + "</sheetData></worksheet>"})))


_plain("million_columns.csv", b"a," * MEGABYTE + b"\n" + b"1," * MEGABYTE + b"\n")
_plain("wide.xlsx", sheets.xlsx([[f"列{n}" for n in range(2_000)], ["1"] * 2_000]))

# --- headers
_plain("unknown_header.csv", "甲,乙\n1,2\n".encode())
_plain("half_header.csv", "姓名,性别,年龄\n张三,男,30\n".encode())


@_file("twice_header.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = [[*row, row[6], row[7]] for row in _doors(chance, "重列")]
    return text_of([[*HEADER, "经度", "纬度"], *rows]).encode()


@_file("dressed_header.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    head = ["源 编号", "＊地址\n名称", "乡镇街道", "社区/村", "街路巷", "门牌", "经度（WGS84）", "纬度："]
    return sheets.xlsx([["丹原县地址表"], [], head, *_doors(chance, "表头")], merges=["A1:H1"])


@_file("merged.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    rows: list[list[sheets.Cell]] = [list(row) for row in _doors(chance, "合并", 4)]
    for row in rows:
        row[2] = None
    rows[0][2] = "明珠街道"
    groups: list[sheets.Cell] = ["源编号", "地址名称", "所在", None, None, None, "坐标", None]
    leaves: list[sheets.Cell] = [None, None, "乡镇街道", "社区/村", "街路巷", "门牌", "经度", "纬度"]
    return sheets.xlsx([groups, leaves, *rows], merges=["A1:A2", "B1:B2", "C1:F1", "G1:H1", "C3:C6"])


# --- rows and cells
@_file("too_many_cells.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "多格")
    rows[2].append("多出的一格")
    return _table(rows)


@_file("too_few_cells.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "少格")
    rows[2] = rows[2][:4]
    return _table(rows)


@_file("lone_quote.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = _table(_doors(chance, "引号")).decode().splitlines()
    lines[2] = lines[2].replace("丹原县", '"丹原县', 1)
    return "\n".join(lines).encode()


@_file("nul_bytes.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "空字符")
    rows[1][1] += "\0"
    return "\n".join(",".join(row) for row in [HEADER, *rows]).encode()


@_file("mixed_encodings.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = _table(_doors(chance, "混码")).decode().splitlines()
    return b"\n".join(line.encode("gb18030" if at == 3 else "utf-8") for at, line in enumerate(lines))


@_file("broken_bytes.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = [line.encode("gb18030") for line in _table(_doors(chance, "坏字")).decode().splitlines()]
    lines[4] = lines[4].replace("丹".encode("gb18030"), b"\xff\xff", 1)
    return b"\n".join(lines)


@_file("utf16.txt")
def _(chance: Random, _path: Path) -> bytes:
    return text_of([HEADER, *_doors(chance, "宽码")], delimiter="\t").encode("utf-16")


@_file("semicolons.csv")
def _(chance: Random, _path: Path) -> bytes:
    return b"sep=;\n" + text_of([HEADER, *_doors(chance, "分号")], delimiter=";").encode("gb18030")


@_file("formulas.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "公式")
    rows[0][1] = "=cmd|'/C calc'!A0"
    rows[1][1] = "@SUM(1+1)*cmd|'/C calc'!A0"
    return _table(rows)


@_file("same_ref.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "重号")
    rows[3][0] = rows[2][0]
    return _table(rows)


_plain("ids_scientific.csv", text_of([PEOPLE, ("张三", "5.10603E+17", "明珠街道"), ("李四", "", "明珠街道")]).encode())
_plain("ids_as_numbers.xlsx", sheets.xlsx([PEOPLE, ["张三", 510603199001011234, "明珠街道"]]))
_plain("ids_wrong.csv", text_of([PEOPLE, ("张三", "510603199001011233", "甲"), ("", "1", "乙")]).encode())
_plain("ids_old.csv", text_of([PEOPLE, ("张三", "510603900101123", "明珠街道")]).encode())
_plain("zeros_lost.csv", text_of([DIVISIONS, ("51990200100", "village", "明珠社区")]).encode())
_plain("codes_scientific.csv", text_of([DIVISIONS, ("5.19902E+11", "village", "明珠社区")]).encode())
_plain("level_unknown.csv", text_of([DIVISIONS, ("519902001003", "国", "乌有村")]).encode())
_plain(
    "days_turned.csv",
    text_of(
        [(*DIVISIONS, "生效日期", "失效日期"), ("519902001003", "village", "乌有村", "2024/5/1", "2023年1月1日")]
    ).encode(),
)


@_file("days_1904.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    row: list[sheets.Cell] = ["519902001004", "village", "新丰村", ('s="1"', "<v>43769</v>")]
    return sheets.xlsx([[*DIVISIONS, "生效日期"], row], is_1904=True)


_plain(
    "report_times.csv",
    text_of(
        [
            ("警情编号", "接警时间", "报警内容", "警情地址"),
            ("J1", "昨天下午", "楼下吵闹", "明珠街道"),
            ("", "2026-03-01 10:00", "楼下吵闹", "明珠街道"),
            ("J3", "2026-03-01 10:00", "", ""),
        ]
    ).encode(),
)
_plain("staff.csv", text_of([("登录名", "姓名", "角色"), ("zhang", "张三", "皇帝"), ("", "李四", "网格员")]).encode())


# --- positions
@_file("swapped.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "颠倒")
    rows[1][6], rows[1][7] = rows[1][7], rows[1][6]
    return _table(rows)


@_file("nowhere.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "无处", 8)
    for row, (x, y) in zip(
        rows[1:], [("0", "0"), ("", ""), ("东经104度", "31.21"), ("inf", "31.21"), ("1e400", "1"), ("104.5", "-")],
        strict=False,
    ):  # fmt: skip
        row[6], row[7] = x, y
    return _table(rows)


@_file("other_county.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "外县")
    rows[4][6] = f"{float(rows[4][6]) + 1:.6f}"
    return _table(rows)


def _metres(rows: list[list[str]], *, is_turned: bool = False) -> bytes:
    project = pyproj.Transformer.from_crs(4326, CGCS2000_CM105, always_xy=True)
    for row in rows:
        east, north = project.transform(float(row[6]), float(row[7]))
        row[6], row[7] = (f"{north:.3f}", f"{east:.3f}") if is_turned else (f"{east:.3f}", f"{north:.3f}")
    return _table(rows)


@_file("metres.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _metres(_doors(chance, "投影", 40))


@_file("metres_turned.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _metres(_doors(chance, "倒投影", 40), is_turned=True)


@_file("mars.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "火星路", 200, Crs.GCJ02))


@_file("baidu.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "百度路", 200, Crs.BD09))


@_file("two_systems.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "真路", 150) + addresses(chance, "假路", 150, Crs.BD09))


# --- shapes
def _one(**words: str) -> dict[str, str]:
    return {"网格编码": "519902001001003", "网格名称": "多格", "网格类型": "基础网格", **words}


def _grids_with(*features: object) -> bytes:
    return collection([*(feature(ring, **words) for words, ring in ground.grid_rows()), *features])


_plain("cut_off.geojson", ground.grids()[:-80])
_plain("wrong_nesting.geojson", json.dumps({"features": {"type": "Feature"}}).encode())
_plain("bare_geometry.geojson", json.dumps({"type": "Polygon", "coordinates": [square(WEST, SOUTH)]}).encode())
_plain("no_features.geojson", collection([]))
_plain("deep.geojson", b"[" * 100_000)
_plain("gbk.geojson", ground.grids().decode().encode("gb18030"))
_plain("no_geometry.geojson", _grids_with(feature(None, **_one())))
_plain("empty_geometry.geojson", _grids_with(feature([], "MultiPolygon", **_one())))
_plain(
    "self_crossing.geojson",
    _grids_with(feature([(104.5, 31.2), (104.51, 31.21), (104.51, 31.2), (104.5, 31.21), (104.5, 31.2)], **_one())),
)
_plain("line_for_area.geojson", _grids_with(feature(square(WEST, SOUTH), "LineString", **_one())))
_plain("swapped.geojson", _grids_with(feature([(y, x) for x, y in square(WEST, SOUTH)], **_one())))
_plain("metres.geojson", _grids_with(feature(square(452_000, 3_453_000, 900, 900), **_one())))
_plain("overlapping.geojson", _grids_with(feature(square(WEST + 0.001, SOUTH, 0.001, 0.001), **_one())))
_plain("grid_code.geojson", _grids_with(feature(square(WEST, SOUTH), **_one(网格编码="12"))))
_plain("grid_twice.geojson", _grids_with(feature(square(WEST, SOUTH), **ground.grid_rows()[0][0])))
_plain("unknown_fields.geojson", collection([feature(square(WEST, SOUTH), 甲="1")]))
_plain("stranger.geojson", collection([feature(square(WEST, SOUTH), 区划代码="519999001001")]))
_plain(
    "road_class.geojson",
    collection([feature([(WEST, SOUTH), (WEST + SIDE, SOUTH)], "LineString", 路名="甲路", 等级="天街")]),
)


@_file("hole.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    rows = ground.grid_rows()
    words, ring = rows[0]
    hole = square(WEST + 0.002, SOUTH + 0.002, 0.001, 0.001)[::-1]
    holed = {"type": "Feature", "properties": words, "geometry": {"type": "Polygon", "coordinates": [ring, hole]}}
    return collection([holed, *(feature(ring, **words) for words, ring in rows[1:])])


@_file("heights.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    return collection([feature([(x, y, 480.5) for x, y in ring], **words) for words, ring in ground.grid_rows()])


@_file("said_crs.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    project = pyproj.Transformer.from_crs(4326, CGCS2000_CM105, always_xy=True)
    features = [feature([project.transform(x, y) for x, y in ring], **words) for words, ring in ground.grid_rows()]
    return collection(features, crs={"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{CGCS2000_CM105}"}})


_plain("unknown_crs.geojson", ground.grids(crs={"type": "name", "properties": {"name": "urn:mars:火星坐标"}}))


@_file("truncated.gpkg")
def _(_chance: Random, path: Path) -> None:
    _frame().to_file(path, driver="GPKG")
    path.write_bytes(path.read_bytes()[:30_000])


@_file("two_layers.gpkg")
def _(_chance: Random, path: Path) -> None:
    for layer in ("甲层", "乙层"):
        _frame().to_file(path, layer=layer, driver="GPKG")


@_file("no_layer.gpkg")
def _(_chance: Random, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a text)")
    connection.close()


def _frame() -> gpd.GeoDataFrame:
    rows = ground.grid_rows()
    return gpd.GeoDataFrame([words for words, _ in rows], geometry=[Polygon(ring) for _, ring in rows], crs=4490)


def _shapefile(encoding: str = "gb18030") -> dict[str, bytes]:
    rows = ground.grid_rows()
    columns = {name: [words[name] for words, _ in rows] for name in rows[0][0]}
    return sheets.shapefile([ring for _, ring in rows], columns, encoding=encoding)


WGS84 = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_ESRI").encode()
XIAN80 = pyproj.CRS.from_epsg(4610).to_wkt("WKT1_ESRI").encode()


def _zip(parts: dict[str, bytes], **more: bytes) -> bytes:
    return sheets.packed({f"网格/网格.{part}": content for part, content in (parts | more).items()})


_plain("gbk_without_cpg.zip", _zip(_shapefile(), prj=WGS84))
_plain("gbk_with_wrong_cpg.zip", _zip(_shapefile(), prj=WGS84, cpg=b"UTF-8"))
_plain("utf8_without_cpg.zip", _zip(_shapefile("utf-8"), prj=WGS84))
_plain("without_dbf.zip", _zip({k: v for k, v in _shapefile().items() if k != "dbf"}, prj=WGS84))
_plain("without_prj.zip", _zip(_shapefile()))
_plain("old_datum.zip", _zip(_shapefile(), prj=XIAN80))
_plain("bad_prj.zip", _zip(_shapefile(), prj=b"GEOGCS[nonsense"))
_plain("no_shape.zip", sheets.packed({"readme.txt": "x"}))
_plain("two_shapes.zip", sheets.packed({f"{n}.{k}": v for n in "ab" for k, v in _shapefile().items()}))
_plain("truncated.zip", _zip(_shapefile(), prj=WGS84)[:-60])
_plain("truncated_inside.zip", _zip({k: v[:-40] if k == "shp" else v for k, v in _shapefile().items()}, prj=WGS84))
_plain("lying_dbf.zip", _zip({**_shapefile(), "dbf": struct.pack("<B3BIHH20x", 3, 1, 1, 1, 10**9, 33, 9)}, prj=WGS84))
_plain("text.shp", b"not a shape")
