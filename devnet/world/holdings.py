"""What every pair of gateways holds, kept up to date so that a status asks no node: one may hang."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from devnet.chain.block import MAIN
from devnet.chain.link import Link
from devnet.contracts.handle import Read, read_many
from devnet.contracts.handles import Handles, PairHandles
from devnet.errors import ChainError
from devnet.world.watcher import Happening


class Holdings:
    """Asks gateways what is locked, and utility tokens what is minted, whenever something told of a change.

    ``link_to(chain)`` is a link to the main view of a chain.
    """

    def __init__(self, link_to: Callable[[str], Link], origin: str) -> None:
        self._link_to = link_to
        self._origin = origin
        self._pairs: tuple[PairHandles, ...] = ()
        self._due: set[tuple[str, str]] = set()
        self._amounts: dict[tuple[str, str], int] = {}

    def know(self, contracts: Handles) -> None:
        """From now on these pairs are asked; all of them now."""
        self._pairs = contracts.pairs
        self._amounts.clear()
        self._due = {(chain, pair.deployment.name) for pair in self._pairs for chain in self._sides(pair)}
        self._ask({chain for chain, _ in self._due})

    def update(self, happenings: Iterable[Happening]) -> None:
        """Ask again about every pair of which a main view told something, and about all pairs of a chain that reorged.

        Those that did not answer are asked again once their chain tells anything: until then it may hang.
        """
        if not self._pairs:
            return
        told = [(kind, chain, payload) for kind, chain, _, payload in happenings if payload.get("view") == MAIN]
        reorged = {chain for kind, chain, _ in told if kind == "Reorged"}
        changed = {(chain, payload["pair"]) for _, chain, payload in told if "pair" in payload}
        for pair in self._pairs:
            keys = [(chain, pair.deployment.name) for chain in self._sides(pair)]
            self._due.update(key for key in keys if key in changed or key[0] in reorged)
        self._ask({chain for _, chain, _ in told if chain is not None})

    def locked(self, pair: str) -> int | None:
        """Tokens in the Gateway's account on origin; None where origin did not answer."""
        return self._amounts.get((self._origin, pair))

    def minted(self, pair: str, auxiliary: str) -> int | None:
        """Supply of the utility token; None where its chain did not answer."""
        return self._amounts.get((auxiliary, pair))

    def _sides(self, pair: PairHandles) -> tuple[str, str]:
        return self._origin, pair.deployment.auxiliary

    def _ask(self, chains: Iterable[str]) -> None:
        for chain in sorted(chains):
            pairs = [pair for pair in self._pairs if (chain, pair.deployment.name) in self._due]
            keys = [(chain, pair.deployment.name) for pair in pairs]
            try:
                amounts = read_many(self._link_to(chain), [self._read(chain, pair) for pair in pairs])
            except ChainError:
                for key in keys:
                    self._amounts.pop(key, None)
            else:
                self._amounts |= {key: int(amount) for key, amount in zip(keys, amounts, strict=True)}
                self._due.difference_update(keys)

    def _read(self, chain: str, pair: PairHandles) -> Read:
        return Read(pair.gateway, "locked") if chain == self._origin else Read(pair.utility_token, "totalSupply")
