"""Actors that keep little of their chains decide what those decide that keep all of it (O4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devnet.artifacts.run_directory import new_run_id
from devnet.types import TOKEN, Mode, RuntimeKind
from devnet.world.opening import open_network
from devnet.world.serving import Serving
from devnet.world.world import World

pytestmark = pytest.mark.geth

MANIFEST = """
name: memory
chains:
  - role: origin
    epoch: 2
  - role: auxiliary
    epoch: 2
parameters:
  commit_every: 1
  commit_window: 2
  evidence_period: 20
  withdrawal_delay: 30
"""
KEPT = 64
EVERYTHING = 10**9
STEPS = 180
REORGS = {
    40: ("auxiliary-1", 1),
    85: ("origin", 2),
    150: ("auxiliary-1", 2),
    162: ("origin", 1),
    171: ("auxiliary-1", 1),
}
"""After how many steps which chain loses how many blocks."""


def digest(directory: Path, manifest: Path, blocks_kept: int, own_runs: set[str]) -> tuple[str, int]:
    """Digest of a run's History, and how many blocks of origin its first actor keeps in full at its end."""
    opened = open_network(str(manifest), runtime=RuntimeKind.PROCESS, mode=Mode.LOCKSTEP)
    world = World(replace(opened, blocks_kept=blocks_kept), directory=directory, run=new_run_id())
    own_runs.add(world.run_id)
    with Serving(world):
        for step in range(STEPS):
            world.step()
            if step in REORGS:
                world.reorg(*REORGS[step])
        marked = next(iter(world.actors.values())).mark()
        assert isinstance(marked, tuple)
        blocks = marked[1].gathering.origin.seen.blocks
        return world.history.digest(), len(blocks) - blocks.first


def test_decisions_do_not_depend_on_how_much_is_kept(tmp_path: Path, own_runs: set[str]) -> None:
    manifest = tmp_path / "memory.yaml"
    manifest.write_text(MANIFEST)
    everything, all_blocks = digest(tmp_path / "everything", manifest, EVERYTHING, own_runs)
    little, few_blocks = digest(tmp_path / "little", manifest, KEPT, own_runs)
    assert all_blocks > STEPS
    assert few_blocks < 2 * KEPT
    assert little == everything


def test_a_facilitator_reads_both_ends_again_after_a_reorg_below_what_it_keeps(
    tmp_path: Path, own_runs: set[str]
) -> None:
    """R68: what it forgot at both ends it must know again at both."""
    opened = open_network("transfers", runtime=RuntimeKind.PROCESS, mode=Mode.LOCKSTEP)
    world = World(replace(opened, blocks_kept=4), directory=tmp_path, run=new_run_id())
    own_runs.add(world.run_id)
    with Serving(world):
        message = world.transfers.stake("auxiliary-1", TOKEN)
        assert world.transfers.finish(message, blocks=60)
        assert all(first > 0 for first in kept_from(world))
        world.reorg("origin", 8)
        world.step()
        assert kept_from(world) == (0, 0)
        world.step(6)
        assert all(first > 0 for first in kept_from(world))
        assert not world.history.events("CarryRefused")


def kept_from(world: World) -> tuple[int, ...]:
    """The oldest block that the facilitator keeps in full, of origin and of auxiliary."""
    marked = world.actors["facilitator-1"].mark()
    assert isinstance(marked, tuple)
    _, mark = marked
    followed = (mark.origin, mark.views["auxiliary-1"][0])
    return tuple(one.seen.blocks.first for one in followed)
