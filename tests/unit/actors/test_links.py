"""Which link is voted for: justified source, reported target, own node in agreement (R10, R22, R24, R30, R31)."""

from __future__ import annotations

import pytest

from devnet.actors.auxiliary_state import Finalised, Observed
from devnet.actors.blocks import Blocks
from devnet.actors.links import contradicted, links_of_others, newest_target, own_link
from devnet.mosaic.finality import Checkpoint, Link
from tests.unit.actors.fakes import AUXILIARY_ROOT, checkpoint_hash, make_vote, signed
from tests.unit.actors.nodes import chain_of

ALICE, BOB, CAROL = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20


def block_at(height: int) -> bytes | None:
    return (checkpoint_hash(height) if height else AUXILIARY_ROOT) if height < 20 else None


def observed(reported: int = 5, justified: tuple[int, ...] = (1, 2), finalised: int = 1) -> Observed:
    one = Observed(Checkpoint(AUXILIARY_ROOT, 0))
    for height in range(1, reported + 1):
        one.reported[checkpoint_hash(height)] = height
    for height in justified:
        one.justified[checkpoint_hash(height)] = height
    if finalised:
        one.finalised.append(Finalised(Checkpoint(checkpoint_hash(finalised), finalised), 1, 9))
    return one


def link(source: int, target: int) -> Link:
    return Link(Checkpoint(checkpoint_hash(source), source), Checkpoint(checkpoint_hash(target), target))


def test_the_link_goes_from_the_highest_justified_to_the_highest_reported_checkpoint() -> None:
    assert own_link(observed(), 9, block_at) == link(2, 5)


def test_the_target_is_deep_enough() -> None:
    assert own_link(observed(), 3, block_at) == link(2, 3)


def test_there_is_no_link_without_a_target_above_the_source() -> None:
    assert own_link(observed(justified=(1, 5)), 9, block_at) is None
    assert own_link(observed(), 2, block_at) is None


def test_a_target_that_was_not_reported_or_is_of_another_branch_is_passed_over() -> None:
    one = observed(reported=4)
    one.reported[b"\x99" * 32] = 5
    assert own_link(one, 9, block_at) == link(2, 4)
    assert newest_target(one, 9, lambda height: None) is None


def test_a_justified_checkpoint_that_the_own_node_does_not_have_is_no_source() -> None:
    one = observed()
    one.justified[b"\x99" * 32] = 4
    assert own_link(one, 9, block_at) == link(2, 5)


def test_the_source_is_never_below_the_last_finalised_checkpoint() -> None:
    one = observed(justified=(1,), finalised=3)
    assert own_link(one, 9, block_at) is None


def test_links_of_others_come_first_the_lowest_target_first() -> None:
    one = observed()
    for target in (5, 4):
        vote = make_vote(2, target)
        one.links[vote.source, vote.target] = [signed(vote, BOB)]
    assert links_of_others(one, ALICE, 9, block_at) == [link(2, 4), link(2, 5)]


@pytest.mark.parametrize("case", ["own", "justified", "source", "finalised", "shallow", "foreign target"])
def test_links_that_do_not_help_are_left_out(case: str) -> None:
    one, newest, voter, vote = observed(), 9, BOB, make_vote(2, 4)
    if case == "own":
        voter = ALICE
    elif case == "justified":
        one.justified[vote.target] = 4
    elif case == "source":
        del one.justified[vote.source]
    elif case == "finalised":
        one.finalised.append(Finalised(Checkpoint(checkpoint_hash(3), 3), 2, 12))
    elif case == "shallow":
        newest = 3
    else:
        vote = make_vote(2, 4, target=b"\x99" * 32)
    one.links[vote.source, vote.target] = [signed(vote, CAROL), signed(vote, voter)]
    assert links_of_others(one, ALICE, newest, block_at) == []


def test_a_reversal_of_origin_is_noticed_and_an_unknown_height_is_not() -> None:
    headers, one, other = chain_of(13), Observed(Checkpoint(AUXILIARY_ROOT, 0)), chain_of(17, salt=b"other")
    blocks = Blocks()
    for header in headers:
        blocks.append(header, header.hash)
    one.justified = {headers[0].hash: 0, headers[8].hash: 2, other[16].hash: 4}
    assert contradicted(one, blocks, 4) == []
    one.justified |= {other[12].hash: 3, other[4].hash: 1}
    assert contradicted(one, blocks, 4) == [Checkpoint(other[12].hash, 3), Checkpoint(other[4].hash, 1)]
