"""Who may know whom. lint-imports checks the layers; these check what it cannot say."""

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "grid", "address", "registry", "incidents", "cases", "patrol", "maps", "etl", "api", "cli")
PURE = (
    "core/coords.py", "core/clock.py", "core/actors.py", "core/errors.py", "core/rows.py",
    "grid/cells.py", "address/codes.py", "address/parse.py", "address/normalise.py", "address/match.py",
    "address/lives.py", "address/renderers.py",
    "registry/identity.py", "incidents/heat.py", "incidents/classify.py", "cases/workflow.py", "cases/clocks.py",
    "patrol/plan.py", "patrol/route.py", "patrol/roads.py", "maps/palette.py",
)  # fmt: skip
NO_DATABASE = {"sqlalchemy", "psycopg", "psycopg_pool", "geoalchemy2", "alembic", "fastapi", "starlette"}


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module this file imports, also inside functions; full dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_layers_hold() -> None:
    words = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_know_no_database_and_no_web(name: str) -> None:
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not there yet")
    tops = {module.partition(".")[0] for module in imports(path)}
    assert not tops & NO_DATABASE
    doors = {module for module in imports(path) if module.endswith((".service", ".models")) or module == "core.db"}
    assert not doors


@pytest.mark.parametrize(("library", "room"), [("fastapi", "api"), ("starlette", "api"), ("folium", "maps")])
def test_each_library_has_one_room(library: str, room: str) -> None:
    guests = [
        path.relative_to(ROOT)
        for path in sources(*(other for other in ROOMS if other != room))
        if any(module.partition(".")[0] == library for module in imports(path))
    ]
    assert guests == []


def test_models_are_private_to_their_room() -> None:
    strangers = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources(*ROOMS)
        for module in imports(path)
        if len(parts := module.split(".")) >= 2 and parts[0] in ROOMS and parts[1] == "models"
        and parts[0] != path.relative_to(ROOT).parts[0]
    ]  # fmt: skip
    assert strangers == []


def test_only_the_clock_reads_the_clock() -> None:
    words = ("datetime.now(", "datetime.utcnow(", "date.today(", "datetime.today(")
    readers = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources(*ROOMS)
        if path != ROOT / "core" / "clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert readers == []


def test_alembic_and_tests_are_no_packages() -> None:
    """An __init__.py there would shadow the library of that name."""
    assert list((ROOT / "alembic").rglob("__init__.py")) == []
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_installed_distribution_claims_our_names() -> None:
    claimed = importlib.metadata.packages_distributions()
    assert {name: claimed[name] for name in (*ROOMS, "bench") if name in claimed} == {}


def test_a_rooms_init_only_promises() -> None:
    talkative = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        if (path := ROOT / room / "__init__.py").exists()
        and (ast.get_docstring(tree := ast.parse(path.read_text(encoding="utf-8"))) is None or len(tree.body) != 1)
    ]
    assert talkative == []
