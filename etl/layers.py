"""Files with geometry as Arrow tables. `python -m etl.layers` is the process that opens them.

A shapefile comes as a zip or as the .shp beside its parts; only its five parts are taken out, under names of our own.
"""

import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pyarrow as pa

from etl import apart
from etl.errors import FileUnreadable
from etl.texts import UNREAD, decode

NEEDED: Final = {"shp": "图形", "shx": "索引", "dbf": "属性表"}
PARTS: Final = (*NEEDED, "prj", "cpg")
DBF_HEAD: Final = 32
GBK_BYTE: Final = 0x80
NAMED_FEATURES: Final = ("FeatureCollection",)


def _read(path: Path, layer: str | None) -> tuple[dict[str, Any], pa.Table]:
    if path.suffix.lower() in (".geojson", ".json"):
        return _open(_plain_json(path), layer)
    if path.suffix.lower() not in (".zip", ".shp"):
        return _open(path, layer)
    name, parts = _from_zip(path, layer) if path.suffix.lower() == ".zip" else (path.stem, _beside(path))
    if missing := [f".{part}（{zh}）" for part, zh in NEEDED.items() if part not in parts]:
        raise FileUnreadable(
            zh=f"shapefile 缺少 {'、'.join(missing)}；请把 shp、shx、dbf、prj 一起打包",
            en=f"parts of the shapefile are missing ({', '.join(p for p in NEEDED if p not in parts)}): "
            "pack shp, shx, dbf and prj together",
        )
    encoding = dbf_encoding(parts["dbf"])
    parts["dbf"] = whole_signs(parts["dbf"], encoding)
    with tempfile.TemporaryDirectory(prefix="wangge-shp-") as folder:
        for part, content in parts.items():
            if part != "cpg":  # what it says is wrong too often: the content is asked
                (Path(folder) / f"layer.{part}").write_bytes(content)
        said, table = _open(Path(folder) / "layer.shp", None, encoding)
    return {**said, "layer": name, "encoding": encoding}, table


def _open(path: Path, layer: str | None, encoding: str | None = None) -> tuple[dict[str, Any], pa.Table]:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if layer is None and len(layers) > 1:
            raise FileUnreadable(
                zh=f"文件里有 {len(layers)} 个图层：{'、'.join(layers[:8])}；请用 --sheet 指明导入哪一个",
                en=f"there are {len(layers)} layers ({', '.join(layers[:8])}): name one with --sheet",
            )
        if not layers or (layer is not None and layer not in layers):
            raise FileUnreadable(
                zh=f"文件里没有{f'图层“{layer}”' if layer else '空间图层'}；有：{'、'.join(layers) or '无'}",
                en=f"there is no {'such' if layer else 'spatial'} layer; there are: {', '.join(layers) or 'none'}",
            )
        meta, table = pyogrio.raw.read_arrow(path, layer=layer or layers[0], encoding=encoding)
    except (DataSourceError, DataLayerError, pa.ArrowInvalid, UnicodeDecodeError, ValueError, RuntimeError) as exc:
        raise FileUnreadable(
            zh="空间数据文件打不开，内容已损坏；请重新导出为 gpkg 或 geojson",
            en="the spatial file cannot be opened, its content is broken: export it again as gpkg or geojson",
        ) from exc
    said = {
        "crs": meta["crs"],
        "geometry": meta["geometry_name"] or "wkb_geometry",
        "layer": layers[0],
        "encoding": None,
    }
    return said, table


def _plain_json(path: Path) -> Path:
    """The file itself when it is a collection of features in UTF-8; else says what is wrong with it."""
    text = decode(path.read_bytes())
    try:
        told = json.loads(text.words)
    except (ValueError, RecursionError) as exc:
        raise FileUnreadable(
            zh="不是完整的 GeoJSON，可能没有传完；请重新导出",
            en="no whole GeoJSON (cut off while copied?): please export it again",
        ) from exc
    _known_crs(told)
    features = told.get("features") if isinstance(told, dict) and told.get("type") in NAMED_FEATURES else None
    if not isinstance(features, list) or not all(
        isinstance(one, dict) and one.get("type") == "Feature" and isinstance(one.get("properties"), dict | None)
        for one in features
    ):
        raise FileUnreadable(
            zh="GeoJSON 的结构不对：最外层应是 FeatureCollection，features 里每一项都是 Feature",
            en="the GeoJSON is not nested as it must be: a FeatureCollection whose features are each a Feature",
        )
    if not features:
        raise FileUnreadable(zh="GeoJSON 里没有任何要素", en="the GeoJSON holds no feature")
    if text.encoding != "utf-8" or UNREAD in text.words:
        raise FileUnreadable(
            zh="GeoJSON 必须是 UTF-8 编码；请重新导出", en="GeoJSON must be UTF-8: please export it again"
        )
    return path


def _known_crs(told: Any) -> None:
    """Refuse a collection that names a coordinate system nobody knows: it would be taken for WGS84."""
    import pyproj
    from pyproj.exceptions import CRSError

    try:
        name = told["crs"]["properties"]["name"]
    except (KeyError, TypeError):
        return
    try:
        pyproj.CRS.from_user_input(str(name))
    except CRSError as exc:
        raise FileUnreadable(
            zh="GeoJSON 写明的坐标系认不出；请去掉 crs 一项并用 --crs 指明，或导出为 WGS84",
            en="the GeoJSON names an unknown coordinate system: take its crs out and name one with --crs",
        ) from exc


