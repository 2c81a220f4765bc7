"""Which link an honest validator votes for: pure choices from what both chains say (R10, R22, R24, R30)."""

from __future__ import annotations

from collections.abc import Callable

from devnet.actors.auxiliary_state import Observed
from devnet.actors.blocks import Blocks
from devnet.mosaic.finality import Checkpoint, Link
from devnet.types import Address, Hash32

BlockAt = Callable[[int], "Hash32 | None"]
"""Hash of the own node's block at a checkpoint height; None where it has none, or none to be relied on yet."""


def newest_target(observed: Observed, newest: int, block_at: BlockAt) -> Checkpoint | None:
    """The highest reported checkpoint that the own node has, at most at height ``newest``, above the last finalised."""
    for height in range(newest, observed.last_finalised.height, -1):
        digest = block_at(height)
        if digest is not None and digest in observed.reported:
            return Checkpoint(digest, height)
    return None


def justified_source(observed: Observed, block_at: BlockAt) -> Checkpoint | None:
    """The highest justified checkpoint that the own node has, not below the last finalised (R10)."""
    lowest = observed.last_finalised.height
    known = [
        Checkpoint(digest, height)
        for digest, height in observed.justified.items()
        if height >= lowest and block_at(height) == digest
    ]
    return max(known, key=lambda one: one.height, default=None)


def own_link(observed: Observed, newest: int, block_at: BlockAt) -> Link | None:
    """From the highest justified checkpoint to the highest reported one; None while there is nothing above it."""
    source, target = justified_source(observed, block_at), newest_target(observed, newest, block_at)
    if source is None or target is None or target.height <= source.height:
        return None
    return Link(source, target)


def links_of_others(
    observed: Observed, validator: Address, newest: int, block_at: BlockAt, kernel: int = 0
) -> list[Link]:
    """Open links that others voted for and the own node confirms, the lowest target first (R24).

    Open means that the target is not justified yet and this validator's vote on the link is not counted, or was
    counted under an older kernel only (R15).
    """
    found = []
    for (source, target), votes in observed.links.items():
        # The cheapest first: in a long run all but the last few links are justified.
        if target in observed.justified or source not in observed.justified:
            continue
        link = Link(Checkpoint(source, votes[0].vote.source_height), Checkpoint(target, votes[0].vote.target_height))
        if (
            link.source.height >= observed.last_finalised.height
            and link.target.height <= newest
            and block_at(link.source.height) == source
            and block_at(link.target.height) == target
            and all(
                signed.validator != validator or observed.is_void(signed.vote, validator, kernel) for signed in votes
            )
        ):
            found.append(link)
    return sorted(found, key=lambda link: (link.target.height, link.source.height, link.target.hash))


def contradicted(observed: Observed, blocks: Blocks, epoch_length: int) -> list[Checkpoint]:
    """Justified checkpoints that the own node has other blocks for (R31), in the order of events."""
    return [
        Checkpoint(digest, height)
        for digest, height in observed.justified.items()
        if blocks.has_other(height * epoch_length, digest)
    ]
