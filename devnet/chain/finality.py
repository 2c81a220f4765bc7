"""What a chain calls safe and finalised where that follows from its head, as on an origin."""

from __future__ import annotations

from devnet.chain.tree import BlockTree
from devnet.chain.view import View
from devnet.config.network import ChainSpec
from devnet.types import Hash32


def finality_behind(spec: ChainSpec, tree: BlockTree, view: View, number: int) -> tuple[Hash32, Hash32]:
    """Safe and finalised block once the view has a block of that height: boundaries of epochs behind it.

    Where the World says what is final (an auxiliary), they stay as they are.
    """
    epochs, epoch = spec.finalised_after_epochs, spec.epoch_length
    if epochs == 0:
        return view.safe, view.finalised
    marks = []
    for behind, old in (((epochs - 1) * epoch, view.safe), (epochs * epoch, view.finalised)):
        height = max(min(number - behind, number - 1) // epoch * epoch, 0)
        # What was final once stays so, even if a reorg made the head lower.
        is_higher = height > tree.block(old).number
        marks.append(tree.ancestor_at(view.head.hash, height).hash if is_higher else old)
    return marks[0], marks[1]
