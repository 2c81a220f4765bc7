"""The direction of dependencies: a package imports only from lines above its own, and some things from one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# One line per layer, lowest first; packages on one line never import each other, except where a test below says so.
LAYERS = (
    ("devnet.errors", "devnet.types"),
    ("devnet.disk", "devnet.listeners", "devnet.locks"),
    ("devnet.mosaic", "devnet.history"),
    ("devnet.config",),
    ("devnet.artifacts", "devnet.runtime"),
    ("devnet.chain",),
    ("devnet.contracts",),
    ("devnet.actors", "devnet.faults"),
    ("devnet.checks",),
    ("devnet.scenarios",),
    ("devnet.world",),
    ("devnet.cli", "devnet.pytest_plugin"),
)
LEVEL = {package: level for level, layer in enumerate(LAYERS) for package in layer}

# Layers that reach for less than what stands above them: package -> the packages it may import.
NARROW = {
    "devnet.mosaic": {"devnet.errors", "devnet.types"},
    "devnet.checks": {"devnet.errors", "devnet.types", "devnet.mosaic", "devnet.history", "devnet.config"},
    "devnet.faults": {
        "devnet.errors",
        "devnet.types",
        "devnet.mosaic",
        "devnet.history",
        "devnet.config",
        "devnet.runtime",
        "devnet.chain",
    },
}

# What a pure package must not know: no client, no process, no clock, no files.
IMPURE = {
    "asyncio",
    "docker",
    "os",
    "pathlib",
    "requests",
    "shutil",
    "socket",
    "subprocess",
    "threading",
    "time",
    "web3",
}


@dataclass(frozen=True, slots=True)
class Import:
    """One module that one file imports."""

    module: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def sources() -> list[Path]:
    return sorted((ROOT / "devnet").rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file, those inside functions and type-checking blocks included."""
    file = path.relative_to(ROOT).as_posix()
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import(names=names):
                yield from (Import(name.name, file, node.lineno) for name in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                base = absolute(module_of(path), path.name == "__init__.py", module, level)
                yield from (Import(target(base, name.name), file, node.lineno) for name in names)


def absolute(importer: str, is_package: bool, module: str | None, level: int) -> str:
    if level == 0:
        return module or ""
    parents = importer.split(".")
    base = parents[: len(parents) - level + (1 if is_package else 0)]
    return ".".join([*base, module] if module else base)


def target(base: str, name: str) -> str:
    """`from devnet import errors` imports devnet.errors; `from devnet.errors import X` imports devnet.errors."""
    return f"{base}.{name}" if base == "devnet" else base


def package_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


@cache
def all_imports() -> list[Import]:
    return [found for path in sources() for found in imports_of(path)]


def files_that_import(name: str) -> set[str]:
    return {found.file for found in all_imports() if found.module.split(".")[0] == name}


def test_every_package_has_a_layer() -> None:
    packages = {package_of(module_of(path)) for path in sources()} - {"devnet"}
    assert packages <= LEVEL.keys(), f"without a layer: {sorted(packages - LEVEL.keys())}"


def test_imports_point_to_lower_layers() -> None:
    wrong = []
    for path in sources():
        own = package_of(module_of(path))
        for found in imports_of(path):
            other = package_of(found.module)
            if own in LEVEL and other in LEVEL and other != own and LEVEL[other] >= LEVEL[own]:
                wrong.append(found)
    assert [str(found) for found in wrong] == []


@pytest.mark.parametrize("package", sorted(NARROW))
def test_narrow_package_imports_only_what_it_is_allowed(package: str) -> None:
    wrong = [
        str(found)
        for path in sources()
        if package_of(module_of(path)) == package
        for found in imports_of(path)
        if found.module.startswith("devnet.") and package_of(found.module) not in NARROW[package] | {package}
    ]
    assert wrong == []


def test_protocol_package_is_pure() -> None:
    wrong = [
        str(found)
        for path in sources()
        if package_of(module_of(path)) == "devnet.mosaic"
        for found in imports_of(path)
        if found.module.split(".")[0] in IMPURE
    ]
    assert wrong == []


def test_docker_is_imported_in_one_file() -> None:
    assert files_that_import("docker") <= {"devnet/runtime/docker_daemon.py"}


def test_web3_is_imported_only_by_contracts_and_by_what_users_get() -> None:
    wrong = {file for file in files_that_import("web3") if not file.startswith(("devnet/contracts/", "devnet/world/"))}
    assert wrong == set()


def test_engine_api_is_spoken_in_one_file() -> None:
    speakers = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_engine_method(node.value)
    }
    assert speakers <= {"devnet/chain/engine.py"}


def is_engine_method(text: str) -> bool:
    return text.isidentifier() and text.startswith(("engine_", "testing_")) and not text.endswith("_")


def calls_of(path: Path, module: str, functions: set[str] | None) -> Iterator[str]:
    """Uses of ``module.function``, also when the function was imported by name."""
    file = path.relative_to(ROOT).as_posix()
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == module:
                if functions is None or name in functions:
                    yield f"{file}:{node.lineno} {module}.{name}"
            case ast.ImportFrom(module=source, names=names) if source == module:
                for alias in names:
                    if functions is None or alias.name in functions:
                        yield f"{file}:{node.lineno} {module}.{alias.name}"


def test_nothing_sleeps_except_the_wait_module() -> None:
    sleeping = [use for path in sources() for use in calls_of(path, "time", {"sleep"})]
    assert [use for use in sleeping if not use.startswith("devnet/chain/wait.py:")] == []


def test_randomness_comes_from_a_seeded_generator() -> None:
    uses = [use for path in sources() for use in calls_of(path, "random", None)]
    assert [use for use in uses if not use.endswith(" random.Random")] == []


def test_actors_do_not_read_the_wall_clock() -> None:
    wrong = [
        use
        for path in sources()
        if package_of(module_of(path)) in {"devnet.actors", "devnet.checks", "devnet.scenarios", "devnet.mosaic"}
        for name in ("time", "datetime")
        for use in calls_of(path, name, None)
    ]
    assert wrong == []
