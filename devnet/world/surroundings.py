"""Where an actor's links lead: one per chain, and one per further node for those who look at both branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink, Link, LinkPolicy
from devnet.config.network import Devnet


def link_keys(devnet: Devnet) -> Iterator[tuple[str, str, str]]:
    """Every link of an actor as (key, chain, view): ``origin``, ``auxiliary-1``, ``auxiliary-1/node-1``, ..."""
    for chain in devnet.chains:
        yield chain.name, chain.name, MAIN
        for node in chain.nodes[1:]:
            yield f"{chain.name}/{view_of(node.index)}", chain.name, view_of(node.index)


def view_of(node: int) -> str:
    """Name of the view that a node keeps."""
    return MAIN if node == 0 else f"node-{node}"


class NodeLink(DirectLink):
    """A direct link to the view that a node keeps: the main view's until the node has a branch of its own."""

    def __init__(self, chain: Chain, policy: LinkPolicy) -> None:
        super().__init__(chain, policy)
        self._running = chain

    def call(self, method: str, params: Sequence[object] = ()) -> Any:
        """The ``result`` of one call."""
        self.policy.admit(self.chain)
        view = self.policy.view if self.policy.view in self._running.views else MAIN
        return self._running.rpc(method, params, view)


class Links:
    """Every actor's links, the same objects in lockstep and behind the links' server in live mode."""

    def __init__(self, devnet: Devnet, chains: Mapping[str, Chain]) -> None:
        self._links: dict[tuple[str, str], Link] = {
            (actor.name, key): NodeLink(chains[chain], LinkPolicy(view=view))
            for actor in devnet.actors
            for key, chain, view in link_keys(devnet)
        }

    def find(self, actor: str, key: str) -> Link:
        """The link of an actor by its key. Raises KeyError if there is none."""
        return self._links[actor, key]
