"""A load killed again and again, against the same load left alone: the tables must be equal, row by row.

On a scratch site that waits for the disk as in service, one district of `etl.demo` (addresses, residents, businesses, a
year of reports) is loaded in chunks of 100 rows into two copies of one database. In one of them SIGKILL strikes at
random moments of random chunks: the loading process, its database process, the whole server, or all at once; then the
load is started again as an operator would. Codes and ids are random by design, so rows are compared by their natural
keys; what is sealed is opened and compared, and so are the balances, the refused rows and the audit log of the loads.
"""

import argparse
import json
import sys
from typing import Final

from bench._real_site import PartFailed, in_scratch
from bench.etl_load import COUNTY, commit, show

EXAMPLE_SCALE: Final = 0.02


def options(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for: kills, scale, seed, json."""
    parser = argparse.ArgumentParser(
        prog="wangge bench etl_kills", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--scale", type=float, default=EXAMPLE_SCALE)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run and print. 1 when the tables differ or the part failed."""
    asked = options(words)
    given = ["--kills", str(asked.kills), "--scale", str(asked.scale), "--seed", str(asked.seed)]
    try:
        figures = in_scratch("bench._etl_kills_part", given, county_code=COUNTY, is_durable=True)
    except PartFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    figures = {"bench": "etl_kills", "scale": asked.scale, "seed": asked.seed} | figures | {"commit": commit()}
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        show(figures)
    return 0 if figures["is_equal"] and figures["kills"] == asked.kills else 1


if __name__ == "__main__":
    sys.exit(main())
