"""An auxiliary chain is reorganised over justified checkpoints, again and again, while observations and kernels move.

Goal: to make honest validators sign what costs them their stakes: another checkpoint at a height they voted at, or
another transition of a source they voted from. Defence: a validator remembers what it signed, in its protection store
too (R24), and since T(s) is a function of the chain up to s alone (R27) the second never comes up. Defence off: a
validator that remembers nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from devnet.actors.behaviours import Amnesia
from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.config.network import Devnet
from devnet.faults.base import World
from devnet.history import Event, History
from devnet.scenarios.base import Arm, Scenario
from devnet.scenarios.ends import anybody_slashed_on_origin
from devnet.scenarios.single_offence import ATTACKER

REORGS = 2
"""Reorgs over a justified checkpoint, before the next kernel is stored and again afterwards."""

BLOCKS = 60
"""Origin blocks in which each step happens, with room; seen: 32 at most."""

NEW_BLOCKS = 2
"""Blocks that come at once in the place of those taken back."""

META_BLOCKS = 2
"""Meta-blocks committed at the end: the second one under the kernel whose storing was taken back."""


def _play(world: World) -> tuple[str, ...]:
    """Reorgs before the kernel moves, one over the block that stored it, and more under the new kernel."""
    missing = _over_justified(world) or _over_kernel(world) or _over_justified(world)
    if missing or _taken_back(world, "CheckpointFinalised", "OriginObserver"):
        return missing
    return (f"{_auxiliary(world).spec.name}: expected a reorg to take back an observation of origin, none did",)


def _over_justified(world: World) -> tuple[str, ...]:
    """Take back the newest justified checkpoint as soon as it is one, before anybody votes from it.

    Whoever has voted from a checkpoint that the chain then loses could sign nothing around that vote any more.
    A fork choice that keeps the highest justified checkpoint (R23) does not lose it.
    """
    chain = _auxiliary(world)
    for number in range(1, REORGS + 1):
        if not world.run_until(partial(_is_fresh, chain, chain.head.number), BLOCKS):
            return (f"{chain.spec.name}: reorg {number}: expected a new justified checkpoint, found none",)
        _take_back(chain, partial(_safe, chain))
    return ()


def _over_kernel(world: World) -> tuple[str, ...]:
    """Take back the block that stored the next kernel, as soon as it is there; another one stores it."""
    chain = _auxiliary(world)
    if not world.run_until(lambda: bool(_stored(world.history, chain)), BLOCKS):
        return (f"{chain.spec.name}: expected the next kernel to be stored, it was not",)
    stored = _stored(world.history, chain)[0].block or 0
    _take_back(chain, lambda: stored)
    again = world.run_until(lambda: len(_stored(world.history, chain)) > 1, BLOCKS)
    return () if again else (f"{chain.spec.name}: expected the kernel to be stored again after the reorg, it was not",)


def _take_back(chain: Chain, first: Callable[[], int]) -> None:
    """Abandon every block from the number ``first`` on, for a branch that ends right above it.

    It is no longer than the one before, so that its checkpoint is asked about before the next one is there. The depth
    is worked out when no other command can move the chain.
    """
    chain.later(lambda: chain.reorg(chain.head.number - first() + 1, replacement=NEW_BLOCKS)).result()


def _is_fresh(chain: Chain, floor: int) -> bool:
    """Whether a checkpoint above that block is justified, and the one after it is not there to be voted for."""
    finalised = chain.tree.block(chain.view().finalised).number
    return finalised < _safe(chain) > floor and chain.head.number < _safe(chain) + chain.spec.epoch_length


def _safe(chain: Chain) -> int:
    return chain.tree.block(chain.view().safe).number


def _auxiliary(world: World) -> Chain:
    return world.chains[world.devnet.auxiliaries[0].name]


def _stored(history: History, chain: Chain) -> list[Event]:
    """Kernels after the first that the auxiliary stored, those of abandoned blocks included."""
    stored = history.effective_events("KernelStored")
    return [one for one in stored if one.chain == chain.spec.name and str(one.payload["height"]) != "1"]


def _taken_back(world: World, kind: str, contract: str | None = None) -> list[Event]:
    """Events in blocks of the auxiliary that a later reorg left behind."""
    events = [one for one in world.history.effective_events() if one.chain == _auxiliary(world).spec.name]
    reorgs = [one for one in events if one.kind == "Reorged" and one.payload["view"] == MAIN]
    return [
        one
        for one in events
        if one.kind == kind
        and contract in (None, one.payload["contract"])
        and any(reorg.sequence > one.sequence and (reorg.block or 0) < (one.block or 0) for reorg in reorgs)
    ]


def _moved_on(devnet: Devnet, history: History) -> bool:
    """A meta-block was committed under the new kernel."""
    commits = history.effective_events("MetaBlockCommitted")
    return max((int(str(one.payload["height"])) for one in commits), default=0) >= META_BLOCKS


SCENARIO = Scenario(
    name="honest-reorg",
    summary="an auxiliary chain takes back justified checkpoints, so that honest validators sign an offence",
    source="protocol R24, R27, R52; catalogue A19, G01a",
    manifest="reorgs",
    checks=("S1", "S3", "S7", "S10", "L1", "E5"),
    arms=(
        Arm(name="attack", play=_play, done=_moved_on, blocks=2 * BLOCKS),
        Arm(
            name="defence off",
            behaviours={ATTACKER: Amnesia.name},
            play=_over_justified,
            done=anybody_slashed_on_origin,
            blocks=BLOCKS,
            slashed=(ATTACKER,),
        ),
        Arm(name="honest control", done=_moved_on, blocks=2 * BLOCKS),
    ),
)
"""The card."""
