"""What `devnet doctor` looks at."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from devnet.runtime.geth_build import GO_MINIMUM
from devnet.runtime.requirements import NODE_MINIMUM, PYTHON_MINIMUM, Requirement, check_requirements

PREREQUISITES = Path(__file__).parents[3] / "scripts" / "prerequisites"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH to put programs into, and an empty cache."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setenv("DEVNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DEVNET_GETH", raising=False)
    return directory


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def requirement(name: str) -> Requirement:
    return next(found for found in check_requirements() if found.name.split(" ")[0] == name)


@pytest.mark.usefixtures("tools")
def test_everything_missing_is_found_missing_with_a_fix() -> None:
    missing = {found.name for found in check_requirements() if not found.ok}
    assert {"go", "node", "npm", "git", "make", "geth"} <= missing
    assert all(found.fix for found in check_requirements() if not found.ok)


@pytest.mark.usefixtures("tools")
def test_docker_and_make_are_optional_and_node_is_not() -> None:
    assert requirement("docker").optional
    assert requirement("make").optional
    assert not requirement("node").optional


def test_new_enough_tool_is_ok_and_shows_version_and_path(tools: Path) -> None:
    program(tools / "node", "echo v20.20.2")
    assert requirement("node") == Requirement("node", f"20.20.2 at {tools}/node", True, "")


def test_tool_that_is_too_old_shows_what_was_expected(tools: Path) -> None:
    program(tools / "node", "echo v18.19.0")
    found = requirement("node")
    assert not found.ok
    assert "18.19.0" in found.found
    assert "expected 20 or newer" in found.found


@pytest.mark.parametrize("script", ["exit 1", "echo", "printf '\\377'"], ids=["fails", "silent", "binary"])
def test_tool_that_does_not_say_its_version_is_not_ok(tools: Path, script: str) -> None:
    program(tools / "node", script)
    assert not requirement("node").ok


def test_go_is_optional_where_a_geth_is_named(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not requirement("go").optional
    monkeypatch.setenv("DEVNET_GETH", str(tools / "geth"))
    assert requirement("go").optional


def test_named_geth_of_another_version_is_not_ok(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tools / "other", "printf 'Geth\\nVersion: 1.16.0-stable\\n'")
    monkeypatch.setenv("DEVNET_GETH", str(tools / "other"))
    found = requirement("geth")
    assert not found.ok
    assert "1.16.0" in found.found
    assert found.fix == "unset DEVNET_GETH"


def test_prerequisites_script_asks_for_the_same_versions() -> None:
    asked = dict(re.findall(r"^(\w+)_MINIMUM=([\d.]+)$", PREREQUISITES.read_text(), re.MULTILINE))
    expected = {"PYTHON": PYTHON_MINIMUM, "GO": GO_MINIMUM, "NODE": NODE_MINIMUM}
    assert asked == {name: ".".join(map(str, version)) for name, version in expected.items()}
