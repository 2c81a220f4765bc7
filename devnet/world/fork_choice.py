"""Which branch of an auxiliary chain is built on when branches join (R23).

The branch of the highest checkpoint justified by any valid votes that the producer knows: counted ones of any
branch, those that wait in a mempool, those shown on origin. Then the longest, then the main view's. A branch without
the checkpoint that the main view has finalised, or that origin has committed, is not a choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from devnet.actors.public_votes import votes_waiting
from devnet.actors.structs import vote_of
from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink, LinkPolicy
from devnet.chain.tree import BlockTree
from devnet.chain.view import Tip
from devnet.contracts.handle import parse_bytes
from devnet.contracts.handles import CoreHandles
from devnet.history import History
from devnet.mosaic.finality import Checkpoint, FinalityTracker
from devnet.mosaic.quorum import Tally
from devnet.mosaic.signatures import Domain
from devnet.mosaic.votes import Vote
from devnet.types import Address, Hash32

Weigh = Callable[[frozenset[Address]], Tally]
"""The tally of some validators, in the sets of the kernel that is active."""


@dataclass(frozen=True, slots=True)
class KnownVote:
    """A vote about the auxiliary that is public somewhere."""

    vote: Vote
    """What it says."""
    validator: Address
    """Who signed it."""


def justified_height(
    root: Checkpoint, votes: Iterable[KnownVote], is_on_branch: Callable[[Checkpoint], bool], weigh: Weigh
) -> int:
    """Height of the highest checkpoint of a branch that these votes justify, from what is justified already.

    Votes that differ in anything never combine (R12); both ends of a link must be on the branch.
    """
    signers: dict[Vote, set[Address]] = {}
    for known in votes:
        signers.setdefault(known.vote, set()).add(known.validator)
    tracker = FinalityTracker(root)
    for vote, validators in signers.items():
        source, target = Checkpoint(vote.source, vote.source_height), Checkpoint(vote.target, vote.target_height)
        if source.height >= target.height or not (is_on_branch(source) and is_on_branch(target)):
            continue
        if weigh(frozenset(validators)).has_quorum():
            tracker.add_link(source, target)
    return tracker.last_justified().height


class ForkChoice:
    """R23 for one auxiliary chain."""

    def __init__(self, chain: Chain, origin: Chain, core: CoreHandles, history: History) -> None:
        self._chain = chain
        self._origin = origin
        self._core = core
        self._history = history

    def choose(self, tips: Sequence[Tip], tree: BlockTree) -> Hash32:
        """Hash of the tip to build on; main's comes first among ``tips``."""
        votes = self._votes()
        kept = [tip for tip in tips if self._keeps(tip, tree)] or tips[:1]
        return max(kept, key=lambda tip: (self._justified(tip, tree, votes), tip.block.number)).block.hash

    def _keeps(self, tip: Tip, tree: BlockTree) -> bool:
        """Whether the branch has what is finalised on the main view and what origin has committed."""
        link = DirectLink(self._origin, LinkPolicy())
        committed = bytes(self._core.core.read(link, "lastCommitted")["checkpoint"])
        final = self._chain.view(MAIN).finalised
        return all(tree.is_ancestor(one, tip.block.hash) for one in (final, committed) if one in tree)

    def _justified(self, tip: Tip, tree: BlockTree, votes: Sequence[KnownVote]) -> int:
        link = DirectLink(self._chain, LinkPolicy(view=tip.view))
        at = tip.block.hash
        reference = self._core.block_store.read(link, "lastJustified", block=at)
        root = Checkpoint(bytes(reference["hash"]), int(reference["height"]))

        def is_on_branch(checkpoint: Checkpoint) -> bool:
            number = checkpoint.height * self._chain.spec.epoch_length
            return number <= tip.block.number and tree.ancestor_at(at, number).hash == checkpoint.hash

        return justified_height(root, votes, is_on_branch, self._weigh(link, at))

    def _weigh(self, link: DirectLink, at: Hash32) -> Weigh:
        gateway = self._core.kernel_gateway
        kernel = int(gateway.read(link, "activeHeight", block=at))
        forward_total, rear_total = gateway.read(link, "totals", kernel, block=at)

        def weight(height: int, validators: frozenset[Address]) -> int:
            free = [v for v in sorted(validators) if not self._core.polling_place.read(link, "isSlashed", v, block=at)]
            return sum(int(gateway.read(link, "weightAt", height, v, block=at)) for v in free)

        return lambda validators: Tally(
            weight(kernel, validators), forward_total, weight(max(kernel - 1, 0), validators), rear_total
        )

    def _votes(self) -> list[KnownVote]:
        core_id, name = self._core.deployment.core_id, self._core.deployment.auxiliary
        known = [
            KnownVote(_recorded(event.payload["vote"]), parse_bytes(event.payload["validator"]))
            for kind in ("VoteCast", "ConflictingVote")
            for event in self._history.effective_events(kind)
            if event.payload["auxiliary"] == name
        ]
        domain = Domain(self._origin.spec.chain_id, self._core.deployment.core)
        waiting = [self._chain.rpc("devnet_pendingTransactions", (), view) for view in self._chain.views]
        waiting.append(self._origin.rpc("devnet_pendingTransactions"))
        contracts = (self._core.polling_place, self._core.stake)
        for transactions in waiting:
            known += [KnownVote(one.vote, one.validator) for one in votes_waiting(transactions, contracts, domain)]
        return [one for one in known if one.vote.core_id == core_id]


def _recorded(fields: object) -> Vote:
    assert isinstance(fields, Mapping)
    numbers = {name: int(fields[name]) for name in ("sourceHeight", "targetHeight")}
    return vote_of({name: parse_bytes(value) for name, value in fields.items() if name not in numbers} | numbers)
