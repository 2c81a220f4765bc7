"""Which branch of an auxiliary chain is built on when branches join (R23).

The branch of the highest checkpoint justified by any valid votes that the producer knows, wherever they are public.
Then the longest, then the main view's. A branch without the checkpoint that the main view has finalised, or that
origin has committed, is not a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.chain.joining import Tip
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.chain.tree import BlockTree
from devnet.contracts.handles import CoreHandles
from devnet.history import History
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Address, Hash32
from devnet.world.branch import Branch
from devnet.world.known_votes import KnownVotes


def justified_height(branch: Branch, votes: Iterable[SignedVote]) -> int:
    """Height of the highest checkpoint of a branch that these votes justify, from what is justified there already.

    Votes that differ in anything never combine (R12), and only those count that the branch admits.
    """
    signers: dict[Vote, set[Address]] = {}
    for signed in votes:
        signers.setdefault(signed.vote, set()).add(signed.validator)
    height, reached = branch.justified_height, set[Hash32]()
    # Links go upwards: in this order all that lead to a source come before those that start there.
    for vote in sorted(filter(branch.admits, signers), key=lambda one: one.source_height):
        is_reached = vote.source in reached or branch.is_justified(vote.source)
        if is_reached and branch.tally(vote.source, signers[vote]).has_quorum():
            reached.add(vote.target)
            height = max(height, vote.target_height)
    return height


class ForkChoice:
    """R23 for one auxiliary chain."""

    def __init__(self, chain: Chain, origin: Chain, core: CoreHandles, history: History) -> None:
        self._chain = chain
        self._origin = origin
        self._core = core
        self._votes = KnownVotes(chain, origin, core, history)

    def choose(self, tips: Sequence[Tip], tree: BlockTree) -> Hash32:
        """Hash of the tip to build on; main's comes first among ``tips``. Raises ChainError if nobody answers."""
        kept = [tip for tip in tips if self._keeps(tip, tree)] or tips[:1]
        branches = {tip: self._branch(tip, tree) for tip in kept}
        votes = self._votes.above(min(branch.finalised_height for branch in branches.values()))
        return max(kept, key=lambda tip: (justified_height(branches[tip], votes), tip.block.number)).block.hash

    def _keeps(self, tip: Tip, tree: BlockTree) -> bool:
        """Whether the branch has what is finalised on the main view and what origin has committed."""
        link = DirectLink(self._origin)
        committed = bytes(self._core.core.read(link, "lastCommitted")["checkpoint"])
        final = self._chain.view(MAIN).finalised
        return all(tree.is_ancestor(one, tip.block.hash) for one in (final, committed) if one in tree)

    def _branch(self, tip: Tip, tree: BlockTree) -> Branch:
        link = DirectLink(self._chain, LinkPolicy(view=tip.view))
        return Branch(self._core, link, tip, tree, self._chain.spec.epoch_length)
