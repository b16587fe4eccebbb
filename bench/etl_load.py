"""Loading a whole district against a raw COPY of the same rows: addresses, residents, businesses.

On a scratch database of its own that waits for the disk as in service, one district of `etl.demo` goes through the
loaders (file → parse → code → link → grid → indexed tables), then unchanged once more, then the rows it left are
taken out and COPYed into the same tables, emptied, with the same indexes, constraints and policies: the baseline.

`rows` are the rows left in the tables, made parents, households and residences with them: both ways write them all,
so `ratio` is copy_seconds / seconds. Seconds are of the wall, because the loader may use more than one processor;
`cpu_ratio` compares processor seconds of client and server together and says more on a busy machine. Divisions and
grids are loaded before the clock runs. `rows_written_on_reload` counts inserts, updates and deletes in every table of
the rooms address and registry (pg_stat_user_tables); what the ledger and the audit write is named apart.
"""

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from bench._real_site import PartFailed, in_scratch
from core.settings import CHECKOUT

COUNTY: Final = "519901"
WIDTH: Final = 26


def options(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for: scale, seed, district, json."""
    parser = argparse.ArgumentParser(
        prog="wangge bench etl_load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1, help="1 = the whole model district; default 0.1")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--district", type=Path, help="folder to keep the made district in, for the next run")
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run and print. 1 when the part failed."""
    asked = options(words)
    given = ["--scale", str(asked.scale), "--seed", str(asked.seed)]
    given += ["--district", str(asked.district.absolute())] if asked.district else []
    try:
        figures = in_scratch("bench._etl_load_part", given, county_code=COUNTY, is_durable=True)
    except PartFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    figures = {"bench": "etl_load", "scale": asked.scale, "seed": asked.seed} | figures
    figures |= {"machine": f"{platform.machine()} {platform.system()} Python {platform.python_version()}"}
    figures |= {"commit": commit()}
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        show(figures)
    return 0


def show(figures: dict[str, Any]) -> None:
    """Print figures as a table, one level of nesting indented."""
    for name, value in figures.items():
        if not isinstance(value, dict):
            print(f"{name:{WIDTH}} {value:,}" if isinstance(value, int | float) else f"{name:{WIDTH}} {value}")
            continue
        print(name)
        for key, one in value.items():
            told = "  ".join(f"{k} {v:,}" for k, v in one.items()) if isinstance(one, dict) else f"{one:,}"
            print(f"  {key:{WIDTH - 2}} {told}")


def commit() -> str:
    """The short name of the commit that is measured."""
    words = ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
