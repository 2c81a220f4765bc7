"""The sums and the ends of invalid-transition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devnet.actors.voter import vote_payload
from devnet.checks.votes import data
from devnet.config.load import load_manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.history import History
from devnet.mosaic.quorum import is_quorum
from devnet.mosaic.votes import SignedVote, Vote
from devnet.scenarios.ends import slashed_and_halted
from devnet.scenarios.invalid_transition import (
    AFTERWARDS,
    COLLUDERS,
    SCENARIO,
    _committed,
    _not_in_time,
    _stopped,
    _unnamed,
)
from devnet.types import Json, Mode


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


FORGED, REAL = "0x" + "0f" * 32, "0x" + "0a" * 32


def forgery(
    devnet: Devnet,
    seal: str | None = FORGED,
    sealed_first: bool = True,
    slash_block: int = 9,
    commit: bool = False,
) -> History:
    """Colluders deviate, their proposal is sealed in block 8 until block 14, they are slashed."""
    history = History(None, "run")
    vote = Vote(bytes(32), data(FORGED), bytes(32), bytes(32), 3, 4)
    payload = vote_payload(SignedVote(vote, b"", b"")) | {"auxiliary": "auxiliary-1"}
    deviation: dict[str, Any] = {"votes": [payload]}
    history.append("BehaviourTook", time=0, chain="auxiliary-1", block=7, payload=deviation)

    def slash() -> None:
        for name in COLLUDERS:
            validator: dict[str, Any] = {"validator": "0x" + devnet.actor(name).auxiliary_key.address.hex()}
            history.append("ValidatorSlashed", time=0, chain="origin", block=slash_block, payload=validator)

    if not sealed_first:
        slash()
    if seal is not None:
        history.append("Sealed", time=0, chain="origin", block=8, payload={"proposalId": seal, "committableAt": "14"})
    if sealed_first:
        slash()
    if commit:
        history.append("MetaBlockCommitted", time=0, chain="origin", block=15)
    return history


def test_a_forgery_that_was_sealed_and_whose_signers_were_slashed_in_its_window_is_as_the_card_says(
    devnet: Devnet,
) -> None:
    """R81."""
    assert _not_in_time(devnet, forgery(devnet)) == ()
    assert _not_in_time(devnet, forgery(devnet, slash_block=13)) == ()


@pytest.mark.parametrize(
    ("changes", "objection", "live"),
    [
        ({"seal": None}, "to be sealed", False),
        ({"seal": REAL}, "to be sealed", False),
        ({"sealed_first": False}, "between event", False),
        ({"slash_block": 14}, "origin block 14", False),
        ({"commit": True}, "no commit", True),
    ],
    ids=["nothing sealed", "only an honest one sealed", "slashed before", "slashed too late", "committed"],
)
def test_the_attack_is_not_as_the_card_says_where_the_window_was_not_put_to_the_test(
    devnet: Devnet, changes: dict[str, Any], objection: str, live: bool
) -> None:
    """R81; on a timer nobody decides who is slashed first."""
    history = forgery(devnet, **changes)
    said = _not_in_time(devnet, history)
    assert said
    assert all(objection in text for text in said)
    assert bool(_not_in_time(replace(devnet, mode=Mode.LIVE), history)) is live


def test_the_arm_goes_on_after_the_halt_until_the_candidate_could_have_been_committed(devnet: Devnet) -> None:
    history = told(devnet, COLLUDERS)
    for number in range(AFTERWARDS):
        assert not _stopped(devnet, history)
        history.append("BlockProduced", time=0, chain="origin", block=10 + number)
    assert _stopped(devnet, history)
    assert devnet.parameters.commit_window <= AFTERWARDS


@pytest.mark.parametrize(("signers", "wrong"), [(3, ()), (2, ("validator-3",)), (4, ("validator-4",))])
def test_every_signer_of_a_committed_forgery_must_be_named_and_nobody_else(
    devnet: Devnet, signers: int, wrong: tuple[str, ...]
) -> None:
    """R82."""
    history = History(None, "run")
    about = {"auxiliary": "auxiliary-1", "target": REAL, "height": "1", "checkpointHeight": "3"}
    core: dict[str, Json] = {"coreId": "0x" + "01" * 32, "auxiliary": "auxiliary-1", "blockHash": REAL}
    history.append("CheckpointFinalised", time=0, chain="auxiliary-1", block=7, payload=core)
    addresses: list[Json] = ["0x" + one.auxiliary_key.address.hex() for one in devnet.validators[:signers]]
    history.append(
        "VotesVerified", time=0, chain="origin", block=8, payload={**about, "proposalId": FORGED, "signers": addresses}
    )
    commit: dict[str, Json] = {**about, "checkpoint": FORGED, "transitionHash": FORGED}
    history.append("MetaBlockCommitted", time=0, chain="origin", block=15, payload=commit)
    assert tuple(text.split(":")[0] for text in _unnamed(devnet, history)) == wrong
