"""Cases through the real door: what creating, listing, grouping and counting cost, and how good grouping is.

On a scratch site one district of `etl.demo` is loaded; its reports are filed one at a time through
`api.intake.file_report` (contact sealed, words masked, placed, classified, case opened and clocked, audited), after
the greater part came in as files. Milliseconds are processor time of client and server together, a request each.

Grouping is judged against the demo's truth: pairs of the groups that all suggestions joined would make.
`grouping_recall` is over all pairs, also of reports whose place nobody could find; `placed_recall` over those with a
place. Held out: another seed than the thresholds were tuned on (1), and, in `held_out_words`, texts whose lines are
replaced by ways to say it (`held_out_words.toml`) that the model has never seen. The baseline of the categories is
the keyword rules alone.
"""

import argparse
import json
import platform
import sys
from typing import Any, Final

from bench._real_site import PartFailed, in_scratch

COUNTY: Final = "519901"
WIDTH: Final = 26


def options(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="wangge bench cases", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.05, help="1 = the whole model district; default 0.05")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--cases", type=int, default=0, help="stop loading files near so many cases; 0 = all")
    parser.add_argument("--one-by-one", type=int, default=200, help="reports filed one at a time")
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run and print. 1 when the part failed."""
    asked = options(words)
    given = ["--scale", str(asked.scale), "--seed", str(asked.seed), "--cases", str(asked.cases)]
    try:
        figures = in_scratch(
            "bench._cases_part", [*given, "--one-by-one", str(asked.one_by_one)], county_code=COUNTY, is_durable=True
        )
    except PartFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    figures = {"bench": "cases", "scale": asked.scale, "seed": asked.seed} | figures
    figures["machine"] = f"{platform.machine()} {platform.system()} Python {platform.python_version()}"
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        _show(figures)
    return 0


def _show(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        if isinstance(value, list):
            print(name, *(f"  {row}" for row in value), sep="\n")
        elif isinstance(value, dict):
            print(name, *(f"  {key:{WIDTH - 2}} {one}" for key, one in value.items()), sep="\n")
        else:
            print(f"{name:{WIDTH}} {value}")


if __name__ == "__main__":
    sys.exit(main())
