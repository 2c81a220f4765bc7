"""Every rule of docs/protocol.md is cited by a test: by its name, docstring or comment, not by the file it is in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from devnet.config.networks import project_directory

ROOT = project_directory()
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
RULES = tuple(re.findall(r"\*\*(R\d+[bd]?)\*\*", PROTOCOL))
RULE = re.compile(r"\bR\d+[bd]?\b")
SOLIDITY_TEST = re.compile(r"((?:^ *//[^\n]*\n)*)^    function (?:test|invariant)\w*\([\s\S]*?^    \}$", re.MULTILINE)


def functions() -> Iterator[str]:
    """The source of every test function, with its comments; in Solidity with those before it."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path != Path(__file__):
            source = path.read_text()
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield ast.get_source_segment(source, node) or ""
    for path in (ROOT / "chains" / "contracts" / "test").rglob("*.t.sol"):
        yield from (match.group(0) for match in SOLIDITY_TEST.finditer(path.read_text()))


def test_every_rule_is_cited_by_a_test() -> None:
    cited = {rule for source in functions() for rule in RULE.findall(source)}
    assert [rule for rule in RULES if rule not in cited] == []


def test_every_rule_is_written_down_once() -> None:
    assert len(RULES) == len(set(RULES))
    numbers = {int(re.sub(r"\D", "", rule)) for rule in RULES}
    assert {*range(1, 5), *range(10, 46), *range(50, 78), *range(80, 85)} == numbers


def test_every_rule_that_a_test_cites_is_written_down() -> None:
    assert {rule for source in functions() for rule in RULE.findall(source)} - set(RULES) == set()


def test_every_decision_that_changed_a_rule_is_linked() -> None:
    linked = re.findall(r"\]\((adr/[^)]+)\)", PROTOCOL)
    assert len(linked) > 5
    assert [name for name in linked if not (ROOT / "docs" / name).is_file()] == []
    entries = [(RULE.search(entry), entry) for entry in PROTOCOL.split("\n- ")]
    marked = {rule.group() for rule, entry in entries if rule and "(D: " in entry}
    table = PROTOCOL.split("## 15.")[1]
    assert {rule for rule in marked if rule not in table} == set()
