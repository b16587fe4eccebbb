"""Broken and hostile tables: the first half of the corpus; see `corpus`."""

import zipfile
from pathlib import Path
from random import Random

import pyproj

from core.coords import Crs
from tests.files import sheets
from tests.files.corpus_list import listed, plain
from tests.files.ground import ADDRESS_HEADER, addresses, text_of

HEADER = list(ADDRESS_HEADER)
CGCS2000_CM105 = 4544
PEOPLE = ("姓名", "公民身份号码", "现住址")
DIVISIONS = ("区划代码", "级别", "名称")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEGABYTE = 1_000_000


def _doors(chance: Random, name: str, count: int = 6) -> list[list[str]]:
    """Doors of a road of the file's own, so that no file repeats another's."""
    return addresses(chance, f"{name}路", count)


def _table(rows: list[list[str]]) -> bytes:
    return text_of([HEADER, *rows]).encode()


# --- nothing, or not what its name says
plain("empty.csv", b"")
plain("empty.xlsx", b"")
plain("blank_lines.csv", b"\n\n \n,,,\n")
plain("header_only.csv", text_of([HEADER]).encode())
plain("header_only.xlsx", sheets.xlsx([HEADER]))
plain("no_rows.xlsx", sheets.xlsx([]))
plain("unknown.docx", b"PK\x03\x04")
plain("no_ending", b"a,b\n1,2\n")
plain("web_page.xls", "<html><body><table><tr><td>姓名</td></tr></table></body></html>".encode())
plain("office_2003.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>')
plain("text.xlsx", "姓名,现住址\n张三,文昌街\n".encode())
plain("text.gpkg", b"id,name\n1,2\n")
plain("sheet.csv", sheets.xlsx([HEADER]))
plain("paper.xlsx", b"%PDF-1.7\n")
plain("picture.csv", b"\x89PNG\r\n\x1a\n")
plain("archive.zip", b"Rar!\x1a\x07\x00")
plain("packed.csv", b"\x1f\x8b\x08\x00")
plain("letter.xls", OLE + bytes(1_000) + "WordDocument".encode("utf-16-le"))
plain("password.xlsx", OLE + bytes(1_000) + "EncryptedPackage".encode("utf-16-le"))
plain("noise.xlsx", bytes(range(256)) * 20)
plain("broken_old.xls", OLE + bytes(range(256)) * 10)
plain("no_workbook.xlsx", sheets.packed({"word/document.xml": "<w/>"}))
plain("no_sheet.xlsx", sheets.packed({k: v for k, v in sheets.parts({"S": ""}).items() if "sheet1" not in k}))
plain("broken_xml.xlsx", sheets.packed({**sheets.parts({"S": "<worksheet><sheetData><row r="}), "x": ""}))


@listed("truncated.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    return sheets.xlsx([HEADER, *_doors(chance, "截断")])[:-200]


# --- bombs and ways out
plain("bomb.xlsx", sheets.packed({**sheets.parts({"S": ""}), "xl/sharedStrings.xml": b"A" * 60 * MEGABYTE}))
plain("many_entries.xlsx", sheets.packed({f"xl/{n}.xml": "" for n in range(1_500)}))
plain("way_out.xlsx", sheets.packed({**sheets.parts({"S": ""}), "../../etc/cron.d/x": "x"}))
plain("way_out.zip", sheets.packed({"/etc/passwd": "x", "a.shp": "x"}))


@listed("far_cell.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    xml = sheets.sheet_xml([HEADER]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    return sheets.packed(dict(sheets.parts({"S": xml})))


@listed("link.zip")
def _(_chance: Random, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.shp")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")


@listed("billion_laughs.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    entities = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>'
    cell = '<c r="A1" t="inlineStr"><is><t>&l9;</t></is></c><c r="B1" t="inlineStr"><is><t>x</t></is></c>'
    xml = f'<?xml version="1.0"?>{entities}<worksheet {sheets.MAIN}><sheetData><row r="1">{cell}</row>'
    return sheets.packed(dict(sheets.parts({"S": xml + "</sheetData></worksheet>"})))


plain("million_columns.csv", b"a," * MEGABYTE + b"\n" + b"1," * MEGABYTE + b"\n")
plain("wide.xlsx", sheets.xlsx([[f"列{n}" for n in range(2_000)], ["1"] * 2_000]))

# --- headers
plain("unknown_header.csv", "甲,乙\n1,2\n".encode())
plain("half_header.csv", "姓名,性别,年龄\n张三,男,30\n".encode())


@listed("twice_header.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = [[*row, row[6], row[7]] for row in _doors(chance, "重列")]
    return text_of([[*HEADER, "经度", "纬度"], *rows]).encode()


@listed("dressed_header.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    head = ["源 编号", "＊地址\n名称", "乡镇街道", "社区/村", "街路巷", "门牌", "经度（WGS84）", "纬度："]
    return sheets.xlsx([["丹原县地址表"], [], head, *_doors(chance, "表头")], merges=["A1:H1"])


@listed("merged.xlsx")
def _(chance: Random, _path: Path) -> bytes:
    rows: list[list[sheets.Cell]] = [list(row) for row in _doors(chance, "合并", 4)]
    for row in rows:
        row[2] = None
    rows[0][2] = "明珠街道"
    groups: list[sheets.Cell] = ["源编号", "地址名称", "所在", None, None, None, "坐标", None]
    leaves: list[sheets.Cell] = [None, None, "乡镇街道", "社区/村", "街路巷", "门牌", "经度", "纬度"]
    return sheets.xlsx([groups, leaves, *rows], merges=["A1:A2", "B1:B2", "C1:F1", "G1:H1", "C3:C6"])


# --- rows and cells
@listed("too_many_cells.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "多格")
    rows[2].append("多出的一格")
    return _table(rows)


@listed("too_few_cells.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "少格")
    rows[2] = rows[2][:4]
    return _table(rows)


@listed("lone_quote.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = _table(_doors(chance, "引号")).decode().splitlines()
    lines[2] = lines[2].replace("丹原县", '"丹原县', 1)
    return "\n".join(lines).encode()


@listed("nul_bytes.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "空字符")
    rows[1][1] += "\0"
    return "\n".join(",".join(row) for row in [HEADER, *rows]).encode()


@listed("mixed_encodings.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = _table(_doors(chance, "混码")).decode().splitlines()
    return b"\n".join(line.encode("gb18030" if at == 3 else "utf-8") for at, line in enumerate(lines))


@listed("broken_bytes.csv")
def _(chance: Random, _path: Path) -> bytes:
    lines = [line.encode("gb18030") for line in _table(_doors(chance, "坏字")).decode().splitlines()]
    lines[4] = lines[4].replace("丹".encode("gb18030"), b"\xff\xff", 1)
    return b"\n".join(lines)


@listed("utf16.txt")
def _(chance: Random, _path: Path) -> bytes:
    return text_of([HEADER, *_doors(chance, "宽码")], delimiter="\t").encode("utf-16")


@listed("semicolons.csv")
def _(chance: Random, _path: Path) -> bytes:
    return b"sep=;\n" + text_of([HEADER, *_doors(chance, "分号")], delimiter=";").encode("gb18030")


@listed("formulas.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "公式")
    rows[0][1] = "=cmd|'/C calc'!A0"
    rows[1][1] = "@SUM(1+1)*cmd|'/C calc'!A0"
    return _table(rows)


@listed("same_ref.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "重号")
    rows[3][0] = rows[2][0]
    return _table(rows)


plain("ids_scientific.csv", text_of([PEOPLE, ("张三", "5.10603E+17", "明珠街道"), ("李四", "", "明珠街道")]).encode())
plain("ids_as_numbers.xlsx", sheets.xlsx([PEOPLE, ["张三", 510603199001011234, "明珠街道"]]))
plain("ids_wrong.csv", text_of([PEOPLE, ("张三", "510603199001011233", "甲"), ("", "1", "乙")]).encode())
plain("ids_old.csv", text_of([PEOPLE, ("张三", "510603900101123", "明珠街道")]).encode())
plain("zeros_lost.csv", text_of([DIVISIONS, ("51990200100", "village", "明珠社区")]).encode())
plain("codes_scientific.csv", text_of([DIVISIONS, ("5.19902E+11", "village", "明珠社区")]).encode())
plain("level_unknown.csv", text_of([DIVISIONS, ("519902001003", "国", "乌有村")]).encode())
plain(
    "days_turned.csv",
    text_of(
        [(*DIVISIONS, "生效日期", "失效日期"), ("519902001003", "village", "乌有村", "2024/5/1", "2023年1月1日")]
    ).encode(),
)


@listed("days_1904.xlsx")
def _(_chance: Random, _path: Path) -> bytes:
    row: list[sheets.Cell] = ["519902001004", "village", "新丰村", ('s="1"', "<v>43769</v>")]
    return sheets.xlsx([[*DIVISIONS, "生效日期"], row], is_1904=True)


plain(
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
plain("staff.csv", text_of([("登录名", "姓名", "角色"), ("zhang", "张三", "皇帝"), ("", "李四", "网格员")]).encode())


# --- positions
@listed("swapped.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "颠倒")
    rows[1][6], rows[1][7] = rows[1][7], rows[1][6]
    return _table(rows)


@listed("nowhere.csv")
def _(chance: Random, _path: Path) -> bytes:
    rows = _doors(chance, "无处", 8)
    for row, (x, y) in zip(
        rows[1:], [("0", "0"), ("", ""), ("东经104度", "31.21"), ("inf", "31.21"), ("1e400", "1"), ("104.5", "-")],
        strict=False,
    ):  # fmt: skip
        row[6], row[7] = x, y
    return _table(rows)


@listed("other_county.csv")
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


@listed("metres.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _metres(_doors(chance, "投影", 40))


@listed("metres_turned.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _metres(_doors(chance, "倒投影", 40), is_turned=True)


@listed("mars.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "火星路", 200, Crs.GCJ02))


@listed("baidu.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "百度路", 200, Crs.BD09))


@listed("two_systems.csv")
def _(chance: Random, _path: Path) -> bytes:
    return _table(addresses(chance, "真路", 150) + addresses(chance, "假路", 150, Crs.BD09))