def _beside(path: Path) -> dict[str, bytes]:
    siblings = {one.suffix.lower().lstrip("."): one for one in path.parent.iterdir() if one.stem == path.stem}
    return {part: siblings[part].read_bytes() for part in PARTS if part in siblings}


def _from_zip(path: Path, layer: str | None) -> tuple[str, dict[str, bytes]]:
    """The name of the only or the wanted shapefile, and its parts by ending."""
    with zipfile.ZipFile(path) as packed:
        found: dict[str, dict[str, zipfile.ZipInfo]] = {}
        for member in packed.infolist():
            place = PurePosixPath(_member_name(member))
            if (part := place.suffix.lower().lstrip(".")) in PARTS and "__MACOSX" not in place.parts:
                found.setdefault(str(place.with_suffix("")), {})[part] = member
        names = sorted(name for name, parts in found.items() if "shp" in parts)
        wanted = [name for name in names if layer in (None, name, PurePosixPath(name).name)]
        if len(wanted) != 1:
            told = "、".join(PurePosixPath(name).name for name in names[:8])
            raise FileUnreadable(
                zh=f"zip 里应有一个 shapefile，现有 {len(names)} 个{f'（{told}）；请用 --sheet 指明' if names else ''}",
                en=f"the zip must hold one shapefile, it holds {len(names)}"
                + (": name one with --sheet" if names else ""),
            )
        try:
            parts = {part: packed.read(member) for part, member in found[wanted[0]].items()}
        except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError, zipfile.zlib.error) as exc:  # type: ignore[attr-defined]
            raise FileUnreadable(
                zh="压缩包损坏或设了密码；请重新打包，不要加密",
                en="the archive is broken or has a password: pack it again without one",
            ) from exc
    return PurePosixPath(wanted[0]).name, parts


def _member_name(member: zipfile.ZipInfo) -> str:
    """Names that do not say UTF-8 are GBK as often as not; zipfile reads them as code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return decode(member.filename.encode("cp437")).words
    except UnicodeEncodeError:
        return member.filename


def dbf_encoding(raw: bytes) -> str:
    """utf-8 or gb18030, by all the text of a dBase table: whichever fails in fewer cells.

    A cell may end in half a character, cut by the width of its column: that is no failure.
    """
    count, head, width = _sizes(raw)
    spans = _columns(raw, head)
    names = [raw[at : at + 11].split(b"\0")[0] for at in range(DBF_HEAD, max(head - 1, DBF_HEAD), DBF_HEAD)]
    cells = (raw[head + n * width + a : head + n * width + b].rstrip(b" \0") for n in range(count) for a, b in spans)
    telling = [cell for cell in (*names, *cells) if any(byte >= GBK_BYTE for byte in cell)]
    return min(("utf-8", "gb18030"), key=lambda name: sum(not _fits(cell, name) for cell in telling))


def whole_signs(raw: bytes, encoding: str) -> bytes:
    """The table without the halves of characters that its columns have cut off at the end of names and cells."""
    count, head, width = _sizes(raw)
    mended = bytearray(raw)
    for at in range(DBF_HEAD, max(head - 1, DBF_HEAD), DBF_HEAD):
        name = raw[at : at + 11].split(b"\0")[0]
        mended[at : at + len(name)] = _whole(name, encoding, b"\0")
    for n in range(count):
        for begin, end in _columns(raw, head):
            span = slice(head + n * width + begin, head + n * width + end)
            if raw[span].rstrip(b" \0")[-1:] >= b"\x80":
                mended[span] = _whole(raw[span].rstrip(b" \0"), encoding, b" ").ljust(end - begin)
    return bytes(mended)


def _whole(cell: bytes, encoding: str, filler: bytes) -> bytes:
    for cut in range(4):
        try:
            cell[: len(cell) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return cell[: len(cell) - cut].ljust(len(cell), filler)
    return cell


def _sizes(raw: bytes) -> tuple[int, int, int]:
    """Records that are there (whatever the head says), bytes of the head, bytes of a record."""
    said, head, width = (int.from_bytes(raw[at:end], "little") for at, end in ((4, 8), (8, 10), (10, 12)))
    return max(min(said, (len(raw) - head) // max(width, 1)), 0), head, width


def _columns(raw: bytes, head: int) -> Sequence[tuple[int, int]]:
    """Begin and end within a record of each text column."""
    spans, begin = [], 1
    for at in range(DBF_HEAD, max(head - 1, DBF_HEAD), DBF_HEAD):
        if at + 17 > len(raw) or raw[at] == 0x0D:
            break
        if raw[at + 11 : at + 12] == b"C":
            spans.append((begin, begin + raw[at + 16]))
        begin += raw[at + 16]
    return spans


def _fits(cell: bytes, encoding: str) -> bool:
    for cut in range(4 if encoding == "utf-8" else 2):
        try:
            cell[: len(cell) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def main(argv: list[str]) -> int:
    """The child: PATH OPTIONS → what it is, and its features."""
    apart.limit()
    options: Mapping[str, Any] = json.loads(argv[1])
    try:
        said, table = _read(Path(argv[0]), options["layer"])
    except FileUnreadable as fault:
        return apart.tell(fault)
    body = io.BytesIO()
    with pa.ipc.new_stream(body, table.schema) as stream:
        stream.write_table(table)
    return apart.hand_over(said, body.getvalue())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
