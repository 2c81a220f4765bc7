"""Nothing may be left of any run that a test started: checked by run id once its world has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devnet.runtime.leftovers import leftovers
from devnet.world.embedded import Choice, embed
from devnet.world.serving import Serving
from devnet.world.world import World

RUNS = pytest.StashKey[set[str]]()


@pytest.fixture(autouse=True)
def note_run(request: pytest.FixtureRequest) -> None:
    """Note the run of the shared world that a test uses."""
    if "devnet_world" in request.fixturenames:
        world: World = request.getfixturevalue("devnet_world")
        request.config.stash.setdefault(RUNS, set()).add(world.run_id)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Shared worlds have ended by now."""
    check_nothing_left(config.stash.get(RUNS, set()))


@pytest.fixture
def own_runs() -> Iterator[set[str]]:
    """For tests that run worlds of their own: they add the run ids, and nothing may be left at the end."""
    runs: set[str] = set()
    yield runs
    check_nothing_left(runs)


@pytest.fixture
def run_network(tmp_path: Path, own_runs: set[str]) -> Iterator[Callable[[str], Serving]]:
    """Run a network of the test's own, given by its manifest in YAML or by its name; it ends with the test."""
    with ExitStack() as running:

        def run(manifest: str) -> Serving:
            if "\n" in manifest:
                path = tmp_path / "manifest.yaml"
                path.write_text(manifest)
                manifest = str(path)
            serving = running.enter_context(embed(Choice(manifest=manifest), tmp_path / "run"))
            own_runs.add(serving.world.run_id)
            return serving

        yield run


def check_nothing_left(runs: set[str]) -> None:
    left = {run: found for run in sorted(runs) if (found := leftovers(run))}
    assert not left, f"left behind: {left}"
