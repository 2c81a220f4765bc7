"""The parts of a running world that its drivers move."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from devnet.chain.chain import Chain
from devnet.chain.clock import Clock
from devnet.chain.link import DirectLink
from devnet.config.network import Devnet
from devnet.contracts.handles import Handles
from devnet.errors import UsageError
from devnet.history import History
from devnet.world.cast import ActorHandle
from devnet.world.finality import Finality
from devnet.world.holdings import Holdings
from devnet.world.surroundings import Links
from devnet.world.watcher import Happening, Watcher


@dataclass(slots=True)
class Running:
    """Chains, actors and what binds them."""

    devnet: Devnet
    """The network's description."""
    chains: Mapping[str, Chain]
    """By name, the origin first."""
    history: History
    """Where events go."""
    watcher: Watcher
    """Turns blocks into events."""
    clock: Clock
    """The one clock."""
    finality: Finality
    """What every auxiliary has justified and finalised."""
    links: Links | None = None
    """Every actor's links, once there are actors."""
    cast: dict[str, ActorHandle] = field(default_factory=dict)
    """The actors by name, in manifest order."""
    holdings: Holdings = field(init=False)
    """What every pair of gateways holds."""
    _contracts: Handles | None = None
    _taking_over: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Nothing is held before there are contracts."""
        self.holdings = Holdings(self.link, self.devnet.origin.name)

    @property
    def contracts(self) -> Handles:
        """The contracts that there are now. Raises UsageError before they are deployed."""
        if self._contracts is None:
            raise UsageError("the world has not come that far: call deploy() first")
        return self._contracts

    def link(self, chain: str) -> DirectLink:
        """An open way to a chain."""
        return DirectLink(self.chains[chain])

    @property
    def to_origin(self) -> DirectLink:
        """An open way to origin."""
        return self.link(self.devnet.origin.name)

    def know(self, contracts: Handles) -> None:
        """From now on these are the contracts whose logs are read and who are asked."""
        with self._taking_over:
            self._contracts = contracts
            self.watcher.know(contracts)
            self.finality.know(contracts)
            self.holdings.know(contracts)

    def take_over(self) -> list[Happening]:
        """Bring the History up to date with the chains, and the chains with the finality their contracts tell.

        One at a time, so that a later look at a contract is never overwritten by an earlier one.
        """
        with self._taking_over:
            happenings = self.watcher.flush()
            self.finality.update(happenings)
            self.holdings.update(happenings)
            return happenings

    def end_actors(self) -> None:
        """End every actor, whether it still runs or not."""
        for handle in self.cast.values():
            handle.end()


def mine_every_view(chain: Chain) -> None:
    """One block on each view of a chain: its branches grow side by side."""
    for view in chain.views:
        chain.mine(view=view)
