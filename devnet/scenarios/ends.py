"""Ends of arms: what a run's History says has come about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devnet.config.network import Devnet
from devnet.history import History


def happened(kind: str) -> Callable[[Devnet, History], bool]:
    """The end of an arm that is over once an event of that kind has happened on any chain."""
    return lambda devnet, history: bool(history.effective_events(kind))


def slashed_on_origin(devnet: Devnet, history: History) -> tuple[str, ...]:
    """Names of the validators slashed on origin, in the order of the manifest."""
    addresses = {
        str(event.payload["validator"]).lower()
        for event in history.effective_events("ValidatorSlashed")
        if event.chain == devnet.origin.name
    }
    return tuple(v.name for v in devnet.validators if "0x" + v.auxiliary_key.address.hex() in addresses)


def anybody_slashed_on_origin(devnet: Devnet, history: History) -> bool:
    """Somebody lost its stake on origin, whatever the auxiliary chains say."""
    return bool(slashed_on_origin(devnet, history))


def slashed_on_every_chain(devnet: Devnet, history: History) -> bool:
    """Somebody lost its stake on origin and its weight on the main view of every auxiliary."""
    chains = {
        event.chain for event in history.effective_events("ValidatorSlashed") if event.payload.get("view") == "main"
    }
    return chains >= {chain.name for chain in devnet.chains}


def halted_in(history: History) -> int | None:
    """Origin block in which the last core to do so halted (R40); None while none has."""
    return max((event.block or 0 for event in history.effective_events("Halted")), default=None)


def slashed_and_halted(offenders: Sequence[str]) -> Callable[[Devnet, History], bool]:
    """The end of an arm that is over once all of these were slashed on origin and a core has halted (R40)."""

    def came_about(devnet: Devnet, history: History) -> bool:
        return halted_in(history) is not None and set(offenders) <= set(slashed_on_origin(devnet, history))

    return came_about
