"""Reports to each auxiliary's nodes what Mosaic has justified and finalised (R23), as ``safe`` and ``finalized``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from devnet.chain.block import MAIN
from devnet.chain.chain import Chain
from devnet.chain.joining import Tip, choose_longest
from devnet.chain.link import DirectLink
from devnet.chain.transaction import Transaction
from devnet.chain.tree import BlockTree
from devnet.config.network import ChainSpec, Devnet
from devnet.contracts.handle import Read, read_many
from devnet.contracts.handles import Handles
from devnet.history import History
from devnet.types import Hash32
from devnet.world.fork_choice import ForkChoice
from devnet.world.watcher import Happening

TELLING = frozenset({"CheckpointJustified", "CheckpointFinalised", "Reorged", "Rewound"})
"""Events after which the contract is asked anew."""

COMMITTING = frozenset({"MetaBlockCommitted", "Reorged", "Rewound"})
"""Events of origin after which the cores are asked anew."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one auxiliary has come, as its own contract says at its head."""

    justified: int = 0
    """Block number of the highest justified checkpoint."""
    justified_hash: bytes = b""
    """Its hash."""
    finalised: int = 0
    """Block number of the highest finalised checkpoint."""


class Finality:
    """Asks the block stores, and passes on to the chains what they say."""

    def __init__(self, devnet: Devnet, chains: Mapping[str, Chain], history: History) -> None:
        self._devnet = devnet
        self._history = history
        self._chains = chains
        self._handles: Handles | None = None
        self.reached: dict[str, Reached] = {chain.name: Reached() for chain in devnet.auxiliaries}
        """Per auxiliary what was last reported."""
        self.committed: dict[str, int] = dict.fromkeys(self.reached, 0)
        """Per auxiliary how many meta-blocks its core has committed on origin."""
        self.committed_block: dict[str, int] = dict.fromkeys(self.reached, 0)
        """Per auxiliary the number of the block whose state root its core committed last."""

    def know(self, handles: Handles) -> None:
        """From now on these contracts are asked."""
        self._handles = handles

    def update(self, happenings: Iterable[Happening]) -> None:
        """Ask again on every auxiliary whose main view told of a change."""
        if self._handles is None:
            return
        happenings = tuple(happenings)
        changed = {chain for kind, chain, _, payload in happenings if kind in TELLING and payload.get("view") == MAIN}
        for spec in self._devnet.auxiliaries:
            if spec.name in changed:
                self._report(self._handles, spec)
        origin = self._devnet.origin.name
        if any(kind in COMMITTING and chain == origin for kind, chain, _, _ in happenings):
            self._ask_cores(self._handles)

    def refresh(self) -> None:
        """Ask every auxiliary, as after a rewind."""
        if self._handles is not None:
            for spec in self._devnet.auxiliaries:
                self._report(self._handles, spec)
            self._ask_cores(self._handles)

    def choose(self, chain: str, tips: Sequence[Tip], tree: BlockTree) -> Hash32:
        """The tip to build on when branches join: R23 for an auxiliary, the longest for origin."""
        if self._handles is None or chain not in self.reached:
            return choose_longest(tips, tree)
        core, origin = self._handles.core_of(chain), self._chains[self._devnet.origin.name]
        return ForkChoice(self._chains[chain], origin, core, self._history).choose(tips, tree)

    def goes_first(self, chain: str, transaction: Transaction) -> bool:
        """Whether a transaction is put first when branches join (R23): it carries votes, or the reports they need."""
        if self._handles is None or chain not in self.reached:
            return False
        core = self._handles.core_of(chain)
        return transaction.to in {handle.address for handle in (core.polling_place, core.block_store, core.observer)}

    def _ask_cores(self, handles: Handles) -> None:
        link = DirectLink(self._chains[self._devnet.origin.name])
        for auxiliary in self.committed:
            core = handles.core_of(auxiliary).core
            count, height = read_many(link, [Read(core, "committedMetaHeight"), Read(core, "committedHeight")])
            self.committed[auxiliary] = int(count)
            self.committed_block[auxiliary] = int(height) * self._devnet.chain(auxiliary).epoch_length

    def _report(self, handles: Handles, spec: ChainSpec) -> None:
        chain = self._chains[spec.name]
        link = DirectLink(chain)
        store, length = handles.core_of(spec.name).block_store, spec.epoch_length
        justified, finalised = read_many(link, [Read(store, "lastJustified"), Read(store, "lastFinalised")])
        self.reached[spec.name] = Reached(justified["height"] * length, justified["hash"], finalised["height"] * length)
        chain.set_finality(justified["hash"], finalised["hash"])
