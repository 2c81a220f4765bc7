"""What the detector keeps of a vote stays small; how fast it is only `make bench` says."""

from __future__ import annotations

import pytest

from bench.detector import FEW_VALIDATORS, GOAL_BYTES, VALIDATORS, bytes_per_vote


@pytest.mark.parametrize("validators", [FEW_VALIDATORS, VALIDATORS])
def test_a_vote_costs_less_memory_than_the_goal(validators: int) -> None:
    assert bytes_per_vote(validators, count=20_000) < GOAL_BYTES
