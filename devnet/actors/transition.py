"""T(s) recomputed from blocks and finalisations, never taken over from a contract (R24, R27)."""

from __future__ import annotations

from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.watch import Seen
from devnet.contracts.deployment import CoreDeployment
from devnet.mosaic.finality import Checkpoint
from devnet.mosaic.transitions import Transition


def transition_at(
    core: CoreDeployment, seen: Seen, state: AuxiliaryState, checkpoint: Checkpoint, epoch_length: int
) -> Transition:
    """The transition of a checkpoint on the branch that was read, in force at the end of its block.

    Raises ValueError if the checkpoint is not on that branch.
    """
    number = checkpoint.height * epoch_length
    if number > seen.height or seen.blocks[number].hash != checkpoint.hash:
        raise ValueError(f"checkpoint 0x{checkpoint.hash.hex()} is not block {number} of the branch that was read")
    dynasty, _ = state.own.in_force(number)
    origin_dynasty, observed = state.origin.in_force(number)
    sums = seen.blocks[number].sums
    return Transition(
        core_id=core.core_id,
        kernel_hash=state.kernel_at(dynasty)[1],
        height=checkpoint.height,
        dynasty=dynasty,
        checkpoint=checkpoint.hash,
        accumulated_gas=sums.gas,
        accumulated_transaction_root=sums.transaction_root,
        origin_dynasty=origin_dynasty,
        origin_checkpoint=observed.hash,
    )
