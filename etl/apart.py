"""Files of binary formats are opened in a process of their own, with limits on memory and time.

A sheet with one cell in its last corner asks for 512 GB, and the libraries that read sheets and shapes are native code:
what ends them must not end the load, nor the web service.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from etl.errors import FileUnreadable

MOST_BYTES: Final = 4 * 2**30
"""Address space of the process; a sheet of 330,000 addresses takes a quarter of it."""
MOST_CPU_S: Final = 300
TOLD: Final = 3
"""Exit status of a fault that has its sentence, as JSON on standard error."""
ROOT: Final = Path(__file__).resolve().parents[1]


def call(module: str, path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Run `python -m module PATH OPTIONS` within limits: what it says of the file, and the rows as Arrow IPC.

    Raises FileUnreadable with the sentence of the child, or one about limits when it did not live to tell.
    """
    argv = [sys.executable, "-m", module, str(path.resolve()), json.dumps(options)]
    try:
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, check=False, timeout=4 * MOST_CPU_S)  # noqa: S603
    except subprocess.TimeoutExpired as exc:
        raise _beyond(path) from exc
    if done.returncode == TOLD:
        told = json.loads(done.stderr.splitlines()[-1])
        raise FileUnreadable(zh=told["zh"], en=told["en"], where=path.name)
    if done.returncode != 0:
        raise _beyond(path)
    head, _, body = done.stdout.partition(b"\n")
    return json.loads(head), body


def limit() -> None:
    """Called first thing by the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def tell(fault: FileUnreadable) -> int:
    """Hand a sentence to the parent; the answer is the exit status."""
    sys.stderr.write("\n" + json.dumps({"zh": fault.zh, "en": fault.en}) + "\n")
    return TOLD


def hand_over(said: dict[str, Any], body: bytes) -> int:
    """Hand the content to the parent; the answer is the exit status."""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + body)
    return 0


def _beyond(path: Path) -> FileUnreadable:
    return FileUnreadable(
        zh="文件打不开：内容损坏，或要占用的内存、时间超过上限（常见原因：很远的行列里有一个单元格）；"
        "请只保留有内容的区域，另存为新文件",
        en="it cannot be opened: broken, or beyond the limits of memory and time (often one stray cell in a far row "
        "or column); keep only the filled area and save it as a new file",
        where=path.name,
    )
