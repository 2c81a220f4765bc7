"""The README's promises that can be held to without a network."""

import ast
import re
from pathlib import Path

import pytest

from devnet.cli.root import VERBS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_two_commands_are_on_the_first_screen() -> None:
    first_screen = "\n".join(README.splitlines()[:25])
    assert re.search(r"^make up\b", first_screen, re.MULTILINE)
    assert re.search(r"^make test\b", first_screen, re.MULTILINE)


def test_every_command_of_the_readme_exists() -> None:
    shell = "\n".join([*blocks("sh"), *re.findall(r"`([^`\n]+)`", README)])
    verbs = set(re.findall(r"\bdevnet (?:--\S+ )*([a-z]+)\b", shell))
    targets = set(re.findall(r"^make ([a-z-]+)", shell, re.MULTILINE))
    assert verbs <= VERBS.keys()
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= known


def test_the_example_test_is_twenty_lines_that_compile() -> None:
    (example,) = blocks("python")
    tests = [node.name for node in ast.parse(example).body if isinstance(node, ast.FunctionDef)]
    assert len(tests) == 2
    assert len(example.splitlines()) <= 20


@pytest.mark.parametrize("path", re.findall(r"`((?:chains|docs|devnet)/[\w/.-]+|[A-Z]+\.md)`", README))
def test_every_file_named_in_the_readme_exists(path: str) -> None:
    assert (ROOT / path).exists()
