"""The museum's arms can fail: a flaw is not seen where there is none, and ours would be convicted if it had one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from devnet.history import History
from devnet.scenarios.base import Arm
from devnet.scenarios.museum import card
from devnet.scenarios.museum.tour import BROKEN, OURS, objections, tour
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import run_card
from devnet.world.embedded import Choice

pytestmark = pytest.mark.geth

EXHIBITS = tuple(exhibit for exhibit in card.EXHIBITS if exhibit.name == "fee-on-transfer token")


def swapped(name: str, *, is_broken: bool) -> Arm:
    """An arm that shows one kind of contracts and is judged as if it showed the other."""
    return Arm(
        name=name,
        play=partial(tour, exhibits=EXHIBITS, is_broken=is_broken),
        objections=objections(EXHIBITS, OURS if is_broken else BROKEN),
        blocks=1,
    )


def test_a_robbed_gateway_and_a_flaw_that_is_none_fail_the_museum(tmp_path: Path, own_runs: set[str]) -> None:
    """R71: the exhibit with the shortest story, on the wrong side each time."""
    arms = (swapped("ours robbed", is_broken=True), swapped("nothing broken", is_broken=False))
    swaps = replace(card.SCENARIO, arms=arms, checks=())
    report = run_card(swaps, tmp_path, Choice(mode=Mode.LOCKSTEP, runtime=RuntimeKind.PROCESS))
    with History.open(report.history) as history:
        own_runs.add(history.run)
    assert report.verdict == "failed"
    (robbed,), (refused,) = (arm.reasons for arm in report.arms)
    assert robbed == f"fee-on-transfer token: expected WrongAmount, found a loss of {10**20}"
    assert refused == (
        "fee-on-transfer token: expected a loss, found "
        f"Gateway.stake reverted: WrongAmount(expected={10**21}, measured={9 * 10**20})"
    )
