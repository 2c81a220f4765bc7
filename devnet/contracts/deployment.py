"""Where the contracts of a network are. Known before the first transaction (fixed deployer, fixed nonces)."""

from __future__ import annotations

from dataclasses import dataclass

from devnet.config.network import Devnet
from devnet.mosaic.transfers import Ends
from devnet.types import Address, Hash32, Wei


@dataclass(frozen=True, slots=True)
class CoreDeployment:
    """One core on origin and the contracts of its auxiliary chain."""

    auxiliary: str
    """Name of the auxiliary chain."""
    core_id: bytes
    """32 bytes (R1)."""
    origin_core_id: bytes
    """32 bytes: the origin chain's own identifier (R1), for votes about origin."""
    core: Address
    """Core, on origin; also the EIP-712 verifying contract (R2)."""
    stake: Address
    """Stake, on origin."""
    evidence: Address
    """Evidence, on origin: proofs against whole sets (R38, R40)."""
    block_store: Address
    """AuxiliaryBlockStore, on auxiliary."""
    observer: Address
    """OriginObserver, on auxiliary."""
    kernel_gateway: Address
    """KernelGateway, on auxiliary: kernels and their members."""
    polling_place: Address
    """PollingPlace, on auxiliary."""
    rewards: Address
    """Rewards, on auxiliary: the fee recipient of its blocks (R75)."""
    auxiliary_root: Hash32
    """Hash of auxiliary block 0."""
    origin_root: Hash32
    """Hash of the origin block chosen as root of the observations (R35b)."""


@dataclass(frozen=True, slots=True)
class PairDeployment:
    """One pair of gateways and its two tokens (R61-R74)."""

    name: str
    """Unique in the network: the symbol of its token."""
    auxiliary: str
    """Name of the auxiliary chain."""
    token: Address
    """OriginToken, on origin: what is staked."""
    gateway: Address
    """Gateway, on origin."""
    co_gateway: Address
    """CoGateway, on auxiliary."""
    utility_token: Address
    """UtilityToken, on auxiliary: what is minted."""
    bounty_wei: Wei
    """Base coin locked with every message, on either side (R67)."""

    def ends(self, devnet: Devnet) -> Ends:
        """The two gateways with their chains' ids, as messages name them (R62)."""
        auxiliary = devnet.chain(self.auxiliary)
        return Ends(devnet.origin.chain_id, self.gateway, auxiliary.chain_id, self.co_gateway)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Every core of the network, and every pair."""

    cores: tuple[CoreDeployment, ...]
    """In manifest order of the auxiliaries."""
    pairs: tuple[PairDeployment, ...] = ()
    """In manifest order, then those added since."""

    def core_of(self, auxiliary: str) -> CoreDeployment:
        """The core of that auxiliary chain. Raises KeyError if there is none."""
        return {core.auxiliary: core for core in self.cores}[auxiliary]

    def pair(self, name: str) -> PairDeployment:
        """The pair of that name. Raises KeyError if there is none."""
        return {pair.name: pair for pair in self.pairs}[name]

    def pairs_of(self, auxiliary: str) -> tuple[PairDeployment, ...]:
        """The pairs of that auxiliary chain; its core names the first one's co-gateway."""
        return tuple(pair for pair in self.pairs if pair.auxiliary == auxiliary)

    def addresses(self) -> dict[str, dict[str, Address]]:
        """Per chain the contracts by name; on origin prefixed with the auxiliary if there are several cores.

        Those of a pair are always prefixed with its name, so that no name changes when another pair is added.
        """
        result: dict[str, dict[str, Address]] = {"origin": {}}
        several = len(self.cores) > 1
        for core in self.cores:
            prefix = f"{core.auxiliary}:" if several else ""
            result["origin"] |= {
                f"{prefix}Core": core.core,
                f"{prefix}Stake": core.stake,
                f"{prefix}Evidence": core.evidence,
            }
            result[core.auxiliary] = {
                "AuxiliaryBlockStore": core.block_store,
                "OriginObserver": core.observer,
                "KernelGateway": core.kernel_gateway,
                "PollingPlace": core.polling_place,
                "Rewards": core.rewards,
            }
        for pair in self.pairs:
            result["origin"] |= {f"{pair.name}:OriginToken": pair.token, f"{pair.name}:Gateway": pair.gateway}
            result[pair.auxiliary] |= {
                f"{pair.name}:UtilityToken": pair.utility_token,
                f"{pair.name}:CoGateway": pair.co_gateway,
            }
        return result
