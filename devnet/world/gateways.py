"""Pairs of gateways that are added while a network runs, and what all of them hold (R61-R74)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import count

from eth_utils.address import to_checksum_address

from devnet.artifacts.contracts import CompiledContracts
from devnet.config.manifest import DEFAULT_BOUNTY_WEI
from devnet.config.network import PairSpec
from devnet.config.validate import symbol_problem
from devnet.contracts.creation import Creation, sign_creations
from devnet.contracts.deployment import Deployment, PairDeployment
from devnet.contracts.handles import Handles
from devnet.contracts.pairs import pair_on_auxiliary, pair_on_origin, place_pair
from devnet.contracts.verification import verify_pair
from devnet.errors import ChainError, ManifestError, UsageError
from devnet.types import Json, Wei
from devnet.world.deploying import record_pair
from devnet.world.holdings import Holdings
from devnet.world.running import Running

BLOCKS = 30
"""Blocks of a chain in which a pair is created: its two contracts fit one block, behind what waits already."""


class Gateways:
    """Adds pairs of gateways to one running world."""

    def __init__(
        self, running: Running, compiled: CompiledContracts, paused: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._running = running
        self._compiled = compiled
        self._paused = paused
        self._devnet = running.devnet

    def add(
        self, auxiliary: str | None = None, symbol: str | None = None, bounty_wei: Wei = DEFAULT_BOUNTY_WEI
    ) -> dict[str, Json]:
        """Create a token, its utility token and their gateways; at least one block is made on both chains.

        Without ``auxiliary`` on the first one; without ``symbol`` under the first of TKN1, TKN2, ... that is free.
        The facilitators begin again and serve the new pair too. Raises ManifestError for an unknown chain or a
        symbol that cannot be, UsageError where the core or a chain has halted.
        """
        with self._paused():
            spec = self._spec(auxiliary, symbol, bounty_wei)
            self._require_running(spec.auxiliary)
            pair = self._create(spec)
            self._running.take_over()
            self._running.know(self._contracts_with(pair))
            for handle in self._running.cast.values():
                if handle.spec.kind == "facilitator":
                    handle.learn(self._running.contracts)
            record_pair(pair, self._running.history, self._running.clock.now())
        return next(row for row in pair_rows(self._running) if row["name"] == pair.name)

    def pairs(self) -> list[dict[str, Json]]:
        """Every pair: its contracts, and what they hold."""
        return pair_rows(self._running)

    def _spec(self, auxiliary: str | None, symbol: str | None, bounty_wei: Wei) -> PairSpec:
        chains = [chain.name for chain in self._devnet.auxiliaries]
        taken = [pair.name for pair in self._deployment.pairs]
        name = next(f"TKN{n}" for n in count(1) if f"TKN{n}" not in taken) if symbol is None else symbol
        if (problem := symbol_problem(name)) is not None:
            raise ManifestError(f"symbol: {problem}")
        if name in taken:
            raise ManifestError(f"symbol {name!r} is taken: choose another (there are: {', '.join(taken)})")
        if auxiliary is not None and auxiliary not in chains:
            raise ManifestError(f"no auxiliary chain {auxiliary!r} in this network (there are: {', '.join(chains)})")
        return PairSpec(name, chains[0] if auxiliary is None else auxiliary, bounty_wei)

    def _require_running(self, auxiliary: str) -> None:
        core = self._running.contracts.core_of(auxiliary).core
        if core.read(self._running.to_origin, "isHalted"):
            raise UsageError(f"the core of {auxiliary} has halted: nothing can be staked on a gateway of it")
        for name in (self._devnet.origin.name, auxiliary):
            if self._running.chains[name].halted:
                raise UsageError(f"{name} is halted and makes no block: resume it first")

    def _create(self, spec: PairSpec) -> PairDeployment:
        origin = self._devnet.origin.name
        nonces = {name: self._nonce(name, "pending") for name in (origin, spec.auxiliary)}
        pair = place_pair(spec, self._devnet.deployer.address, nonces[origin], nonces[spec.auxiliary])
        core = self._deployment.core_of(spec.auxiliary)
        self._mine(origin, nonces[origin], pair_on_origin(self._devnet, core, pair))
        self._mine(spec.auxiliary, nonces[spec.auxiliary], pair_on_auxiliary(core, pair))
        contracts = self._contracts_with(pair)
        verify_pair(
            contracts.pair(pair.name),
            contracts.deployment,
            self._running.to_origin,
            self._running.link(spec.auxiliary),
        )
        return pair

    def _mine(self, name: str, first_nonce: int, creations: list[Creation]) -> None:
        chain, deployer = self._running.chains[name], self._devnet.deployer
        for raw in sign_creations(creations, deployer, chain.spec, first_nonce, self._compiled):
            chain.submit(raw)
        for _ in range(BLOCKS):
            chain.mine()
            if self._nonce(name, "latest") >= first_nonce + len(creations):
                return
        raise ChainError(f"{name}: expected the pair's contracts in {BLOCKS} blocks, found them still pending")

    def _nonce(self, name: str, block: str) -> int:
        address = "0x" + self._devnet.deployer.address.hex()
        return int(self._running.link(name).call("eth_getTransactionCount", (address, block)), 16)

    def _contracts_with(self, pair: PairDeployment) -> Handles:
        deployment = replace(self._deployment, pairs=(*self._deployment.pairs, pair))
        return Handles(deployment, self._compiled)

    @property
    def _deployment(self) -> Deployment:
        return self._running.contracts.deployment


def pair_rows(running: Running) -> list[dict[str, Json]]:
    """Every pair with what is locked and minted; null where the chain did not answer."""
    return [_row(pair, running.holdings) for pair in running.contracts.deployment.pairs]


def _row(pair: PairDeployment, holdings: Holdings) -> dict[str, Json]:
    locked, minted = holdings.locked(pair.name), holdings.minted(pair.name, pair.auxiliary)
    return {
        "name": pair.name,
        "auxiliary": pair.auxiliary,
        "token": to_checksum_address(pair.token),
        "gateway": to_checksum_address(pair.gateway),
        "co_gateway": to_checksum_address(pair.co_gateway),
        "utility_token": to_checksum_address(pair.utility_token),
        "bounty_wei": str(pair.bounty_wei),
        "locked_wei": None if locked is None else str(locked),
        "minted_wei": None if minted is None else str(minted),
    }
