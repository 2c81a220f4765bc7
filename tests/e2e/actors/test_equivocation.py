"""A validator that equivocates on two branches is slashed on both chains by whoever reads the votes (R13, R53; A01)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devnet.chain.link import DirectLink, LinkPolicy
from tests.e2e.actors.conftest import HandNetwork

pytestmark = pytest.mark.geth

ATTACKER = "validator-2"


def prepare(network: HandNetwork, behaviour: str, fisherman: bool) -> str:
    auxiliary = network.devnet.auxiliaries[0].name
    chain = network.chains[auxiliary]
    for spec in network.devnet.actors:
        if spec.kind == "validator" and spec.name != ATTACKER:
            network.cast(spec.name)
    if fisherman:
        network.cast("fisherman")
    view = chain.branch(1)
    network.branches[auxiliary] = [view]
    links = {f"{auxiliary}/{view}": DirectLink(chain, LinkPolicy(view=view))}
    network.cast(ATTACKER, behaviour, links)
    return auxiliary


def is_slashed(network: HandNetwork, auxiliary: str, contract: str) -> bool:
    address = network.devnet.actor(ATTACKER).auxiliary_key.address
    return bool(network.read(auxiliary, contract, "isSlashed", address))


def test_double_vote_is_slashed_on_origin_and_on_auxiliary(make_network: Callable[..., HandNetwork]) -> None:
    """R53."""
    network = make_network("double-vote")
    auxiliary = prepare(network, "double-vote", fisherman=True)
    network.run_until(lambda: bool(network.kinds("BehaviourTook")), 60)
    taken = network.kinds("BehaviourTook")[0]
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 12)
    network.run_until(lambda: is_slashed(network, auxiliary, "polling_place"), 12)
    assert taken.payload["behaviour"] == "double-vote"
    offences = [one for one in network.kinds("OffenceDetected") if one.payload["auxiliary"] == auxiliary]
    assert len(offences) == 1
    assert offences[0].payload["offence"] == "double-vote"
    for _ in range(12):
        network.tick()
    sent = [one.chain for one in network.kinds("EvidenceSent") if one.payload["auxiliary"] == auxiliary]
    assert sorted(sent, key=str) == [auxiliary, "origin"]
    assert not network.kinds("ActorHindered")


def test_the_rival_vote_is_public_on_both_branches(make_network: Callable[..., HandNetwork]) -> None:
    """R13."""
    network = make_network("double-vote")
    auxiliary = prepare(network, "double-vote", fisherman=False)
    network.run_until(lambda: bool(network.kinds("BehaviourTook")), 60)
    for _ in range(4):
        network.tick()
    contracts = network.handles.core_of(auxiliary)
    attacker = network.devnet.actor(ATTACKER).auxiliary_key.address
    names = []
    for view in ("main", *network.branches[auxiliary]):
        link = DirectLink(network.chains[auxiliary], LinkPolicy(view=view))
        address = "0x" + contracts.polling_place.address.hex()
        logs = link.call("eth_getLogs", ({"fromBlock": "0x0", "toBlock": "latest", "address": address},))
        events = [contracts.polling_place.decode_log(log) for log in logs]
        names.append({event.name for event in events if event and event.args.get("validator") == attacker})
    assert names == [{"VoteCast", "ConflictingVote"}, {"VoteCast"}]
    assert not is_slashed(network, auxiliary, "stake")


def test_an_honest_validator_with_both_views_is_never_slashed(make_network: Callable[..., HandNetwork]) -> None:
    network = make_network("double-vote")
    auxiliary = prepare(network, "honest", fisherman=True)
    for _ in range(30):
        network.tick()
    assert network.read(auxiliary, "block_store", "lastFinalised")["height"] > 2
    assert not network.kinds("OffenceDetected")
    assert not is_slashed(network, auxiliary, "stake")
