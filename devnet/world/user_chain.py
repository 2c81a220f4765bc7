"""A chain as a user's program or test handles it: its address, a web3 of its own, its contracts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from devnet.errors import ManifestError
from devnet.world.web3_provider import make_web3

if TYPE_CHECKING:
    from web3 import Web3
    from web3.contract import Contract

    from devnet.chain.chain import Chain
    from devnet.world.world import World


class UserChain:
    """One chain of a running world.

    ``w3`` is a plain ``web3.Web3`` that signs for the funded accounts. In lockstep no block comes by
    itself: after sending, call ``mine``, or let the world ``step``.
    """

    def __init__(self, world: World, name: str, url: str) -> None:
        self._world = world
        self.name = name
        """Its name in the network."""
        self.rpc = url
        """Its JSON-RPC address over HTTP."""
        self.ws = url.replace("http://", "ws://", 1)
        """The same over WebSocket."""

    @property
    def chain(self) -> Chain:
        """The chain inside the world: branches, halts and all that a scenario may do."""
        return self._world.chains[self.name]

    @property
    def chain_id(self) -> int:
        """Its EIP-155 chain id."""
        return self.chain.spec.chain_id

    @property
    def height(self) -> int:
        """Number of its head."""
        return self.chain.head.number

    @property
    def justified(self) -> int:
        """Number of the highest justified block; on origin of the one that is ``safe``."""
        return int(self._entry["justified"])

    @property
    def finalised(self) -> int:
        """Number of the highest finalised block, as ``devnet status`` shows it."""
        return int(self._entry["finalised"])

    @property
    def accounts(self) -> tuple[str, ...]:
        """Checksummed addresses of the funded accounts, for which ``w3`` signs."""
        from eth_utils.address import to_checksum_address

        return tuple(to_checksum_address(account.address) for account in self._world.devnet.accounts)

    @property
    def addresses(self) -> Mapping[str, str]:
        """Its contracts' checksummed addresses by name, such as ``PollingPlace``; empty before deployment."""
        from eth_utils.address import to_checksum_address

        found = self._world.deployment.addresses()[self.name]
        return {name: to_checksum_address(address) for name, address in found.items()}

    @cached_property
    def w3(self) -> Web3:
        """A web3 that reads and writes this chain, and signs for the accounts of ``devnet accounts``."""
        return make_web3(self.chain, [account.secret for account in self._world.devnet.accounts])

    def contract(self, name: str) -> Contract:
        """A contract of the network, ready to be called through ``w3``.

        Raises ManifestError for a name that is not deployed here.
        """
        addresses = self.addresses
        if name not in addresses:
            raise ManifestError(f"no contract {name!r} on {self.name} (there are: {', '.join(addresses)})")
        compiled = self._world.compiled.get(name.rpartition(":")[2])
        contract: Any = self.w3.eth.contract(address=addresses[name], abi=compiled.abi)  # type: ignore[call-overload]
        return contract  # type: ignore[no-any-return]

    def mine(self, count: int = 1) -> int:
        """Make blocks now, in either mode, and return the new height."""
        return self._world.mine(self.name, count)

    def reorg(self, depth: int, past_finality: bool = False) -> None:
        """Replace the last blocks by others. Raises ChainError past finality, unless that is wanted."""
        self._world.reorg(self.name, depth, past_finality)

    @property
    def _entry(self) -> dict[str, Any]:
        return next(entry for entry in self._world.status()["chains"] if entry["name"] == self.name)

    def __repr__(self) -> str:
        """Name and address, for failing tests."""
        return f"<chain {self.name} {self.rpc}>"
