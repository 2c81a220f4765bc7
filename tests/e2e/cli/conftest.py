"""The command on real networks: one that tests share, and homes of their own for what starts and ends networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli.command_line import CommandLine


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[CommandLine]:
    """A home in which nothing was ever started; nothing may be left of what a test starts there."""
    command = CommandLine(tmp_path / "home")
    yield command
    command.run("down")
    command.await_nothing_left()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """A home in which one live network runs, shared by a module."""
    command = CommandLine(tmp_path_factory.mktemp("shared") / "home")
    try:
        command.up()
        yield command
    finally:
        command.run("down")
    assert not command.left()
