"""Saving an office's own mapping: the headers of one of its files, as TOML in the data folder."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from etl import headers
from etl.errors import KindUnknown
from etl.readers import read_headers
from etl.understood import Options, is_areas, understand_areas

NAME: Final = re.compile(r"[\w-]{1,40}")


def save_mapping(name: str, file: Path, kind: str, chosen: Mapping[str, str]) -> Path:
    """Keep a mapping under a name; `chosen` (our column → header) comes before what the shipped mapping finds.

    Raises KindUnknown when a name, kind, column or header does not exist, or a required column is left without one.
    """
    if not NAME.fullmatch(name):
        raise KindUnknown(zh="名称只能用文字、数字、- 和 _", en="a name has letters, figures, - and _ only", where=name)
    base = next((one for one in headers.shipped() if one.kind == kind), None)
    if base is None or kind.startswith(headers.REPORTS):
        kinds = "、".join(one.kind for one in headers.shipped() if not one.kind.startswith(headers.REPORTS))
        raise KindUnknown(zh=f"没有这种表：{kind}；可选：{kinds}", en=f"no such kind: {kind}; choose from {kinds}")
    present = [*understand_areas(file, Options(kind=kind)).areas.frame] if is_areas(file) else read_headers(file)
    for ours, header in chosen.items():
        if ours not in base.columns or header not in present:
            raise KindUnknown(
                zh=f"没有这一列：{ours}={header}；我们的列：{'、'.join(base.columns)}；文件的表头：{'、'.join(present)}",
                en=f"no such column: {ours}={header}; see wangge mapping show {base.name}, and the headers of the file",
                where=file.name,
            )
    columns = {ours: [header] for ours, header in (base.chosen(present) | dict(chosen)).items()}
    if missing := [ours for ours in base.required if ours not in columns]:
        raise headers.columns_missing(base, [base.label(ours) for ours in missing], file.name)
    folder = headers.saved_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(_toml(base, columns), encoding="utf-8")
    return path


def _toml(base: headers.TableMapping, columns: Mapping[str, list[str]]) -> str:
    """Strings and lists of strings are written alike in JSON and TOML."""
    head = {
        "kind": base.kind,
        "zh": base.zh,
        "en": base.en,
        "required": list(base.required),
        "codes": list(base.codes),
        "dates": list(base.dates),
        "is_shape": base.is_shape,
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    told = [f"{ours} = {json.dumps(names, ensure_ascii=False)}" for ours, names in columns.items()]
    return "\n".join([*lines, "[columns]", *told, ""])
