"""A fisherman finds an offence wherever the second vote is public, and sees it through (Lemma 1, R53, R54)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from devnet.actors.branches import Branches
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.contracts.gas import gas_limit
from devnet.contracts.send import Sender
from devnet.mosaic.votes import Domain, SignedVote, Vote, sign_vote
from tests.e2e.actors.conftest import HandNetwork
from tests.e2e.actors.test_adversity import vote_in
from tests.e2e.actors.test_equivocation import ATTACKER, is_slashed

pytestmark = pytest.mark.geth


def start(make_network: Callable[..., HandNetwork]) -> tuple[HandNetwork, str]:
    """A network in which the attacker has cast one vote about the auxiliary chain, and casts no more."""
    network = make_network("double-vote")
    auxiliary = network.devnet.auxiliaries[0].name
    for spec in network.devnet.actors:
        network.cast(spec.name)
    network.run_until(lambda: bool(own_votes(network, auxiliary)), 40)
    for _ in range(2):
        network.tick()
    network.actors.pop(ATTACKER).close()
    return network, auxiliary


def own_votes(network: HandNetwork, auxiliary: str) -> list[Vote]:
    core_id = network.plan.deployment.core_of(auxiliary).core_id
    votes = [vote_in(one) for one in network.kinds("VoteSigned") if one.actor == ATTACKER]
    return [vote for vote in votes if vote.core_id == core_id]


def rival(network: HandNetwork, auxiliary: str, target: bytes = b"\x99" * 32) -> SignedVote:
    core = network.plan.deployment.core_of(auxiliary)
    domain = Domain(network.devnet.origin.chain_id, core.core)
    vote = replace(own_votes(network, auxiliary)[0], target=target)
    return sign_vote(vote, domain, network.devnet.actor(ATTACKER).auxiliary_key.secret)


def test_a_vote_that_only_waits_to_be_mined_is_enough(make_network: Callable[..., HandNetwork]) -> None:
    network, auxiliary = start(make_network)
    chain, spec = network.chains[auxiliary], network.devnet.chain(auxiliary)
    chain.censor(lambda transaction: transaction.to == place.address and transaction.sender == sender_address)
    place, key = network.handles.core_of(auxiliary).polling_place, network.devnet.actor(ATTACKER).auxiliary_key
    sender_address = key.address
    second = rival(network, auxiliary)
    data = place.calldata("castVote", second.vote.fields(), second.signature)
    Sender(network.links[auxiliary], key, spec.chain_id).send(
        place.address, data, gas_limit("PollingPlace", "castVote")
    )
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 6)
    network.run_until(lambda: is_slashed(network, auxiliary, "polling_place"), 6)
    assert [transaction.sender for transaction in chain.pending()] == [sender_address]


def test_a_vote_that_only_waited_is_remembered_by_a_restarted_fisherman(
    make_network: Callable[..., HandNetwork],
) -> None:
    """It was never mined and waits no more; only who read it at the time can show it now (R53)."""
    network, auxiliary = start(make_network)
    place, key = network.handles.core_of(auxiliary).polling_place, network.devnet.actor(ATTACKER).auxiliary_key
    chain = network.chains[auxiliary]
    vote = own_votes(network, auxiliary)[-1]
    later = replace(vote, source_height=vote.source_height + 40, target_height=vote.target_height + 40)
    domain = Domain(network.devnet.origin.chain_id, network.plan.deployment.core_of(auxiliary).core)
    lost, rival_to_it = (sign_vote(replace(later, target=bytes([n]) * 32), domain, key.secret) for n in (1, 2))
    sender = Sender(network.links[auxiliary], key, network.devnet.chain(auxiliary).chain_id)
    before = chain.mark()
    chain.censor(lambda transaction: transaction.sender == key.address)
    sender.send(
        place.address,
        place.calldata("castVote", lost.vote.fields(), lost.signature),
        gas_limit("PollingPlace", "castVote"),
    )
    network.step()
    chain.rewind(before)
    assert not chain.pending()
    network.actors.pop("fisherman").close()
    network.cast("fisherman")
    network.tick()
    assert not network.kinds("OffenceDetected")
    chain.censor(lambda transaction: transaction.sender == key.address)
    Sender(network.links[auxiliary], key, network.devnet.chain(auxiliary).chain_id).send(
        place.address,
        place.calldata("castVote", rival_to_it.vote.fields(), rival_to_it.signature),
        gas_limit("PollingPlace", "castVote"),
    )
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 6)


def test_a_vote_on_a_side_branch_is_enough(make_network: Callable[..., HandNetwork]) -> None:
    network, auxiliary = start(make_network)
    chain, spec = network.chains[auxiliary], network.devnet.chain(auxiliary)
    target_height = own_votes(network, auxiliary)[0].target_height
    chain.reorg(chain.head.number - 4 * target_height + 2, past_finality=True)
    view = chain.branch(1)
    network.branches[auxiliary] = [view]
    network.run_until(lambda: chain.head.number > 4 * target_height, 20)
    key = network.devnet.actor(ATTACKER).auxiliary_key
    link = DirectLink(chain, LinkPolicy(view=view))
    branches = Branches(spec, network.handles.core_of(auxiliary), {view: link}, key)
    branches.begin()
    second = rival(network, auxiliary, branches.checkpoints(target_height)[view])
    branches.cast(view, [second])
    for _ in range(3):
        network.tick()
    assert not network.kinds("OffenceDetected")
    network.branches[auxiliary] = []
    chain.mine()
    chain.heal()
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 8)
    assert network.kinds("OffenceDetected")[0].payload["auxiliary"] == auxiliary


def test_a_slash_that_a_reorg_took_back_is_shown_again_by_a_restarted_fisherman(
    make_network: Callable[..., HandNetwork],
) -> None:
    network, auxiliary = start(make_network)
    key, spec = network.devnet.actor(ATTACKER).auxiliary_key, network.devnet.chain(auxiliary)
    place, second = network.handles.core_of(auxiliary).polling_place, rival(network, auxiliary)
    sender = Sender(network.links[auxiliary], key, spec.chain_id)
    data = place.calldata("castVote", second.vote.fields(), second.signature)
    sender.send(place.address, data, gas_limit("PollingPlace", "castVote"))
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 8)
    found = network.kinds("OffenceDetected")
    origin = network.chains["origin"]
    # The slash is gone from the chain; its transaction waits again, and is not sent a second time.
    fisherman = network.devnet.actor("fisherman").origin_key.address
    origin.censor(lambda transaction: transaction.sender == fisherman)
    origin.reorg(3, past_finality=True)
    assert not is_slashed(network, auxiliary, "stake")
    network.actors.pop("fisherman").close()
    network.cast("fisherman")
    network.tick()
    origin.censor(None)
    network.run_until(lambda: is_slashed(network, auxiliary, "stake"), 8)
    assert network.kinds("OffenceDetected") == found
    assert [one.chain for one in network.kinds("EvidenceSent")].count("origin") == 1
    sent = network.links["origin"].call("eth_getTransactionCount", ("0x" + fisherman.hex(), "pending"))
    assert int(sent, 16) == 1
