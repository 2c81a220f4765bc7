"""Which blocks of origin a proposal may name, however long nobody looked (R32)."""

from __future__ import annotations

import pytest

from devnet.actors.committer import Propose, Verify, decide
from devnet.actors.core_state import SOON
from tests.unit.actors.commits import ALICE, TARGET, finalise, long_away, prepared, propose, transition, vote_for
from tests.unit.actors.fakes import committed, event


@pytest.mark.parametrize(("height", "is_told"), [(8_191 + 12 - SOON, True), (8_191 + 12 - SOON + 1, False)])
def test_a_block_beyond_the_window_that_nobody_pinned_is_not_proposed(height: int, is_told: bool) -> None:
    """R32: origin would refuse it; a later checkpoint, which names a later block, is proposed instead."""
    view, _ = prepared(finalised=7)
    finalise(view, 3, origin=True)
    view.state.apply(
        event(
            "CheckpointFinalised",
            27,
            coreId=view.contracts.deployment.origin_core_id,
            height=7,
            blockHash=view.origin.seen.blocks[28].hash,
            dynasty=7,
        )
    )
    long_away(view, height + 1)
    assert view.origin.seen.height == height
    action = decide(view)
    assert isinstance(action, Propose) == is_told


def test_a_pinned_block_is_proposed_however_old_it_is() -> None:
    """R32: nothing expires a core."""
    view, _ = prepared()
    finalise(view, 3, origin=True)
    view.core.apply(event("OriginPinned", number=12, blockHash=view.origin.seen.blocks[12].hash))
    long_away(view, 9_000)
    action = decide(view)
    assert isinstance(action, Propose)
    assert action.origin_number == 12


def test_what_the_last_commit_named_is_proposed_however_old_it_is() -> None:
    view, _ = prepared(finalised=9)
    finalise(view, 1, origin=True)
    digest = propose(view, 4)
    view.core.apply(committed(1, 4, digest))
    long_away(view, 9_000)
    assert transition(view, 9).origin_checkpoint == transition(view, 4).origin_checkpoint
    assert isinstance(decide(view), Propose)


def test_what_was_proposed_in_time_is_sealed_beyond_the_window() -> None:
    view, _ = prepared()
    finalise(view, 3, origin=True)
    vote_for(view, 5, ALICE)
    digest = propose(view, 5)
    long_away(view, 9_000)
    assert decide(view) == Verify(digest, TARGET, (b"\x01" * 65,))
