"""QR codes of addresses and the sheet of door plates that is printed from them (pure but for the fonts of the machine).

The QR code holds the site's address and `/a/<code>`: any phone opens the page of the place, with or without an account.
"""

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import segno
import typst

from address import codes
from core.errors import BadInput, NotReady

FAMILIES: Final = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei", "PingFang SC", "Microsoft YaHei",
)  # fmt: skip
"""Fonts with Chinese signs, the first that the machine has is taken; typst brings none of its own."""
LAYOUTS: Final = {1: (1, 1), 2: (1, 2), 4: (2, 2), 6: (2, 3), 8: (2, 4), 10: (2, 5), 12: (3, 4), 18: (3, 6), 24: (3, 8)}
"""Plates on an A4 page → columns and rows."""
QR_ERROR: Final = "M"
"""15 % of the signs may be dirty: what a plate on a wall needs, and still few enough signs to be read from a metre."""
TEMPLATE: Final = Path(__file__).with_name("plates.typ")


@dataclass(frozen=True, slots=True)
class Plate:
    """What stands on one plate: the number or building in large letters, the whole address, and where the QR leads."""

    large: str
    name: str
    code: str
    url: str


def place_url(site: str, code: str) -> str:
    """The address of a place's page on a site such as https://wg.example.gov.cn."""
    return f"{site.rstrip('/')}/a/{code}"


def qr_svg(url: str) -> str:
    """The QR code as an SVG without a size of its own."""
    out = io.BytesIO()
    segno.make(url, error=QR_ERROR, micro=False).save(
        out, kind="svg", border=2, omitsize=True, xmldecl=False, light="#fff", svgclass=None, lineclass=None, nl=False
    )
    return out.getvalue().decode()


def qr_png(url: str, scale: int = 8) -> bytes:
    """The QR code as a PNG, `scale` pixels a module."""
    out = io.BytesIO()
    segno.make(url, error=QR_ERROR, micro=False).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()


def sheet(plates: Sequence[Plate], *, per_page: int = 8, said: Callable[[int], None] | None = None) -> bytes:
    """The plates as an A4 PDF with cutting lines; `said` hears after every so many codes drawn.

    Raises BadInput for a number of plates a page that no layout has, or no plates; NotReady without a Chinese font.
    """
    return _compiled(plates, per_page, "pdf", said)


def page_picture(plates: Sequence[Plate], *, per_page: int = 8) -> bytes:
    """The first page as a PNG, to look at."""
    return _compiled(plates[:per_page], per_page, "png", None)


def _compiled(
    plates: Sequence[Plate], per_page: int, form: Literal["pdf", "png"], said: Callable[[int], None] | None
) -> bytes:
    if per_page not in LAYOUTS:
        layouts = "、".join(map(str, LAYOUTS))
        raise BadInput(
            zh=f"每页可排 {layouts} 张，不能是 {per_page}", en=f"a page holds {layouts} plates, not {per_page}"
        )
    if not plates:
        raise BadInput(zh="没有选中地址，没有可印的门牌", en="no address was chosen, there is nothing to print")
    columns, rows = LAYOUTS[per_page]
    told = []
    for number, one in enumerate(plates, start=1):
        told.append(asdict(one) | {"qr": qr_svg(one.url), "shown": codes.show(one.code)})
        if said is not None and (number % 100 == 0 or number == len(plates)):
            said(number)
    with tempfile.TemporaryDirectory() as folder:
        folder_path = Path(folder)
        (folder_path / "plates.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        source = folder_path / "plates.typ"
        source.write_bytes(TEMPLATE.read_bytes())
        inputs = {"columns": str(columns), "rows": str(rows), "font": _font()}
        made: bytes | list[bytes] = typst.compile(source, root=folder_path, format=form, sys_inputs=inputs, ppi=110.0)
    return made if isinstance(made, bytes) else made[0]  # pictures of several pages come as a list


def _font() -> str:
    known = {font.family for font in typst.Fonts().fonts()}
    for family in FAMILIES:
        if family in known:
            return family
    raise NotReady(
        zh="这台机器没有中文字体，印不出门牌；请安装 fonts-noto-cjk",
        en="this machine has no font with Chinese signs; install fonts-noto-cjk",
    )
