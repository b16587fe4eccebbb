"""What a file truly is, told by its first bytes: what its name promises is not believed (pure)."""

from pathlib import Path
from typing import Final

from etl.errors import FileUnreadable

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SQLITE: Final = b"SQLite format 3\x00"
SHAPE: Final = b"\x00\x00\x27\x0a"
HEAD_BYTES: Final = 4_096
OTHERS: Final = (
    (b"%PDF", " PDF 文件", "a PDF"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"Rar!", " RAR 压缩包", "a RAR archive"),
    (b"7z\xbc\xaf", " 7z 压缩包", "a 7z archive"),
    (b"\x1f\x8b", " gzip 压缩包", "a gzip archive"),
    (b"{\\rtf", " RTF 文档", "an RTF document"),
)
"""What is handed in by mistake now and then: first bytes, and what it is."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_WORD: Final = "WordDocument".encode("utf-16-le")


def check(path: Path, wanted: bytes | None, raw: bytes) -> None:
    """Raise FileUnreadable when the content is not what the name says.

    `wanted` are the first bytes the kind of file must have, None for text; `raw` is the beginning of the file, and all
    of it for an old binary sheet (OLE).
    """
    suffix = path.suffix.lower()
    if _is_markup(raw):
        raise _refused(
            path,
            "这是网页（HTML/XML）改了扩展名，不是表格；请用 Excel 或 WPS 打开后另存为 xlsx",
            "a web page (HTML/XML) under another name: open it in Excel or WPS and save it as xlsx",
        )
    for sign, zh, en in OTHERS:
        if raw.startswith(sign):
            raise _refused(path, f"这是{zh}，不是表格；请导出为 xlsx 或 csv", f"{en}, no table: export xlsx or csv")
    if wanted is None and raw.startswith((ZIP, OLE, SQLITE)):
        raise _refused(
            path,
            f"扩展名是 {suffix}，内容却不是文本；Excel 表格请把扩展名改回 .xlsx 或 .xls",
            f"the name says {suffix} but the content is no text: give an Excel sheet its .xlsx or .xls back",
        )
    if raw.startswith(OLE) and (_ENCRYPTED in raw or _WORD in raw):
        if _WORD in raw:
            raise _refused(
                path, "这是 Word 文档，不是表格；请把表格另存为 xlsx", "a Word document: save its table as xlsx"
            )
        raise _refused(
            path, "表格设了打开密码；请取消密码后另存", "the sheet has a password: take it off and save it again"
        )
    if wanted in (ZIP, OLE) and not raw.startswith((ZIP, OLE)) and _is_text(raw):
        raise _refused(
            path,
            f"扩展名是 {suffix}，内容却是文本；请把扩展名改为 .csv",
            f"the name says {suffix} but the content is text: rename it to .csv",
        )
    if (wanted in (ZIP, OLE) and not raw.startswith((ZIP, OLE))) or (
        wanted in (SQLITE, SHAPE) and not raw.startswith(wanted)
    ):
        raise _refused(
            path,
            f"文件开头不是 {suffix} 应有的内容，可能已损坏或没有传完；请重新导出",
            f"it does not begin as a {suffix} must (broken, or cut off while copied): please export it again",
        )


def _is_markup(raw: bytes) -> bool:
    start = raw[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"<head", b"<style", b"<script"))


def _is_text(raw: bytes) -> bool:
    head = raw[:HEAD_BYTES]
    return bool(head) and not any(byte < 9 or 13 < byte < 27 for byte in head)


def _refused(path: Path, zh: str, en: str) -> FileUnreadable:
    return FileUnreadable(zh=zh, en=en, where=path.name)
