"""Real input through the same line that the demo goes through: divisions, companies, door plates, road extracts.

Four parts, each on a scratch site of its own (data folder, cluster, county) that is deleted afterwards; the user's
database is not touched. `--shared` is a folder with `address/` and `routing/`; nothing of it is kept.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from bench import _real_deyang, _real_penghu, _real_print
from bench._real_site import PartFailed, in_scratch
from core.settings import CHECKOUT

ROADS: Final = {
    "jinan": (Path("routing/jinan-roads.osm.pbf"), "519903"),
    "shanghai": (Path("routing/shanghai-centre-2025-08-09.osm.pbf"), "519904"),
}
"""Road extracts, and the invented county each is loaded as."""

PARTS: Final = ("deyang", "penghu", *ROADS)
NEEDED: Final = {
    "deyang": (_real_deyang.DIVISIONS, _real_deyang.COMPANIES),
    "penghu": (_real_penghu.PLATES,),
    **{part: (path,) for part, (path, _) in ROADS.items()},
}


def options(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for: shared, parts, seed, json."""
    parser = argparse.ArgumentParser(prog="wangge bench real_line", description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder of real data: address/, routing/")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    return parser.parse_args(words)


def absent(shared: Path, parts: list[str]) -> list[Path]:
    """The files these parts need and the folder lacks."""
    return [path for part in parts for path in NEEDED[part] if not (shared / path).is_file()]


def run(part: str, shared: Path, seed: int) -> dict[str, Any]:
    """The figures of one part, measured in a process of its own. Raises PartFailed."""
    if part in ROADS:
        path, county = ROADS[part]
        words = ["--roads", str(shared / path), "--county", county, "--seed", str(seed)]
        return in_scratch("bench._real_roads", words, county_code=county)
    module = _real_deyang if part == "deyang" else _real_penghu
    return in_scratch(module.__name__, ["--shared", str(shared), "--seed", str(seed)], county_code=module.COUNTY)


def main(words: list[str] | None = None) -> int:
    """Run and print. 1 when a balance does not add up or a part failed, 2 when the data are not there."""
    asked = options(words)
    shared = asked.shared.absolute()
    if missing := absent(shared, asked.parts):
        names = "\n  ".join(str(path) for path in missing)
        print(
            f"没有真实数据，没有测量 / no real data, nothing measured; missing in {shared}:\n  {names}", file=sys.stderr
        )
        return 2
    figures: dict[str, Any] = {"bench": "real_line", "seed": asked.seed}
    for part in asked.parts:
        print(f"→ {part} …", file=sys.stderr, flush=True)
        begin = time.perf_counter()
        try:
            figures[part] = run(part, shared, asked.seed)
        except PartFailed as exc:
            figures[part] = {"failed": str(exc)}
        figures[part]["part_seconds"] = round(time.perf_counter() - begin, 1)
    figures |= {"machine": f"{platform.machine()} {platform.system()} Python {platform.python_version()}"}
    figures |= {"commit": _commit(), "holds": all(_real_print.holds(figures[part]) for part in asked.parts)}
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for line in _real_print.table(figures, asked.parts):
            print(line)
    return 0 if figures["holds"] else 1


def _commit() -> str:
    words = ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
