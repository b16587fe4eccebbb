"""Workbooks and shapefiles made by hand, byte by byte: sound ones and ones that are not."""

import io
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
Cell = str | int | float | None | tuple[str, str]
"""A text, a number, nothing, or (attributes, content) of a cell written as it stands."""


def column_name(at: int) -> str:
    """A, B, … AA for 0, 1, … 26."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(at: int, row: int, value: Cell) -> str:
    ref = f"{column_name(at)}{row}"
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{ref}" {value[0]}>{value[1]}</c>'
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{ref}"><v>{value!r}</v></c>'


def sheet_xml(rows: Sequence[Sequence[Cell]], merges: Sequence[str] = ()) -> str:
    """The part of one sheet."""
    body = "".join(
        f'<row r="{row}">{"".join(_cell(at, row, value) for at, value in enumerate(cells))}</row>'
        for row, cells in enumerate(rows, start=1)
    )
    merged = "".join(f'<mergeCell ref="{one}"/>' for one in merges)
    tail = f"<mergeCells>{merged}</mergeCells>" if merges else ""
    return f"{HEAD}<worksheet {MAIN}><sheetData>{body}</sheetData>{tail}</worksheet>"


def parts(sheets: dict[str, str], *, is_1904: bool = False) -> dict[str, str]:
    """The parts of a workbook: name of a sheet → its part."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    plain = '<numFmts count="0"/><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    formats = '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/>'
    found = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{RELS}"><workbookPr date1904="{int(is_1904)}"/>'
        f"<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{package}/relationships">{related}'
        f'<Relationship Id="rId99" Type="{RELS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f"{HEAD}<styleSheet {MAIN}>{plain}"
        f'<borders count="1"><border/></borders><cellXfs count="3">{formats}</cellXfs></styleSheet>',
    }
    return found | {f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets.values(), strict=True)}


def packed(members: dict[str, str | bytes]) -> bytes:
    """A zip of these members."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def xlsx(rows: Sequence[Sequence[Cell]], *, merges: Sequence[str] = (), is_1904: bool = False) -> bytes:
    """A workbook of one sheet."""
    return packed(dict(parts({"Sheet1": sheet_xml(rows, merges)}, is_1904=is_1904)))


def shapefile(
    rings: Sequence[Sequence[tuple[float, float]]],
    columns: dict[str, Sequence[str]],
    *,
    encoding: str = "gb18030",
    width: int = 60,
) -> dict[str, bytes]:
    """shp, shx and dbf of polygons of one ring each, with text columns."""
    bodies = [_polygon(ring) for ring in rings]
    records, index, at = [], [], 50
    for number, body in enumerate(bodies, start=1):
        records.append(struct.pack(">ii", number, len(body) // 2) + body)
        index.append(struct.pack(">ii", at, len(body) // 2))
        at += 4 + len(body) // 2
    everything = [point for ring in rings for point in ring]
    shp, shx = b"".join(records), b"".join(index)
    return {
        "shp": _shape_head(50 + len(shp) // 2, everything) + shp,
        "shx": _shape_head(50 + len(shx) // 2, everything) + shx,
        "dbf": _dbf(columns, encoding, width),
    }


def _shape_head(words: int, points: Sequence[tuple[float, float]]) -> bytes:
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    box = struct.pack("<8d", min(xs), min(ys), max(xs), max(ys), 0, 0, 0, 0)
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, words) + struct.pack("<2i", 1000, 5) + box


def _polygon(ring: Sequence[tuple[float, float]]) -> bytes:
    if not ring:
        return struct.pack("<i", 0)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    head = struct.pack("<i4d3i", 5, min(xs), min(ys), max(xs), max(ys), 1, len(ring), 0)
    return head + b"".join(struct.pack("<2d", *point) for point in ring)


def _dbf(columns: dict[str, Sequence[str]], encoding: str, width: int) -> bytes:
    count = len(next(iter(columns.values())))
    fields = b"".join(
        name.encode(encoding)[:10].ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
        for name in columns
    )
    head = struct.pack("<B3BIHH20x", 3, 126, 1, 1, count, 33 + len(fields), 1 + width * len(columns))
    rows = b"".join(
        b" " + b"".join(values[at].encode(encoding)[:width].ljust(width) for values in columns.values())
        for at in range(count)
    )
    return head + fields + b"\r" + rows + b"\x1a"
