"""Votes on their way to a chain."""

from __future__ import annotations

import pytest

from devnet.actors.branches import cast_votes
from devnet.contracts.gas import MAX_VOTES
from tests.unit.actors.fakes import calls_in, make_view, make_vote, seen_chain, signed


@pytest.mark.parametrize(
    ("votes", "batches"),
    [(0, []), (1, [1]), (MAX_VOTES, [MAX_VOTES]), (2 * MAX_VOTES + 1, [MAX_VOTES, MAX_VOTES, 1])],
)
def test_votes_are_sent_in_as_few_transactions_as_can_hold_them(votes: int, batches: list[int]) -> None:
    """R20."""
    view, to_auxiliary, _ = make_view(seen_chain(2), seen_chain(2))
    cast = [signed(make_vote(height, height + 1), bytes(20)) for height in range(votes)]
    cast_votes(view.sender, view.contracts, cast)
    calls = calls_in(to_auxiliary, view.contracts.polling_place)
    assert [(function, len(structs), len(signatures)) for function, (structs, signatures) in calls] == [
        ("castVotes", batch, batch) for batch in batches
    ]
    heights = [int(struct[5]) for _, (structs, _) in calls for struct in structs]
    assert heights == list(range(1, votes + 1))
