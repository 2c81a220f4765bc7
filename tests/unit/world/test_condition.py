"""What `devnet doctor` adds to the machine's requirements."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.artifacts.state import write_state
from devnet.runtime.requirements import Requirement
from devnet.world import condition
from devnet.world.condition import check_condition


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVNET_HOME", str(tmp_path))
    return tmp_path


def requirement(name: str) -> Requirement:
    return next(found for found in check_condition() if found.name == name)


def test_contracts_of_this_checkout_are_looked_at() -> None:
    assert requirement("contracts").optional


def test_contracts_that_were_never_compiled_are_told_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condition, "contracts_directory", lambda: tmp_path)
    found = requirement("contracts")
    assert (found.ok, found.fix) == (False, "run 'make setup'")


def test_a_clean_home_has_no_leftovers() -> None:
    assert requirement("leftovers").ok


def test_a_network_whose_world_died_is_a_leftover_with_the_fix(home: Path) -> None:
    network = NetworkDirectory("demo")
    with network.hold(lambda run: [], lambda line: None) as held:
        held.publish("http://127.0.0.1:1", "token")
        state = network.state()
        assert state is not None
        assert requirement("leftovers").ok
    write_state(network.path / "state.json", dataclasses.replace(state, pid=2**22 + 1))
    found = requirement("leftovers")
    assert not found.ok
    assert found.found.startswith("demo: the World died")
    assert found.fix == "devnet down --name demo"
