"""Structs of decoded events and calls as the protocol's own types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devnet.mosaic.transitions import Kernel, Transition
from devnet.mosaic.votes import Vote


def vote_of(struct: Mapping[str, Any]) -> Vote:
    """The vote in a decoded ``Vote`` struct."""
    return Vote(
        core_id=struct["coreId"],
        transition=struct["transition"],
        source=struct["source"],
        target=struct["target"],
        source_height=struct["sourceHeight"],
        target_height=struct["targetHeight"],
    )


def transition_of(struct: Mapping[str, Any]) -> Transition:
    """The transition in a decoded ``Transition`` struct."""
    return Transition(
        core_id=struct["coreId"],
        kernel_hash=struct["kernelHash"],
        height=struct["height"],
        dynasty=struct["dynasty"],
        checkpoint=struct["checkpoint"],
        accumulated_gas=struct["accumulatedGas"],
        accumulated_transaction_root=struct["accumulatedTransactionRoot"],
        origin_dynasty=struct["originDynasty"],
        origin_checkpoint=struct["originCheckpoint"],
    )


def kernel_of(struct: Mapping[str, Any]) -> Kernel:
    """The kernel in a decoded ``Kernel`` struct."""
    return Kernel(
        height=struct["height"],
        parent=struct["parent"],
        validators=tuple(struct["validators"]),
        weights=tuple(struct["weights"]),
        gas_target=struct["gasTarget"],
    )
