"""R23 on real geth: justification goes before length, also by votes that no block holds yet."""

from __future__ import annotations

import pytest

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
