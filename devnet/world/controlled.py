"""What the control API needs of a network and of the world that it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from devnet.history import History
from devnet.world.transfer_requests import ControlledTransfers


class ControlledMembership(Protocol):
    """Validators that come and go."""

    def join(self, name: str, weight_wei: int) -> Mapping[str, Any]:
        """Start a new validator and deposit its stake."""

    def leave(self, name: str) -> Mapping[str, Any]:
        """Log a validator out."""

    def withdraw(self, name: str) -> Mapping[str, Any]:
        """Pay a validator's stake back."""

    def validators(self) -> Sequence[Mapping[str, Any]]:
        """Every validator of every core."""


class ControlledGateways(Protocol):
    """Pairs of gateways."""

    def add(self, auxiliary: str | None, symbol: str | None, bounty_wei: int) -> Mapping[str, Any]:
        """Create a pair on a running network."""

    def pairs(self) -> Sequence[Mapping[str, Any]]:
        """Every pair, and what it holds."""


class ControlledWorld(Protocol):
    """What the control API needs of a world."""

    @property
    def history(self) -> History:
        """What happened so far."""

    @property
    def membership(self) -> ControlledMembership:
        """Lets validators join and leave. Raises UsageError before the world runs."""

    @property
    def gateways(self) -> ControlledGateways:
        """Adds pairs of gateways. Raises UsageError before the world runs."""

    @property
    def transfers(self) -> ControlledTransfers:
        """Moves tokens between the chains. Raises UsageError before the world runs."""

    def mine(self, chain: str, count: int = 1) -> int:
        """Make blocks and return the new height."""

    def warp(self, seconds: int) -> None:
        """Move time ahead on every chain."""

    def reorg(self, chain: str, depth: int, past_finality: bool = False) -> None:
        """Replace a chain's last blocks."""

    def revive(self, actor: str) -> None:
        """Let an actor that has ended begin again."""


class ControlledNetwork(Protocol):
    """A network that is being served: a world with addresses."""

    @property
    def world(self) -> ControlledWorld:
        """The world itself. Raises UsageError before it was made."""

    def chain_names(self) -> tuple[str, ...]:
        """Every chain, the origin first."""

    def status(self) -> Mapping[str, Any]:
        """As ``devnet status --json``; also answered while the network starts."""

    def env(self) -> Mapping[str, str]:
        """As ``devnet env``."""

    def accounts(self) -> Mapping[str, Any]:
        """As ``devnet accounts --json``."""

    def logs(self) -> Mapping[str, str]:
        """Path of every log, by the name of who writes it."""
