"""What the documents say about manifests, parameters and rules is what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from devnet.checks import CHECKS
from devnet.config.amounts import tokens_text
from devnet.config.load import load_manifest
from devnet.config.manifest import ParametersManifest
from devnet.config.networks import project_directory
from devnet.config.resolve import resolve

ROOT = project_directory()
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()


def rules_defined() -> set[str]:
    found = set(re.findall(r"\*\*(R\d+[a-d]?)\*\*", PROTOCOL))
    for first, last in re.findall(r"\*\*R(\d+)-R(\d+)\*\*", PROTOCOL):
        found |= {f"R{number}" for number in range(int(first), int(last) + 1)}
    return found


def test_every_rule_that_is_cited_is_written_down() -> None:
    sources = [*(ROOT / "devnet").rglob("*.py"), *(ROOT / "chains" / "contracts" / "src").rglob("*.sol")]
    cited = {rule: path for path in sources for rule in re.findall(r"\bR\d+[a-d]?\b", path.read_text())}
    assert {rule: str(path) for rule, path in cited.items() if rule not in rules_defined()} == {}


def test_the_parameter_table_has_the_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,.]+) \|", PROTOCOL, re.MULTILINE))
    parameters = ParametersManifest()
    expected = {
        item.name.removesuffix("_wei"): tokens_text(getattr(parameters, item.name))
        if item.name.endswith("_wei")
        else f"{getattr(parameters, item.name):,}"
        for item in fields(parameters)
    }
    assert rows == expected


def test_every_check_is_in_the_table() -> None:
    assert set(re.findall(r"^\| ([A-Z]\d+) \|", PROTOCOL, re.MULTILINE)) == set(CHECKS)


def test_the_example_manifest_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "whats-here.md").read_text()
    example = tmp_path / "example.yaml"
    example.write_text(text.split("```yaml\n")[1].split("```")[0])
    devnet = resolve(load_manifest(example))
    others = ["fisherman", "facilitator"]
    assert [actor.name for actor in devnet.actors] == ["validator-1", "validator-2", "mallory", *others]
    assert [(pair.name, pair.auxiliary) for pair in devnet.pairs] == [("GOLD", "fast")]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in (ROOT / "devnet").glob("*/__init__.py")))
def test_every_package_is_introduced(package: str) -> None:
    assert f"`{package}`" in (ROOT / "docs" / "whats-here.md").read_text()
