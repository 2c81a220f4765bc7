"""R23 on real geth: justification goes before length, also by votes that no block holds yet."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from devnet.actors.branches import cast_votes
from devnet.actors.structs import transition_of
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.contracts.gas import gas_limit
from devnet.contracts.handles import CoreHandles
from devnet.contracts.send import Sender
from devnet.mosaic.headers import header_from_rpc
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import Domain, SignedVote, Vote, sign_vote
from devnet.world.world import World

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="double-vote")]


def test_the_justified_branch_stays_though_another_is_longer(world: World) -> None:
    """R23."""
    auxiliary = world.devnet.auxiliaries[0].name
    chain = world.chains[auxiliary]
    view = world.branch(auxiliary, 1)
    world.step(8)
    chain.mine(12, view=view)
    stays = chain.head
    world.heal(auxiliary)
    assert chain.views == ("main",)
    assert chain.head.hash == stays.hash


def test_votes_that_only_wait_decide_too(world: World) -> None:
    """All votes are kept out of blocks; the longer branch has no votes, the other has a quorum that waits."""
    auxiliary = world.devnet.auxiliaries[0].name
    chain = world.chains[auxiliary]
    polling_place = world.deployment.core_of(auxiliary).polling_place
    # The next checkpoint is one on each branch.
    assert chain.head.number % 4 == 3
    view = world.branch(auxiliary, 1)
    chain.censor(lambda transaction: transaction.to == polling_place)
    justified = world.running.finality.reached[auxiliary].justified
    world.step(8)
    assert world.running.finality.reached[auxiliary].justified == justified
    chain.mine(8, view=view)
    stays = chain.head
    world.heal(auxiliary)
    assert chain.head.hash == stays.hash


def test_without_votes_the_longest_branch_is_taken(world: World) -> None:
    """R23."""
    auxiliary = world.devnet.auxiliaries[0].name
    chain = world.chains[auxiliary]
    for actor in world.devnet.actors:
        world.dismiss(actor.name)
    view = world.branch(auxiliary, 1)
    world.step(2)
    longest = chain.mine(3, view=view)
    world.heal(auxiliary)
    assert chain.head.hash == longest.hash


@dataclass(frozen=True)
class Forked:
    """Two branches since the last justified checkpoint; each has the next one, the other branch is longer."""

    transition: Transition
    """T at the justified checkpoint."""
    target: bytes
    """The next checkpoint of the main branch."""
    votes: tuple[SignedVote, ...]
    """Everybody's for the link between them, which nobody has seen yet."""


def fork(world: World, named: bytes | None = None) -> Forked:
    """Part the branches once all actors are gone; ``named`` is what the votes call T(source), if not by its name."""
    auxiliary = world.devnet.auxiliaries[0]
    chain, core = world.chains[auxiliary.name], world.handles.core_of(auxiliary.name)
    reached = world.running.finality.reached
    assert world.run_until(lambda: reached[auxiliary.name].justified > 0, 40)
    for actor in world.devnet.actors:
        world.dismiss(actor.name)
    source = reached[auxiliary.name].justified_hash
    number = reached[auxiliary.name].justified + auxiliary.epoch_length
    assert chain.head.number < number
    transition = transition_of(core.block_store.read(DirectLink(chain), "transitionAt", source))
    view = world.branch(auxiliary.name, 1)
    chain.mine(number + 1 - chain.head.number)
    chain.mine(12, view=view)
    target, height = chain.tree.ancestor_at(chain.head.hash, number).hash, transition.height
    vote = Vote(transition.core_id, named or transition.hash(), source, target, height, height + 1)
    return Forked(transition, target, signed_by_all(world, core, vote))


def signed_by_all(world: World, core: CoreHandles, vote: Vote) -> tuple[SignedVote, ...]:
    domain = Domain(world.devnet.origin.chain_id, core.deployment.core)
    return tuple(sign_vote(vote, domain, one.auxiliary_key.secret) for one in world.devnet.validators)


def seal(world: World, auxiliary: str, transition: Transition, target: bytes) -> None:
    """Propose a transition to its core, and show it everybody's vote from there to the target."""
    chain, origin, core = world.chains[auxiliary], world.chains["origin"], world.handles.core_of(auxiliary)
    header = header_from_rpc(chain.rpc("eth_getBlockByHash", ["0x" + transition.checkpoint.hex(), False]))
    named = origin.rpc("eth_getBlockByHash", ["0x" + transition.origin_checkpoint.hex(), False])
    digest, height = transition.hash(), transition.height
    vote = Vote(transition.core_id, digest, transition.checkpoint, target, height, height + 1)
    signatures = [one.signature for one in signed_by_all(world, core, vote)]
    sender = Sender(DirectLink(origin), world.devnet.accounts[0], origin.spec.chain_id)
    proposing = (transition.fields(), header.encode(), int(named["number"], 16))
    bond = world.devnet.parameters.proposal_bond_wei
    sender.send(core.core.address, core.core.calldata("propose", *proposing), gas_limit("Core", "propose"), bond)
    gas = gas_limit("Core", "verifyVotes", signatures=len(signatures))
    sender.send(core.core.address, core.core.calldata("verifyVotes", digest, target, signatures), gas)


