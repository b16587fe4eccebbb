"""What no file here may be called, hold or grow to."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 400
# Composed, so that this file does not contain what it looks for.
WORDS = (
    "pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "artifact" + "ory",
    "/work" + "/main", "/work" + "/shared", "/" + "tmp/plan", "/home" + "/", "trusted" + "-host", "index" + "-url=",
)  # fmt: skip
TEXT = {".py", ".md", ".toml", ".lock", ".txt", ".html", ".js", ".css", ".csv", ".sql", ".po", ".sh", ".mako", ""}


def files() -> list[Path]:
    """The files of the repository; without git, the tree."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    names = [name for name in os.fsdecode(done.stdout).split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


FILES = files()
OURS = [path for path in FILES if "vendor" not in path.parts]


def test_no_file_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [str(path.relative_to(ROOT)) for path in OURS if path.stem in drawers or path.parent.name in drawers] == []


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    found = []
    for path in OURS:
        if path.suffix not in TEXT:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in WORDS if word in text]
    assert found == []


def test_lock_files_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_shorter_lock_is_part_of_the_longer() -> None:
    pins = [
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


def test_files_are_read_in_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in OURS
        if path.suffix == ".py" and (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    }
    assert long == {}


def test_no_promise_to_do_it_later() -> None:
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    later = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in OURS
        if path.suffix in {".py", ".js", ".html", ".css"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert later == []


@pytest.mark.parametrize("name", ["wangge", ".ci/run"])
def test_the_doors_are_posix_sh_and_may_be_run(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
