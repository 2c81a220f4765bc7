"""Every test here must leave nothing behind: checked by run id when a world ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devnet.runtime.leftovers import leftovers
from devnet.world.world import World

RUNS = pytest.StashKey[set[str]]()


@pytest.fixture(autouse=True)
def remember_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note the run of every world that a test used, for the check at the session's end."""
    yield
    if "devnet_world" in request.fixturenames:
        world: World = request.getfixturevalue("devnet_world")
        request.session.stash.setdefault(RUNS, set()).add(world.run_id)


@pytest.fixture
def nothing_left() -> Iterator[list[str]]:
    """For tests that run a world of their own: they append its run id, and nothing of it may be left at the end."""
    runs: list[str] = []
    yield runs
    left = {run: found for run in runs if (found := leftovers(run))}
    assert not left
