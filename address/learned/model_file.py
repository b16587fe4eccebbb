"""A model as one file: numpy's .npz of plain arrays and a head in JSON. Nothing in it is run when it is read (pure)."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import WanggeError

LAYOUT: Final = 1
HEAD: Final = "head"
LARGEST: Final = 1 << 30
"""Bytes a model may unpack to."""

Arrays = Mapping[str, NDArray[Any]]


class NotAModel(WanggeError):
    """A file that holds no model of the wanted kind."""


def write_model(
    path: Path, task: str, arrays: Arrays, trained_on: Path, day: date, **more: object
) -> dict[str, object]:
    """Writes a model with its head: task, layout, day, name and SHA-256 of the training file, and what `more` says."""
    digest = hashlib.sha256(trained_on.read_bytes()).hexdigest()
    head: dict[str, object] = {
        "task": task, "layout": LAYOUT, "day": day.isoformat(), "file": trained_on.name, "sha256": digest, **more,
    }  # fmt: skip
    coded = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(path.name + ".part")
    with begun.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **{HEAD: coded}, **arrays)
    begun.replace(path)
    return head


def read_model(path: Path, task: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Head and arrays of a model of this task."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > LARGEST:
                raise ValueError("too large")
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        head = json.loads(arrays.pop(HEAD).tobytes())
        known = (head["task"], head["layout"])
    except FileNotFoundError as exc:
        raise NotAModel(zh=f"没有模型文件 {path}；先运行 wangge train {task}", en=f"there is no model {path}") from exc
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
        raise NotAModel(
            zh=f"{path.name} 不是 wangge train 写出的模型文件；请重新训练",
            en=f"{path.name} is no model that wangge train wrote; train it again",
        ) from exc
    if known != (task, LAYOUT):
        raise NotAModel(
            zh=f"{path.name} 是 {known[0]} 的模型（格式 {known[1]}），这里要 {task}（格式 {LAYOUT}）；请重新训练",
            en=f"{path.name} is a model for {known[0]} (layout {known[1]}), not for {task} (layout {LAYOUT})",
        )
    return head, arrays
