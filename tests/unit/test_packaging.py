"""The shape of the package: everything public is explained, files stay short, pins agree with what is asked for."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
MODULE_LINES = 500
FUNCTION_LINES = 50

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = dict(
    line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")
)


def sources() -> list[Path]:
    return sorted((ROOT / "devnet").rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def undocumented_fields(node: ast.ClassDef) -> Iterator[str]:
    """Public dataclass fields that no docstring follows."""
    decorated = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not decorated or not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if not documented and not field.target.id.startswith("_"):
            yield f"{node.name}.{field.target.id}"


def test_every_module_says_what_it_is() -> None:
    silent = [name_of(path) for path in sources() if ast.get_docstring(tree_of(path)) is None]
    assert silent == []


def test_every_dataclass_field_is_explained() -> None:
    silent = [
        f"{name_of(path)} {field}"
        for path in sources()
        for node in definitions(path)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for field in undocumented_fields(node)
    ]
    assert silent == []


def test_docstrings_are_sentences() -> None:
    broken = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in sources()
        for node in definitions(path)
        if (text := ast.get_docstring(node)) and not re.search(r"[.:?]$", text.split("\n\n")[0].rstrip('`") '))
    ]
    assert broken == []


def test_modules_stay_within_the_limit() -> None:
    long = {name_of(path): lines for path in sources() if (lines := path.read_text().count("\n")) > MODULE_LINES}
    assert long == {}


def test_functions_stay_within_the_limit() -> None:
    long = {
        f"{name_of(path)} {node.name}": lines
        for path in sources()
        for node in definitions(path)
        if not isinstance(node, ast.ClassDef) and (lines := body_lines(node)) > FUNCTION_LINES
    }
    assert long == {}


def test_nothing_is_left_to_be_done() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    found = [
        f"{name_of(path)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_public_names_of_the_package_are_sorted_and_importable() -> None:
    import devnet

    names = getattr(devnet, "__all__", [])
    assert list(names) == sorted(names)
    assert [name for name in names if not hasattr(devnet, name)] == []


def test_pins_satisfy_what_the_package_asks_for() -> None:
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
    pins = {canonical(name): version for name, version in PINS.items()}
    unsatisfied = []
    for words in asked:
        requirement = Requirement(words)
        pin = pins.get(canonical(requirement.name))
        if pin is None or Version(pin) not in requirement.specifier:
            unsatisfied.append(f"{words}: {pin}")
    assert unsatisfied == []


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_make_target_that_a_user_may_type_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: ([a-z].*)$", makefile, re.MULTILINE)[-1].split())
    explained = set(re.findall(r"^([a-z0-9-]+):.*## \S", makefile, re.MULTILINE))
    assert phony == explained
