// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Refusal, Vote } from "../types/Types.sol";
import { ISlashing } from "./ISlashing.sol";

/// @notice What a PollingPlace is constructed with.
/// @param coreId Identifier of the core on origin (R1).
/// @param auxiliaryBlockStore AuxiliaryBlockStore on this chain.
/// @param originObserver OriginObserver on this chain.
/// @param kernelGateway KernelGateway on this chain.
struct PollingPlaceParameters {
    bytes32 coreId;
    address auxiliaryBlockStore;
    address originObserver;
    address kernelGateway;
}

/// @title IPollingPlace
/// @notice Where votes about auxiliary and about origin are counted (R10-R20). Anyone may bring signed votes.
interface IPollingPlace is ISlashing {
    /// @notice A vote was counted.
    /// @param coreId Chain the vote is about.
    /// @param validator Who signed it.
    /// @param digest EIP-712 digest that was signed.
    /// @param vote The vote in full.
    /// @param signature The signature.
    /// @param kernelHeight Kernel whose sets weighed it.
    /// @param forward Weight it added to the forward set.
    /// @param rear Weight it added to the rear set.
    event VoteCast(
        bytes32 indexed coreId,
        address indexed validator,
        bytes32 indexed digest,
        Vote vote,
        bytes signature,
        uint64 kernelHeight,
        uint256 forward,
        uint256 rear
    );
    /// @notice A validator signed another vote of that target height before: an offence in public (R13, R50).
    /// @param coreId Chain the vote is about.
    /// @param validator Who signed both.
    /// @param counted Digest of the vote that was counted; its VoteCast has the rest.
    /// @param digest Digest of this vote.
    /// @param vote This vote in full.
    /// @param signature Its signature.
    event ConflictingVote(
        bytes32 indexed coreId,
        address indexed validator,
        bytes32 indexed counted,
        bytes32 digest,
        Vote vote,
        bytes signature
    );
    /// @notice A vote of a batch was refused.
    event VoteRefused(bytes32 indexed digest, Refusal reason);

    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice The vote was refused.
    error VoteNotAccepted(bytes32 digest, Refusal reason);
    /// @notice Votes and signatures differ in number.
    error LengthMismatch(uint256 votes, uint256 signatures);

    /// @notice Counts a vote; reverts if it is refused. A vote counted before changes nothing; a conflicting one is
    /// made public and not counted.
    /// @param vote The vote.
    /// @param signature Its signature, 65 bytes.
    function castVote(Vote calldata vote, bytes calldata signature) external;

    /// @notice Counts many votes; a refused one never keeps out the others (R20).
    /// @param votes The votes.
    /// @param signatures Their signatures, 65 bytes each.
    function castVotes(Vote[] calldata votes, bytes[] calldata signatures) external;

    /// @notice Identifier of the core: votes about auxiliary.
    function coreId() external view returns (bytes32);

    /// @notice The origin chain's own identifier: votes about origin.
    function originCoreId() external view returns (bytes32);

    /// @notice Digest a validator signs for `vote` (R2).
    function voteDigest(Vote calldata vote) external view returns (bytes32);

    /// @notice True if a vote of `validator` at that target height was counted.
    function hasVoted(bytes32 about, address validator, uint64 targetHeight) external view returns (bool);

    /// @notice The counted vote of `validator` at that target height.
    /// @return digest Its digest, zero if none.
    /// @return kernelHeight Kernel under which it was counted last.
    function countedVote(bytes32 about, address validator, uint64 targetHeight)
        external
        view
        returns (bytes32 digest, uint64 kernelHeight);

    /// @notice Weight counted for a digest under the sets of a kernel.
    function tally(bytes32 digest, uint64 kernelHeight) external view returns (uint256 forward, uint256 rear);
}