@pytest.mark.parametrize("is_mined", [False, True], ids=["waiting", "mined"])
def test_votes_shown_on_origin_to_seal_a_proposal_decide_too(world: World, is_mined: bool) -> None:
    """R23: origin's calldata is the only trace of these votes."""
    forked, auxiliary = fork(world), world.devnet.auxiliaries[0]
    chain = world.chains[auxiliary.name]
    seal(world, auxiliary.name, forked.transition, forked.target)
    if is_mined:
        world.mine("origin", 2)
        assert [event.payload["target"] for event in world.history.events("Sealed")] == ["0x" + forked.target.hex()]
    stays = chain.head
    world.heal(auxiliary.name)
    assert chain.head.hash == stays.hash


@pytest.mark.parametrize("is_own", [True, False], ids=["the-branch-s-own", "another"])
def test_only_votes_for_the_transition_of_the_branch_decide(world: World, is_own: bool) -> None:
    """R11, R23: a whole set that signs what the source's state is not has no say in where to build."""
    forked, auxiliary = fork(world, named=None if is_own else b"\x66" * 32), world.devnet.auxiliaries[0]
    chain, core = world.chains[auxiliary.name], world.handles.core_of(auxiliary.name)
    sender = Sender(DirectLink(chain), world.devnet.validators[0].auxiliary_key, chain.spec.chain_id)
    cast_votes(sender, core, forked.votes)
    main = chain.head
    world.heal(auxiliary.name)
    assert (chain.head.hash == main.hash) == is_own


def test_votes_are_put_first_into_the_branch_that_is_taken(world: World) -> None:
    """R23: before what users had in blocks of a branch that is left, which otherwise goes before all that waits."""
    forked, auxiliary = fork(world), world.devnet.auxiliaries[0]
    chain, core = world.chains[auxiliary.name], world.handles.core_of(auxiliary.name)
    (view,) = (name for name in chain.views if name != "main")
    user = world.devnet.accounts[0]
    payer = Sender(DirectLink(chain, LinkPolicy(view=view)), user, chain.spec.chain_id)
    paid = payer.send(user.address, b"", 21_000)
    assert paid in chain.mine(view=view).transactions
    sender = Sender(DirectLink(chain), world.devnet.validators[0].auxiliary_key, chain.spec.chain_id)
    cast_votes(sender, core, forked.votes)
    world.heal(auxiliary.name)
    block = chain.mine()
    pending = [transaction.hash for transaction in chain.pending()]
    assert paid in block.transactions
    assert paid not in pending
    place = {"0x" + core.polling_place.address.hex(), "0x" + core.block_store.address.hex()}
    made = chain.rpc("eth_getBlockByHash", ["0x" + block.hash.hex(), True])["transactions"]
    assert made[0]["to"] in place
    assert made[-1]["hash"] == "0x" + paid.hex()


def test_votes_that_were_shown_to_origin_alone_are_carried_to_auxiliary(world: World) -> None:
    """R19, R23: two of four validators keep their votes from auxiliary, where nothing becomes final without them."""
    auxiliary = world.devnet.auxiliaries[0]
    chain, core = world.chains[auxiliary.name], world.handles.core_of(auxiliary.name)
    reached = world.running.finality.reached
    assert world.run_until(lambda: reached[auxiliary.name].justified > 0, 40)
    for validator in world.devnet.validators[2:]:
        world.dismiss(validator.name)
    world.step(3 * auxiliary.epoch_length)
    stalled = reached[auxiliary.name]
    assert stalled.finalised < stalled.justified
    transition = transition_of(core.block_store.read(DirectLink(chain), "transitionAt", stalled.justified_hash))
    number = stalled.justified + auxiliary.epoch_length
    target = chain.tree.ancestor_at(chain.head.hash, number).hash
    seal(world, auxiliary.name, transition, target)
    assert world.run_until(lambda: reached[auxiliary.name].finalised == stalled.justified, 12)
    carried = {"0x" + one.auxiliary_key.address.hex() for one in world.devnet.validators[2:]}
    late = [one for one in world.history.effective_events("VoteCast") if one.payload["validator"] in carried][-2:]
    assert {one.payload["validator"] for one in late} == carried
    assert {str(one.payload["vote"]["target"]) for one in late} == {"0x" + target.hex()}  # type: ignore[index,call-overload]
