"""R23: which checkpoint of a branch the known votes justify, and which branches are a choice at all."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from devnet.chain.joining import Tip
from devnet.chain.tree import BlockTree
from devnet.history import History
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.votes import SignedVote, Vote
from devnet.world.fork_choice import ForkChoice, justified_height
from tests.unit.actors.fakes import CORE_ID, EPOCH
from tests.unit.world.branches import (
    ROOT,
    VALIDATORS,
    Told,
    branch_of,
    checkpoint,
    contracts,
    grow,
    new_tree,
    transition,
)


def votes(
    source: Checkpoint, target: Checkpoint, count: int, by: tuple[bytes, ...] = VALIDATORS, **changes: Any
) -> list[SignedVote]:
    named = changes.get("transition", transition(source.height))
    vote = Vote(CORE_ID, named, source.hash, target.hash, source.height, target.height)
    return [SignedVote(vote, validator, b"") for validator in by[:count]]


def reached(known: list[SignedVote], **told: Any) -> int:
    return justified_height(branch_of(Told(**told)), known)


def test_links_with_quorum_justify_in_any_order() -> None:
    assert reached(votes(checkpoint(1), checkpoint(2), 3) + votes(ROOT, checkpoint(1), 3)) == 2


def test_votes_below_quorum_justify_nothing() -> None:
    assert reached(votes(ROOT, checkpoint(1), 2)) == 0


def test_one_validator_counts_once() -> None:
    assert reached(votes(ROOT, checkpoint(1), 2) * 2) == 0


def test_votes_that_differ_never_combine() -> None:
    assert reached(votes(ROOT, checkpoint(2), 2) + votes(checkpoint(1), checkpoint(2), 4)[2:], justified=1) == 1


def test_votes_for_another_branch_do_not_count() -> None:
    known = votes(ROOT, checkpoint(1, branch=1), 4) + votes(checkpoint(1, branch=1), checkpoint(2), 4)
    assert reached(known) == 0


def test_a_source_that_is_not_justified_justifies_nothing() -> None:
    assert reached(votes(checkpoint(1), checkpoint(2), 4)) == 0


def test_any_source_that_the_branch_has_justified_counts_not_only_the_last() -> None:
    assert reached(votes(checkpoint(1), checkpoint(3), 4), justified=2) == 3


def test_votes_whose_heights_do_not_rise_are_passed_over() -> None:
    assert reached(votes(checkpoint(2), checkpoint(1), 4), justified=2) == 2
    assert reached(votes(checkpoint(2), checkpoint(2), 4), justified=2) == 2


@pytest.mark.parametrize(("finalised", "height"), [(1, 3), (2, 2)])
def test_a_source_below_what_the_branch_finalised_justifies_nothing(finalised: int, height: int) -> None:
    """R10: an exited set could justify from there under its old kernel."""
    assert reached(votes(checkpoint(1), checkpoint(3), 4), justified=2, finalised=finalised) == height


def test_votes_for_another_transition_than_the_branch_s_own_justify_nothing() -> None:
    """R11, R27: four validators who sign what the source's state is not have no vote there."""
    assert reached(votes(ROOT, checkpoint(1), 4, transition=transition(8))) == 0


def test_a_source_that_the_branch_has_not_reported_has_no_transition() -> None:
    known = votes(ROOT, checkpoint(2), 4) + votes(checkpoint(2), checkpoint(3), 4, transition=bytes(32))
    assert reached(known, reported=1) == 2


def test_slashed_validators_have_no_weight() -> None:
    assert reached(votes(ROOT, checkpoint(1), 3)) == 1
    assert reached(votes(ROOT, checkpoint(1), 3), slashed=VALIDATORS[:1]) == 0


NEWCOMERS = tuple(bytes([index]) * 20 for index in range(5, 9))


@pytest.mark.parametrize(("kernel", "height"), [(1, 3), (2, 2), (3, 2)])
def test_a_link_is_weighed_by_the_kernel_of_its_source(kernel: int, height: int) -> None:
    """R15: whatever is active at the tip. Here everybody but the newcomers left with kernel 2; F_1 is its rear set."""
    sets = {2: NEWCOMERS, 3: NEWCOMERS}
    assert reached(votes(checkpoint(2), checkpoint(3), 4), justified=2, kernels={2: kernel}, sets=sets) == height


def test_both_sets_of_that_kernel_have_to_agree() -> None:
    """R15, R42."""
    sets = {2: NEWCOMERS}
    both = votes(checkpoint(2), checkpoint(3), 8, (*VALIDATORS, *NEWCOMERS))
    assert reached(both, justified=2, kernels={2: 2}, sets=sets) == 3
    assert reached(both[4:], justified=2, kernels={2: 2}, sets=sets) == 2


def test_each_link_has_its_own_kernel() -> None:
    """R15: the old set justifies up to the checkpoint where the new one takes over."""
    known = votes(ROOT, checkpoint(1), 4) + votes(checkpoint(1), checkpoint(2), 4, NEWCOMERS)
    assert reached(known, kernels={1: 3}, sets={2: NEWCOMERS, 3: NEWCOMERS}) == 2


def chosen(tree: BlockTree, tips: list[Tip], committed: bytes = bytes(32), finalised: bytes = bytes(32)) -> bytes:
    """What is chosen where no branch has a vote."""
    spec = SimpleNamespace(name="auxiliary-1", chain_id=1, epoch_length=EPOCH)

    def rpc(*arguments: object) -> list[object]:
        return []

    chain = SimpleNamespace(spec=spec, views=("main",), rpc=rpc, view=lambda name: SimpleNamespace(finalised=finalised))
    last: Any = SimpleNamespace(address=bytes(20), read=lambda *arguments, **options: {"checkpoint": committed})
    core = replace(contracts(Told()), core=last)
    with History(None, "run") as history:
        return ForkChoice(chain, chain, core, history).choose(tips, tree)  # type: ignore[arg-type]


def forked() -> tuple[BlockTree, Tip, Tip]:
    """Two branches that part after block 3: the main one, and one that is longer."""
    tree = new_tree()
    return tree, Tip(grow(tree, 10), "main"), Tip(grow(tree, 15, 3, branch=1), "view-1")


def test_without_votes_the_longest_is_taken_and_of_equals_the_main_one() -> None:
    tree, main, longer = forked()
    assert chosen(tree, [main, longer]) == longer.block.hash
    equal = Tip(tree.ancestor_at(longer.block.hash, 10), "view-1")
    assert chosen(tree, [main, equal]) == main.block.hash


@pytest.mark.parametrize("what", ["committed", "finalised"])
def test_a_branch_with_a_committed_or_finalised_checkpoint_is_never_left(what: str) -> None:
    tree, main, longer = forked()
    assert chosen(tree, [main, longer], **{what: checkpoint(1).hash}) == main.block.hash
    assert chosen(tree, [main, longer], **{what: checkpoint(1, branch=1).hash}) == longer.block.hash


def test_what_origin_committed_that_was_never_a_block_here_binds_nobody() -> None:
    """R80: a forged checkpoint is on no branch."""
    tree, main, longer = forked()
    assert chosen(tree, [main, longer], committed=b"\x66" * 32) == longer.block.hash


def test_where_no_branch_has_both_the_main_one_stays() -> None:
    tree, main, longer = forked()
    split = {"committed": checkpoint(1, branch=1).hash, "finalised": checkpoint(1).hash}
    assert chosen(tree, [main, longer], **split) == main.block.hash
