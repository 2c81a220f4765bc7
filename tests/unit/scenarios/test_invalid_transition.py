"""The sums and the ends of invalid-transition."""

from __future__ import annotations

from typing import Any

import pytest

from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.history import History
from devnet.mosaic.quorum import is_quorum
from devnet.scenarios.ends import slashed_and_halted
from devnet.scenarios.invalid_transition import AFTERWARDS, COLLUDERS, SCENARIO, _committed


@pytest.fixture
def devnet() -> Devnet:
    return resolve(load_manifest(find_manifest(SCENARIO.manifest)))


def told(devnet: Devnet, slashed: tuple[str, ...], halted: bool = True, chain: str = "origin") -> History:
    history = History(None, "run")
    for name in slashed:
        validator: dict[str, Any] = {"validator": "0x" + devnet.actor(name).auxiliary_key.address.hex()}
        history.append("ValidatorSlashed", time=0, chain=chain, block=9, payload=validator)
    if halted:
        history.append("Halted", time=0, chain="origin", block=9, payload={"contract": "Core"})
    return history


def test_the_colluders_are_a_quorum_and_none_of_the_others_is_needed(devnet: Devnet) -> None:
    weight = sum(devnet.actor(name).weight_wei for name in COLLUDERS)
    total = sum(validator.weight_wei for validator in devnet.validators)
    assert is_quorum(weight, total)
    assert set(COLLUDERS) < {validator.name for validator in devnet.validators}


@pytest.mark.parametrize(
    ("slashed", "halted", "chain", "expected"),
    [
        (COLLUDERS, True, "origin", True),
        (COLLUDERS[:2], True, "origin", False),
        (COLLUDERS, False, "origin", False),
        (COLLUDERS, True, "auxiliary-1", False),
    ],
    ids=["all of it", "one got away", "no halt", "only on auxiliary"],
)
def test_the_attack_is_stopped_when_all_are_slashed_on_origin_and_the_core_halted(
    devnet: Devnet, slashed: tuple[str, ...], halted: bool, chain: str, expected: bool
) -> None:
    stopped = slashed_and_halted(COLLUDERS)
    assert stopped(devnet, told(devnet, slashed, halted, chain)) is expected


def test_a_commit_is_looked_at_some_blocks_later(devnet: Devnet) -> None:
    history = History(None, "run")
    history.append("BlockProduced", time=0, chain="origin", block=1)
    assert not _committed(devnet, history)
    history.append("MetaBlockCommitted", time=0, chain="origin", block=1)
    for number in range(AFTERWARDS):
        assert not _committed(devnet, history)
        history.append("BlockProduced", time=0, chain="origin", block=2 + number)
    assert _committed(devnet, history)
