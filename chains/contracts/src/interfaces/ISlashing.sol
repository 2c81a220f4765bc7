// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Offence, Vote } from "../types/Types.sol";

/// @title ISlashing
/// @notice Where anyone proves that a validator signed two votes that no honest validator signs both of (R50-R56).
interface ISlashing {
    /// @notice `validator` lost its weight, and on origin its stake.
    /// @param validator Auxiliary address of the validator.
    /// @param reporter Who brought the evidence.
    /// @param offence Which offence was proven.
    /// @param firstDigest Digest of the first vote.
    /// @param secondDigest Digest of the second vote.
    /// @param amount Stake lost; zero on auxiliary, where no stake lies.
    /// @param reward Part of it paid to the reporter; zero on auxiliary (R54).
    event ValidatorSlashed(
        address indexed validator,
        address indexed reporter,
        Offence offence,
        bytes32 firstDigest,
        bytes32 secondDigest,
        uint256 amount,
        uint256 reward
    );

    /// @notice The two votes are about different chains.
    error DifferentCores(bytes32 first, bytes32 second);
    /// @notice The votes are about a chain this contract does not judge.
    error UnknownCore(bytes32 coreId);
    /// @notice Both votes are the same message; two signatures over it are no offence (R4).
    error SameVote(bytes32 digest);
    /// @notice No offence follows from the two votes.
    error NoOffence(bytes32 firstDigest, bytes32 secondDigest);
    /// @notice The signature over `digest` is malformed or recovers to nobody (R4).
    error InvalidSignature(bytes32 digest);
    /// @notice The votes were signed by different keys.
    error DifferentSigners(address first, address second);
    /// @notice The signer is no validator.
    error UnknownValidator(address validator);
    /// @notice The validator was slashed here before.
    error AlreadySlashed(address validator);

    /// @notice Slashes the signer of both votes if they are an offence; the order of the votes does not matter.
    /// @dev Warning: a report can be front-run. The slash then happens all the same, only the reward goes to
    /// someone else (R56).
    /// @param first One vote.
    /// @param firstSignature Its signature, 65 bytes.
    /// @param second Another vote.
    /// @param secondSignature Its signature, 65 bytes.
    function slash(
        Vote calldata first,
        bytes calldata firstSignature,
        Vote calldata second,
        bytes calldata secondSignature
    ) external;

    /// @notice True if `validator` was slashed on this chain.
    function isSlashed(address validator) external view returns (bool);
}
