"""What a core commits: kernel and transition, chained as meta-blocks (R26, R32-R36; section 5).

Hashes here are hashStruct without domain: only what is signed (votes, registrations) carries one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from devnet.mosaic.headers import Header
from devnet.mosaic.keccak import ZERO_HASH, address_word, hash_struct, hash_word, keccak, uint_word
from devnet.types import Address, Hash32, Wei

TRANSITION_TYPE: Final = (
    "Transition(bytes32 coreId,bytes32 kernelHash,uint64 height,uint64 dynasty,bytes32 checkpoint,"
    "uint256 accumulatedGas,bytes32 accumulatedTransactionRoot,uint64 originDynasty,bytes32 originCheckpoint)"
)
"""EIP-712 type of a transition."""
KERNEL_TYPE: Final = "Kernel(uint64 height,bytes32 parent,address[] validators,uint256[] weights,uint256 gasTarget)"
"""EIP-712 type of a kernel."""
META_BLOCK_TYPE: Final = "MetaBlock(bytes32 kernelHash,bytes32 transitionHash)"
"""EIP-712 type of a meta-block."""

TRANSITION_TYPE_HASH: Final = keccak(TRANSITION_TYPE.encode())
"""keccak256 of TRANSITION_TYPE."""
KERNEL_TYPE_HASH: Final = keccak(KERNEL_TYPE.encode())
"""keccak256 of KERNEL_TYPE."""
META_BLOCK_TYPE_HASH: Final = keccak(META_BLOCK_TYPE.encode())
"""keccak256 of META_BLOCK_TYPE."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What the auxiliary chain did up to and including one checkpoint, and that alone (R27)."""

    core_id: bytes
    """32 bytes (R1)."""
    kernel_hash: Hash32
    """Hash of the kernel active at the end of the checkpoint's block."""
    height: int
    """Checkpoint height."""
    dynasty: int
    """Finalisations recorded by the chain up to and including the checkpoint (R27)."""
    checkpoint: Hash32
    """Block hash of the checkpoint."""
    accumulated_gas: int
    """g: gas used from block 1 to the checkpoint (R26)."""
    accumulated_transaction_root: Hash32
    """r: the transaction roots up to the checkpoint, chained (R26)."""
    origin_dynasty: int
    """Finalised origin observations up to and including the checkpoint."""
    origin_checkpoint: Hash32
    """The last of them."""

    def hash(self) -> Hash32:
        """hashStruct, without domain."""
        return hash_struct(
            TRANSITION_TYPE_HASH,
            (
                hash_word(self.core_id),
                hash_word(self.kernel_hash),
                uint_word(self.height, 64),
                uint_word(self.dynasty, 64),
                hash_word(self.checkpoint),
                uint_word(self.accumulated_gas),
                hash_word(self.accumulated_transaction_root),
                uint_word(self.origin_dynasty, 64),
                hash_word(self.origin_checkpoint),
            ),
        )

    def fields(self) -> tuple[bytes, bytes, int, int, bytes, int, bytes, int, bytes]:
        """The members in the order of the Solidity struct, for calls."""
        return (
            self.core_id,
            self.kernel_hash,
            self.height,
            self.dynasty,
            self.checkpoint,
            self.accumulated_gas,
            self.accumulated_transaction_root,
            self.origin_dynasty,
            self.origin_checkpoint,
        )


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the core opens for the next meta-block: validator changes and gas target (R35, R42)."""

    height: int
    """Meta-block height."""
    parent: Hash32
    """Hash of the meta-block before."""
    validators: tuple[Address, ...]
    """Ascending, none twice; in kernel 1 the whole set, later exactly the changes (R42)."""
    weights: tuple[Wei, ...]
    """One per validator; 0 = leaves (R42)."""
    gas_target: int
    """Absolute: accumulated gas at the last commit plus l (R37)."""

    def hash(self) -> Hash32:
        """hashStruct, without domain; arrays as EIP-712 says."""
        return hash_struct(
            KERNEL_TYPE_HASH,
            (
                uint_word(self.height, 64),
                hash_word(self.parent),
                keccak(b"".join(address_word(validator) for validator in self.validators)),
                keccak(b"".join(uint_word(weight) for weight in self.weights)),
                uint_word(self.gas_target),
            ),
        )

    def fields(self) -> tuple[int, bytes, tuple[bytes, ...], tuple[int, ...], int]:
        """The members in the order of the Solidity struct, for calls."""
        return (self.height, self.parent, self.validators, self.weights, self.gas_target)


@dataclass(frozen=True, slots=True)
class MetaBlock:
    """A committed kernel with its transition; the parent of the next kernel."""

    kernel_hash: Hash32
    """Hash of the kernel under which it was committed."""
    transition_hash: Hash32
    """Hash of the transition that was committed."""

    def hash(self) -> Hash32:
        """hashStruct, without domain."""
        return hash_struct(META_BLOCK_TYPE_HASH, (hash_word(self.kernel_hash), hash_word(self.transition_hash)))

    def fields(self) -> tuple[bytes, bytes]:
        """The members in the order of the Solidity struct, for calls."""
        return (self.kernel_hash, self.transition_hash)


@dataclass(frozen=True, slots=True)
class Accumulators:
    """Gas and transaction root of a chain from block 1 on (R26); zero at block 0."""

    gas: int = 0
    """g_i."""
    transaction_root: Hash32 = ZERO_HASH
    """r_i."""

    def after(self, header: Header) -> Accumulators:
        """The accumulators one block later: g + gasUsed, keccak256(abi.encode(r, transactionsRoot))."""
        root = keccak(hash_word(self.transaction_root) + hash_word(header.transactions_root))
        return Accumulators(self.gas + header.gas_used, root)


def accumulate(headers: Iterable[Header], start: Accumulators | None = None) -> Accumulators:
    """The accumulators after ``headers``, in order, none missing; block 0 is not among them (R35b)."""
    accumulators = start or Accumulators()
    for header in headers:
        accumulators = accumulators.after(header)
    return accumulators


def genesis_transition(core_id: bytes, auxiliary_root: Hash32, origin_root: Hash32) -> Transition:
    """T_0: the auxiliary root under the empty kernel; only ever the parent in meta-block 0 (R35b)."""
    return Transition(core_id, _EMPTY_KERNEL.hash(), 0, 0, auxiliary_root, 0, ZERO_HASH, 0, origin_root)


def genesis_meta_block(core_id: bytes, auxiliary_root: Hash32, origin_root: Hash32) -> MetaBlock:
    """MetaBlock_0, the parent of kernel 1 (R35b)."""
    return MetaBlock(_EMPTY_KERNEL.hash(), genesis_transition(core_id, auxiliary_root, origin_root).hash())


def genesis_kernel(
    core_id: bytes,
    auxiliary_root: Hash32,
    origin_root: Hash32,
    weights: Mapping[Address, Wei],
    gas_target: int,
) -> Kernel:
    """K_1: the initial set in full, ascending by address, active from block 0 (R35b, R42)."""
    validators = tuple(sorted(weights))
    parent = genesis_meta_block(core_id, auxiliary_root, origin_root).hash()
    return Kernel(1, parent, validators, tuple(weights[validator] for validator in validators), gas_target)


def root_transition(core_id: bytes, auxiliary_root: Hash32, origin_root: Hash32, kernel_hash: Hash32) -> Transition:
    """T(root) as the source of votes: T_0 with the hash of kernel 1 (R35b)."""
    return replace(genesis_transition(core_id, auxiliary_root, origin_root), kernel_hash=kernel_hash)


_EMPTY_KERNEL: Final = Kernel(0, ZERO_HASH, (), (), 0)
