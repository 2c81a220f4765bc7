// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICheckpointStore } from "../interfaces/ICheckpointStore.sol";
import { IKernelGateway } from "../interfaces/IKernelGateway.sol";
import { IPollingPlace, PollingPlaceParameters } from "../interfaces/IPollingPlace.sol";
import { ISlashing } from "../interfaces/ISlashing.sol";
import { Member } from "../interfaces/IStake.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Membership } from "../libraries/Membership.sol";
import { Offences, Verdict } from "../libraries/Offences.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { Refusal, Vote } from "../types/Types.sol";

/// @title PollingPlace
/// @notice Counts signed votes about auxiliary and about origin (R10-R20), and slashes on auxiliary (R53).
contract PollingPlace is IPollingPlace {
    using Membership for Member;
    using StructHash for Vote;

    /* TYPES */

    /// @dev A validator's one vote at a target height (R13).
    struct Slot {
        bytes32 digest;
        uint64 kernelHeight;
    }

    /// @dev Weight counted for one digest under one kernel.
    struct Tally {
        uint128 forward;
        uint128 rear;
    }

    /// @dev What is known of a vote while it is checked.
    struct Ballot {
        Vote vote;
        bytes signature;
        bytes32 digest;
        address validator;
        ICheckpointStore store;
        uint64 kernelHeight;
        uint256 forward;
        uint256 rear;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IPollingPlace
    bytes32 public immutable coreId;
    /// @inheritdoc IPollingPlace
    bytes32 public immutable originCoreId;
    ICheckpointStore private immutable auxiliaryBlockStore;
    ICheckpointStore private immutable originObserver;
    IKernelGateway private immutable kernelGateway;
    bytes32 private immutable domain;

    /* STORAGE */

    mapping(bytes32 about => mapping(address validator => mapping(uint64 targetHeight => Slot))) private slots;
    mapping(bytes32 digest => mapping(uint64 kernelHeight => Tally)) private tallies;

    /* CONSTRUCTOR */

    constructor(PollingPlaceParameters memory parameters) {
        require(
            parameters.coreId != 0 && parameters.auxiliaryBlockStore != address(0)
                && parameters.originObserver != address(0) && parameters.kernelGateway != address(0),
            ZeroParameter()
        );
        coreId = parameters.coreId;
        originCoreId = CoreIdentifier.originOf(parameters.coreId);
        auxiliaryBlockStore = ICheckpointStore(parameters.auxiliaryBlockStore);
        originObserver = ICheckpointStore(parameters.originObserver);
        kernelGateway = IKernelGateway(parameters.kernelGateway);
        domain = Signing.domainOf(parameters.coreId);
    }

    /* VOTES */

    /// @inheritdoc IPollingPlace
    function castVote(Vote calldata vote, bytes calldata signature) external {
        (bytes32 digest, Refusal refusal) = _cast(vote, signature);
        require(refusal == Refusal.None, VoteNotAccepted(digest, refusal));
    }

    /// @inheritdoc IPollingPlace
    function castVotes(Vote[] calldata votes, bytes[] calldata signatures) external {
        require(votes.length == signatures.length, LengthMismatch(votes.length, signatures.length));
        for (uint256 i; i < votes.length; ++i) {
            (bytes32 digest, Refusal refusal) = _cast(votes[i], signatures[i]);
            if (refusal != Refusal.None) emit VoteRefused(digest, refusal);
        }
    }

    /// @dev Returns the refusal instead of reverting: one poisonous vote must not stop a batch (R20).
    function _cast(Vote calldata vote, bytes calldata signature) private returns (bytes32, Refusal) {
        Ballot memory ballot;
        ballot.vote = vote;
        ballot.signature = signature;
        ballot.digest = Signing.digest(domain, vote.hash());
        return (ballot.digest, _judge(ballot));
    }

    /// @dev The order is R13's: a conflict is made public even where R10 or R11 would refuse the vote.
    function _judge(Ballot memory ballot) private returns (Refusal refusal) {
        bytes32 about = ballot.vote.coreId;
        if (about != coreId && about != originCoreId) return Refusal.UnknownCore;
        ballot.validator = Signing.recover(ballot.digest, ballot.signature);
        if (ballot.validator == address(0)) return Refusal.InvalidSignature;
        Member memory voter = kernelGateway.member(ballot.validator);
        if (!voter.known) return Refusal.UnknownValidator;
        if (voter.slashed) return Refusal.SlashedValidator;
        Slot storage slot = slots[about][ballot.validator][ballot.vote.targetHeight];
        if (slot.digest == ballot.digest && _isCounted(about, slot.kernelHeight)) return Refusal.None;
        if (slot.digest != 0 && slot.digest != ballot.digest) {
            emit ConflictingVote(about, ballot.validator, slot.digest, ballot.digest, ballot.vote, ballot.signature);
            return Refusal.None;
        }
        ballot.store = about == coreId ? auxiliaryBlockStore : originObserver;
        (refusal, ballot.kernelHeight) = ballot.store.link(ballot.vote);
        if (refusal != Refusal.None) return refusal;
        (ballot.forward, ballot.rear) = voter.weights(ballot.kernelHeight);
        if (ballot.forward + ballot.rear == 0) return Refusal.NotAMember;
        slot.digest = ballot.digest;
        slot.kernelHeight = ballot.kernelHeight;
        _count(ballot);
    }

    /// @dev A vote about origin may be counted again under a later kernel (R15).
    function _isCounted(bytes32 about, uint64 kernelHeight) private view returns (bool) {
        return about == coreId || kernelHeight == kernelGateway.activeHeight();
    }

    /// @dev Acts when the quorum is reached, not on votes after it (R18).
    function _count(Ballot memory ballot) private {
        Tally storage votes = tallies[ballot.digest][ballot.kernelHeight];
        (uint256 forwardTotal, uint256 rearTotal) = kernelGateway.totals(ballot.kernelHeight);
        bool before = Quorum.isDoubleQuorum(votes.forward, forwardTotal, votes.rear, rearTotal);
        votes.forward += uint128(ballot.forward);
        votes.rear += uint128(ballot.rear);
        _emitVoteCast(ballot);
        if (!before && Quorum.isDoubleQuorum(votes.forward, forwardTotal, votes.rear, rearTotal)) {
            ballot.store.justify(ballot.vote, ballot.kernelHeight);
        }
    }

    function _emitVoteCast(Ballot memory ballot) private {
        emit VoteCast(
            ballot.vote.coreId,
            ballot.validator,
            ballot.digest,
            ballot.vote,
            ballot.signature,
            ballot.kernelHeight,
            ballot.forward,
            ballot.rear
        );
    }

    /* SLASHING */

    /// @inheritdoc ISlashing
    function slash(
        Vote calldata first,
        bytes calldata firstSignature,
        Vote calldata second,
        bytes calldata secondSignature
    ) external {
        Verdict memory verdict = Offences.judge(domain, coreId, first, firstSignature, second, secondSignature);
        Member memory guilty = kernelGateway.member(verdict.validator);
        require(guilty.known, UnknownValidator(verdict.validator));
        require(!guilty.slashed, AlreadySlashed(verdict.validator));
        emit ValidatorSlashed(
            verdict.validator, msg.sender, verdict.offence, verdict.firstDigest, verdict.secondDigest, 0, 0
        );
        kernelGateway.recordSlash(verdict.validator);
    }

    /* VIEWS */

    /// @inheritdoc ISlashing
    function isSlashed(address validator) external view returns (bool) {
        return kernelGateway.member(validator).slashed;
    }

    /// @inheritdoc IPollingPlace
    function voteDigest(Vote calldata vote) external view returns (bytes32) {
        return Signing.digest(domain, vote.hash());
    }

    /// @inheritdoc IPollingPlace
    function hasVoted(bytes32 about, address validator, uint64 targetHeight) external view returns (bool) {
        return slots[about][validator][targetHeight].digest != 0;
    }

    /// @inheritdoc IPollingPlace
    function countedVote(bytes32 about, address validator, uint64 targetHeight)
        external
        view
        returns (bytes32 digest, uint64 kernelHeight)
    {
        Slot storage slot = slots[about][validator][targetHeight];
        return (slot.digest, slot.kernelHeight);
    }

    /// @inheritdoc IPollingPlace
    function tally(bytes32 digest, uint64 kernelHeight) external view returns (uint256 forward, uint256 rear) {
        Tally storage votes = tallies[digest][kernelHeight];
        return (votes.forward, votes.rear);
    }
}
