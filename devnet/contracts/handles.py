"""Every contract of a network as a handle, by auxiliary chain and by chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from devnet.artifacts.contracts import CompiledContracts
from devnet.contracts.deployment import CoreDeployment, Deployment, PairDeployment
from devnet.contracts.handle import ContractHandle, DecodedEvent, parse_bytes
from devnet.types import Address


@dataclass(frozen=True, slots=True)
class CoreHandles:
    """The contracts of one core, on origin and on its auxiliary chain."""

    deployment: CoreDeployment
    """Addresses and identifiers."""
    core: ContractHandle
    """Core, on origin."""
    stake: ContractHandle
    """Stake, on origin."""
    evidence: ContractHandle
    """Evidence, on origin."""
    block_store: ContractHandle
    """AuxiliaryBlockStore, on auxiliary."""
    observer: ContractHandle
    """OriginObserver, on auxiliary."""
    kernel_gateway: ContractHandle
    """KernelGateway, on auxiliary."""
    polling_place: ContractHandle
    """PollingPlace, on auxiliary."""
    rewards: ContractHandle
    """Rewards, on auxiliary."""

    @property
    def on_origin(self) -> tuple[ContractHandle, ...]:
        """Those on origin."""
        return self.core, self.stake, self.evidence

    @property
    def on_auxiliary(self) -> tuple[ContractHandle, ...]:
        """Those on the auxiliary chain."""
        return self.block_store, self.observer, self.kernel_gateway, self.polling_place, self.rewards


@dataclass(frozen=True, slots=True)
class PairHandles:
    """The contracts of one pair, on origin and on its auxiliary chain."""

    deployment: PairDeployment
    """Addresses and the bounty."""
    token: ContractHandle
    """OriginToken, on origin."""
    gateway: ContractHandle
    """Gateway, on origin."""
    co_gateway: ContractHandle
    """CoGateway, on auxiliary."""
    utility_token: ContractHandle
    """UtilityToken, on auxiliary."""

    @property
    def on_origin(self) -> tuple[ContractHandle, ...]:
        """Those on origin."""
        return self.token, self.gateway

    @property
    def on_auxiliary(self) -> tuple[ContractHandle, ...]:
        """Those on the auxiliary chain."""
        return self.utility_token, self.co_gateway


class Handles:
    """All contracts of a network."""

    def __init__(self, deployment: Deployment, compiled: CompiledContracts) -> None:
        self.deployment: Final = deployment
        """Where they are."""
        self.pairs: Final = tuple(_pair_handles(pair, compiled) for pair in deployment.pairs)
        """The contracts of every pair, in the deployment's order."""
        self._cores = {core.auxiliary: _core_handles(core, compiled) for core in deployment.cores}
        self._by_address: dict[str, dict[Address, ContractHandle]] = {"origin": {}}
        for name, core in self._cores.items():
            self._by_address["origin"] |= {handle.address: handle for handle in core.on_origin}
            self._by_address[name] = {handle.address: handle for handle in core.on_auxiliary}
        for pair in self.pairs:
            self._by_address["origin"] |= {handle.address: handle for handle in pair.on_origin}
            self._by_address[pair.deployment.auxiliary] |= {handle.address: handle for handle in pair.on_auxiliary}

    def core_of(self, auxiliary: str) -> CoreHandles:
        """The contracts of that auxiliary's core. Raises KeyError if there is none."""
        return self._cores[auxiliary]

    def pair(self, name: str) -> PairHandles:
        """The contracts of that pair. Raises KeyError if there is none."""
        return {pair.deployment.name: pair for pair in self.pairs}[name]

    def on_chain(self, chain: str) -> tuple[ContractHandle, ...]:
        """The contracts on one chain, those of pairs last. Raises KeyError for an unknown chain."""
        return tuple(self._by_address[chain].values())

    def of_cores(self, chain: str) -> tuple[ContractHandle, ...]:
        """The contracts on one chain that belong to no pair: what consensus is made of."""
        return tuple(handle for handle in self._by_address[chain].values() if not handle.pair)

    def gateways(self, chain: str) -> tuple[ContractHandle, ...]:
        """Every Gateway on origin, or every CoGateway on an auxiliary."""
        names = ("Gateway", "CoGateway")
        return tuple(handle for handle in self._by_address[chain].values() if handle.name in names)

    def decode(self, chain: str, log: Mapping[str, Any]) -> DecodedEvent | None:
        """The event in a log of that chain; None if no contract of ours wrote it."""
        handle = self._by_address[chain].get(parse_bytes(log["address"]))
        return None if handle is None else handle.decode_log(log)


def _core_handles(core: CoreDeployment, compiled: CompiledContracts) -> CoreHandles:
    def handle(name: str, address: Address) -> ContractHandle:
        return ContractHandle(name, address, compiled.get(name).abi, core.auxiliary)

    return CoreHandles(
        deployment=core,
        core=handle("Core", core.core),
        stake=handle("Stake", core.stake),
        evidence=handle("Evidence", core.evidence),
        block_store=handle("AuxiliaryBlockStore", core.block_store),
        observer=handle("OriginObserver", core.observer),
        kernel_gateway=handle("KernelGateway", core.kernel_gateway),
        polling_place=handle("PollingPlace", core.polling_place),
        rewards=handle("Rewards", core.rewards),
    )


def _pair_handles(pair: PairDeployment, compiled: CompiledContracts) -> PairHandles:
    def handle(name: str, address: Address) -> ContractHandle:
        return ContractHandle(name, address, compiled.get(name).abi, pair.auxiliary, pair.name)

    return PairHandles(
        deployment=pair,
        token=handle("OriginToken", pair.token),
        gateway=handle("Gateway", pair.gateway),
        co_gateway=handle("CoGateway", pair.co_gateway),
        utility_token=handle("UtilityToken", pair.utility_token),
    )
