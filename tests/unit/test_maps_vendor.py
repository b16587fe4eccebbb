"""Shipped files of others are what the list says they are."""

import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "api" / "static" / "vendor"
ROWS = re.findall(r"`([a-z-]+/[\w.-]+)` \| ([0-9a-f]{64})", (VENDOR / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "digest"), ROWS)
def test_a_shipped_file_is_unchanged(name: str, digest: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


def test_every_shipped_script_and_style_is_on_the_list() -> None:
    shipped = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.suffix in {".js", ".mjs", ".css"}}
    assert shipped == {name for name, _ in ROWS}


def test_each_folder_has_its_licence() -> None:
    for folder in (p for p in VENDOR.iterdir() if p.is_dir()):
        assert list(folder.glob("LICENSE*")), f"{folder.name} has no licence file"
