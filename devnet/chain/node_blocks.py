"""The blocks that one node has: what it has imported, where it stands among them, and the way to another head.

A call fails if the node dies under it: whoever made it brings the node back and calls again.
"""

from __future__ import annotations

from devnet.chain.block import Block, Heads
from devnet.chain.engine import Engine
from devnet.chain.tree import BlockTree
from devnet.types import Hash32

REPLAY_SIDE_BLOCKS = 128
"""Newest blocks imported again after a death: geth loses what it had not yet written."""


class NodeBlocks:
    """What one node knows of its chain's blocks; at genesis until it is told otherwise."""

    def __init__(self, engine: Engine, tree: BlockTree) -> None:
        genesis = tree.genesis.hash
        self.engine = engine
        """The connection to the node; another one after each restart."""
        self.heads = Heads(genesis, genesis, genesis)
        """Where it was last known to be."""
        self.is_unsure = False
        """Whether it may be elsewhere: a call without an answer may still have taken effect, or take effect later."""
        self._tree = tree
        self._imported = {genesis}

    def has(self, block: Hash32) -> bool:
        """Whether it has imported that block."""
        return block in self._imported

    def arrive(self, heads: Heads) -> None:
        """Note that it stands there: it said so itself."""
        self.heads = heads
        self.is_unsure = False
        self._imported.add(heads.head)

    def learn(self, block: Hash32) -> None:
        """Import a block of the tree with those of its ancestors that the node lacks; its head stays."""
        missing = []
        for entry in self._tree.back(block):
            if entry.block.hash in self._imported or entry.envelope is None:
                break
            missing.append(entry.envelope)
        missing.reverse()
        if self.engine.import_blocks(missing):
            self.is_unsure = True
        self._imported.update(envelope.hash for envelope in missing)

    def clear_way(self, heads: Heads) -> None:
        """Make sure that the node can be told to be there, whatever it holds to be final.

        geth answers VALID and does nothing for a head below or beside its finalised block: that is lowered
        first. About once a minute, and when it starts, it moves finalised blocks to a store (the freezer)
        where their numbers are taken for ever: another block of such a number could not become canonical,
        nor safe or finalised. So they are taken out.
        """
        tree = self._tree
        if not self.is_unsure and tree.is_ancestor(self.heads.finalised, heads.head):
            return
        genesis = tree.genesis.hash
        head = self.engine.head() if self.is_unsure else self.heads.head
        # Lowered before looking: nothing above is frozen any more from then on.
        self.engine.begin_set_heads(Heads(head, genesis, genesis))()
        known = head if head in tree else self.heads.head
        shared = tree.common_ancestor(known, heads.head)
        if self._is_frozen_above(shared):
            self._cut(shared)
            known = shared.hash
            self.engine.begin_set_heads(Heads(known, genesis, genesis))()
        # Told last: a node that dies on the way has to do all of it again.
        self.heads = Heads(known, genesis, genesis)

    def replay(self) -> None:
        """Bring a node that has just restarted to where it stood, with the blocks that it lost."""
        tree = self._tree
        genesis = tree.genesis.hash
        found = self.engine.head()
        # Only after a choice of head since its start does geth accept to go back.
        self.engine.begin_set_heads(Heads(found, genesis, genesis))()
        shared = tree.common_ancestor(found if found in tree else genesis, self.heads.head)
        # What it had not written when it died may have been a rewind: it then froze, as it started, what was left.
        if self._is_frozen_above(shared):
            self._cut(shared)
        lost = [*tree.path(shared.hash, self.heads.head)]
        lost += [entry for entry in tree.recent(REPLAY_SIDE_BLOCKS) if entry.block.hash in self._imported]
        self.engine.import_blocks([entry.envelope for entry in lost if entry.envelope is not None])
        self.engine.begin_set_heads(self.heads)()

    def _is_frozen_above(self, shared: Block) -> bool:
        return self.engine.frozen() > shared.number + 1

    def _cut(self, shared: Block) -> None:
        """Delete the canonical blocks above one; what else was known above it is imported again."""
        tree, known = self._tree, self._imported
        self.engine.cut(shared.number)
        self._imported = {entry.block.hash for entry in tree.back(shared.hash)}
        for tip in tree.leaves:
            if tip in known:
                self.learn(tip)
