"""What a function imports, wherever in it: its own modules, and the distributions that it needs of others.

Read from the source and the distributions' own metadata, without importing anything, so that a function is packaged
with what it uses and nothing else.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from deploy.stages import ROOT, Stopped, python_version

OURS = ("common", "functions")
# What is found at run time, not by an import.
IMPLIED = {"zoneinfo": "tzdata"}


def modules_of(handler: str) -> dict[str, Path]:
    """Return the modules of ours that a handler's module needs, itself included, and the packages that they are in."""
    found: dict[str, Path] = {}
    waiting = [handler]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file is None or name in found:
            continue
        found[name] = file
        waiting += [imported for imported in _imports(file) if imported.startswith(OURS)]
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return found


def distributions_for(modules: Iterable[Path], installed: Path) -> list[Distribution]:
    """Return the distributions, of those installed in a folder, that these modules and their distributions need."""
    there = {canonicalize_name(found.name): found for found in distributions(path=[str(installed)])}
    provides = {top: name for name, found in there.items() for top in _top_levels(found)}
    tops = {imported.partition(".")[0] for file in modules for imported in _imports(file)}
    tops = {IMPLIED.get(top, top) for top in tops} - set(sys.stdlib_module_names) - set(OURS)
    if unknown := tops - set(provides):
        raise Stopped(f"No requirement provides what is imported: {', '.join(sorted(unknown))} (pyproject.toml).")
    extras = {canonicalize_name(asked.name): asked.extras for asked in _asked_for()}
    needed: dict[str, Distribution] = {}
    waiting = [(provides[top], frozenset(extras.get(canonicalize_name(provides[top]), ()))) for top in tops]
    seen = set()
    while waiting:
        name, with_extras = asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        needed[name] = there[name]
        waiting += _requirements(there[name], with_extras)
    return [needed[name] for name in sorted(needed)]


def _requirements(
    distribution: Distribution, extras: frozenset[str]
) -> Iterator[tuple[NormalizedName, frozenset[str]]]:
    environment = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "python_version": python_version(),
        "python_full_version": f"{python_version()}.0",
    }
    for line in distribution.requires or []:
        required = Requirement(line)
        wanted = required.marker is None or any(
            required.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)
        )
        if wanted:
            yield canonicalize_name(required.name), frozenset(required.extras)


def _asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"]]


def _top_levels(distribution: Distribution) -> set[str]:
    files = [file for file in distribution.files or [] if file.suffix in (".py", ".so")]
    return {file.parts[0].partition(".")[0] for file in files if not file.parts[0].startswith("..")}


def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _imports(file: Path) -> set[str]:
    """Return what a file imports; `from a import b` counts as `a` and as `a.b`, which may be a module."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found
