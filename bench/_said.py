"""What every bench says about itself: the machine, the commit, the seed."""

import platform
import subprocess
from pathlib import Path


def said(seed: int) -> dict[str, str | int]:
    """The three keys."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    return {"machine": platform.platform(), "commit": asked.stdout.strip(), "seed": seed}
