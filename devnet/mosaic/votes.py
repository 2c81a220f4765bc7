"""Votes: what a validator signs about two checkpoints, and the registration of its key (R2-R4, R10).

One message carries the link from source to target and the transition at the source. Votes about origin
carry a zero transition (R11). Heights are checkpoint heights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devnet.mosaic.keccak import address_word, hash_struct, hash_word, keccak, uint_word
from devnet.mosaic.signatures import Domain, InvalidSignature, recover_signer, sign_digest
from devnet.types import Address, Hash32

__all__ = [
    "REGISTRATION_TYPE",
    "VOTE_TYPE",
    "Domain",
    "InvalidSignature",
    "SignedVote",
    "Vote",
    "cast",
    "recover",
    "registration_digest",
    "sign_digest",
    "sign_vote",
]

VOTE_TYPE: Final = (
    "Vote(bytes32 coreId,bytes32 transition,bytes32 source,bytes32 target,uint64 sourceHeight,uint64 targetHeight)"
)
"""EIP-712 type of a vote."""
REGISTRATION_TYPE: Final = "Registration(bytes32 coreId,address depositor,address validator)"
"""EIP-712 type of a validator's proof of possession (R3)."""

VOTE_TYPE_HASH: Final = keccak(VOTE_TYPE.encode())
"""keccak256 of VOTE_TYPE."""
REGISTRATION_TYPE_HASH: Final = keccak(REGISTRATION_TYPE.encode())
"""keccak256 of REGISTRATION_TYPE."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A link between two checkpoints of one chain, with the transition at its source."""

    core_id: bytes
    """32 bytes: the core, or the origin chain's own identifier (R1)."""
    transition: Hash32
    """Hash of the transition at the source; zero for votes about origin (R11)."""
    source: Hash32
    """Block hash of the source checkpoint."""
    target: Hash32
    """Block hash of the target checkpoint."""
    source_height: int
    """Checkpoint height of the source: block number / epoch length."""
    target_height: int
    """Checkpoint height of the target."""

    def struct_hash(self) -> Hash32:
        """hashStruct, without domain. Raises ValueError if a member does not fit its type."""
        return hash_struct(
            VOTE_TYPE_HASH,
            (
                hash_word(self.core_id),
                hash_word(self.transition),
                hash_word(self.source),
                hash_word(self.target),
                uint_word(self.source_height, 64),
                uint_word(self.target_height, 64),
            ),
        )

    def digest(self, domain: Domain) -> Hash32:
        """What is signed; two votes are the same if and only if their digests are (R4, R12)."""
        return domain.digest(self.struct_hash())

    def fields(self) -> tuple[bytes, bytes, bytes, bytes, int, int]:
        """The members in the order of the Solidity struct, for calls."""
        return (self.core_id, self.transition, self.source, self.target, self.source_height, self.target_height)


@dataclass(frozen=True, slots=True)
class SignedVote:
    """A vote with its signature and the address that the signature recovers to."""

    vote: Vote
    """What was signed."""
    validator: Address
    """v^A of the signer, 20 bytes."""
    signature: bytes
    """65 bytes r ‖ s ‖ v (R4)."""


def sign_vote(vote: Vote, domain: Domain, secret: bytes) -> SignedVote:
    """Sign without asking anybody: the caller has recorded the vote in its protection store (R24)."""
    digest = vote.digest(domain)
    signature = sign_digest(digest, secret)
    return SignedVote(vote, recover_signer(digest, signature), signature)


def cast(vote: Vote, signature: bytes, domain: Domain) -> SignedVote:
    """A vote and a signature from outside, with the signer recovered. Raises InvalidSignature (R4)."""
    return SignedVote(vote, recover_signer(vote.digest(domain), signature), signature)


def recover(signed_vote: SignedVote, domain: Domain) -> Address:
    """Who signed this vote under that domain; compare it with ``validator``. Raises InvalidSignature (R4)."""
    return recover_signer(signed_vote.vote.digest(domain), signed_vote.signature)


def registration_digest(core_id: bytes, depositor: Address, validator: Address, domain: Domain) -> Hash32:
    """What v^A signs so that v^O may register it: possession, bound to the depositor (R3)."""
    words = (hash_word(core_id), address_word(depositor), address_word(validator))
    return domain.digest(hash_struct(REGISTRATION_TYPE_HASH, words))
