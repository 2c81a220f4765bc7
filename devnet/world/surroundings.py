"""Where an actor's links lead: one per chain, and one per further node for those who look at both branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.chain.link import DirectLink, LinkPolicy
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

    @property
    def view(self) -> str:
        """The view that answers now."""
        return self.policy.view if self.policy.view in self._running.views else MAIN


class Links:
    """Every actor's links, the same objects in lockstep and behind the links' server in live mode."""

    def __init__(self, devnet: Devnet, chains: Mapping[str, Chain]) -> None:
        self._devnet = devnet
        self._chains = chains
        self._links: dict[tuple[str, str], DirectLink] = {}
        for actor in devnet.actors:
            self.add(actor.name)

    def add(self, actor: str) -> None:
        """Give an actor a link of its own to every chain and every node."""
        for key, chain, view in link_keys(self._devnet):
            self._links[actor, key] = NodeLink(self._chains[chain], LinkPolicy(view=view))

    def find(self, actor: str, key: str) -> DirectLink:
        """The link of an actor by its key. Raises KeyError if there is none."""
        return self._links[actor, key]

    def marks(self) -> dict[tuple[str, str], tuple[str, bool]]:
        """How every link is bent, as ``rewind`` takes it."""
        return {key: (link.policy.view, link.policy.cut) for key, link in self._links.items()}

    def rewind(self, marks: Mapping[tuple[str, str], tuple[str, bool]]) -> None:
        """Bend every link as it was."""
        for key, (view, cut) in marks.items():
            policy = self._links[key].policy
            policy.view, policy.cut, policy.affected = view, cut, 0
