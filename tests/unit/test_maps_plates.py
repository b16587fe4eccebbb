"""QR codes lead where they should, and the sheet of plates has its pages."""

import re

import numpy as np
import pytest

from address.codes import mint
from core.errors import BadInput, NotReady
from maps import plates
from maps.plates import LAYOUTS, Plate, page_picture, place_url, qr_png, qr_svg, sheet

CODES = mint(np.arange(20), b"k" * 32, "A01")
PLATES = [Plate(f"文庙街{n}号", f"东湖街道文庙社区文庙街{n}号", code, place_url("https://wg.example", code))
          for n, code in enumerate(CODES, start=1)]  # fmt: skip


def test_the_address_of_a_place_is_the_sites_and_the_code() -> None:
    assert place_url("https://wg.example/", CODES[0]) == f"https://wg.example/a/{CODES[0]}"


def test_pictures_are_what_they_say() -> None:
    assert qr_svg(PLATES[0].url).startswith("<svg ")
    assert "width=" not in qr_svg(PLATES[0].url)
    assert qr_png(PLATES[0].url).startswith(b"\x89PNG")
    assert qr_svg(PLATES[0].url) != qr_svg(PLATES[1].url)


@pytest.mark.parametrize("per_page", sorted(LAYOUTS))
def test_the_sheet_has_as_many_pages_as_it_takes(per_page: int) -> None:
    made = sheet(PLATES[: max(3, per_page // 2)], per_page=per_page)
    assert made.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", made))
    assert pages == -(-max(3, per_page // 2) // per_page)


def test_progress_is_told_and_the_first_page_can_be_looked_at() -> None:
    heard: list[int] = []
    sheet(PLATES, said=heard.append)
    assert heard == [len(PLATES)]
    assert page_picture(PLATES).startswith(b"\x89PNG")


def test_what_cannot_be_printed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="not 7"):
        sheet(PLATES, per_page=7)
    with pytest.raises(BadInput, match="nothing to print"):
        sheet([])
    monkeypatch.setattr(plates, "FAMILIES", ("No Such Font",))
    with pytest.raises(NotReady) as told:
        sheet(PLATES)
    assert "fonts-noto-cjk" in told.value.zh
