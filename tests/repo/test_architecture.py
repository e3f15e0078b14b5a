"""The structure of the code: what each part may import, and which modules read the environment and the clock."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# The parts that each part may import besides itself.
MAY_IMPORT = {
    "common.errors": set[str](),
    "common.log": set[str](),
    "common.clock": set[str](),
    "common.config": {"common.parameters"},
    "common.parameters": {"common.aws", "common.errors", "common.log"},
    "common.aws": set[str](),
    "common.core": {"common.errors"},
    "common.db": {"common.core", "common.clock", "common.config", "common.errors"},
    "common.web": {"common.core", "common.clock", "common.config", "common.errors", "common.log"},
    "common.queue": {"common.core", "common.aws"},
    "common.bookings": {"common.core", "common.clock", "common.config", "common.db", "common.errors"},
    "common.booking_changes": {"common.core", "common.clock", "common.config", "common.db", "common.errors"},
    "common.changes": {"common.core", "common.db"},
    "common.ledger": {
        "common.changes",
        "common.core",
        "common.clock",
        "common.config",
        "common.db",
        "common.errors",
        "common.log",
        "common.queue",
    },
    "common.schedules": {"common.changes", "common.core", "common.db", "common.errors", "common.ledger"},
    "functions": {
        "common.web",
        "common.bookings",
        "common.booking_changes",
        "common.changes",
        "common.ledger",
        "common.schedules",
        "common.db",
        "common.core",
        "common.errors",
        "common.log",
        "common.queue",
    },
    "deploy.checks": {
        "deploy.job_checks",
        "common.config",
        "common.web",
        "common.bookings",
        "common.changes",
        "common.ledger",
        "common.schedules",
        "common.db",
        "common.core",
        "common.errors",
        "common.queue",
    },
    "deploy.job_checks": {"common.web", "common.db", "common.core", "common.queue"},
    "migrations": {"common.db", "common.core", "common.config"},
}


def modules() -> dict[str, Path]:
    files = [file for part in ("common", "functions", "migrations") for file in (ROOT / part).rglob("*.py")]
    files += [ROOT / "deploy/checks.py", ROOT / "deploy/job_checks.py"]  # the functions' zip has them
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
        if file.parent.name != "versions"
    }


def imports(file: Path) -> set[str]:
    """Return the modules that a file imports, also inside functions. `from a import b` counts as `a` and as `a.b`."""
    names = set[str]()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: absolute imports only"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def part_of(module: str) -> str | None:
    return next((part for part in MAY_IMPORT if module == part or module.startswith(part + ".")), None)


@pytest.mark.parametrize("module", [name for name in modules() if part_of(name)])
def test_dependencies_run_one_way(module: str) -> None:
    part = part_of(module)
    assert part is not None
    used = {part_of(name) for name in imports(modules()[module])} - {None, part}
    assert used <= MAY_IMPORT[part]


def test_the_core_imports_only_the_standard_library() -> None:
    for module, file in modules().items():
        if module.startswith("common.core"):
            packages = {name.split(".")[0] for name in imports(file)} - set(sys.stdlib_module_names) - {"common"}
            assert packages == set(), module


def test_only_the_database_layer_imports_sqlalchemy() -> None:
    """Modules that pass connections on may import their type."""
    pass_on = [f"common.{name}" for name in ("ledger", "changes", "bookings", "booking_changes", "schedules")]
    for module, file in modules().items():
        if not module.startswith(("common.db", "migrations")):
            used = {name for name in imports(file) if name.startswith("sqlalchemy")}
            assert used <= ({"sqlalchemy", "sqlalchemy.Connection"} if module in pass_on else set()), module


def test_only_config_reads_the_environment_and_only_clock_reads_the_clock() -> None:
    for module, file in modules().items():
        source = file.read_text()
        assert bool(re.search(r"os\.environ|getenv", source)) == (module == "common.config"), module
        assert bool(re.search(r"\.now\(|\.today\(|time\.time\(", source)) == (module == "common.clock"), module


MODULES_WITH_LIMIT = [
    str(file.relative_to(ROOT))
    for part in ("common", "functions", "deploy", "local", "migrations")
    for file in (ROOT / part).rglob("*.py")
]


@pytest.mark.parametrize("file", MODULES_WITH_LIMIT)
def test_modules_are_short(file: str) -> None:
    """A module has at most 250 lines, and a function's main.py at most 120."""
    limit = 120 if file.startswith("functions/") and file.endswith("/main.py") else 250
    assert len((ROOT / file).read_text().splitlines()) <= limit
