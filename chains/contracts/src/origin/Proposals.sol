// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Candidate, Committed, CoreParameters, ICore, Proposal } from "../interfaces/ICore.sol";
import { IStake, Member } from "../interfaces/IStake.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { Transition, Vote } from "../types/Types.sol";
import { BitMaps } from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title Proposals
/// @notice The open meta-block of a core: transitions proposed for it and the votes that seal one (R32-R34).
abstract contract Proposals is ICore {
    using BitMaps for BitMaps.BitMap;
    using StructHash for Transition;
    using StructHash for Vote;

    /* TYPES */

    /// @dev Signatures counted for one proposal and target. `slashesApplied` is how many of the height's slashes
    /// were looked at: those signers are subtracted again (R45).
    struct Tally {
        uint128 forward;
        uint128 rear;
        uint256 slashesApplied;
        BitMaps.BitMap signers;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICore
    bytes32 public immutable coreId;
    /// @inheritdoc ICore
    address public immutable stake;
    /// @inheritdoc ICore
    uint64 public immutable auxiliaryEpochLength;
    /// @inheritdoc ICore
    uint64 public immutable commitWindow;
    /// @inheritdoc ICore
    uint256 public immutable proposalBond;
    bytes32 private immutable domain;

    /* STORAGE */

    /// @inheritdoc ICore
    /// @dev Must stay the first variable: its slot is fixed (R35d).
    bytes32 public openKernelHash;
    /// @inheritdoc ICore
    uint256 public openGasTarget;
    /// @inheritdoc ICore
    uint64 public openHeight;
    /// @inheritdoc ICore
    uint64 public haltedAt;
    Committed internal last;
    Candidate internal sealedCandidate;
    mapping(bytes32 proposalId => Proposal) internal proposalOf;
    mapping(uint64 kernelHeight => bytes32[]) private proposalsOf;
    mapping(bytes32 proposalId => mapping(bytes32 target => Tally)) internal tallies;
    /// @inheritdoc ICore
    mapping(uint256 number => bytes32) public pinnedOrigin;

    /* CONSTRUCTOR */

    constructor(CoreParameters memory parameters) {
        coreId = CoreIdentifier.compose(block.chainid, address(this));
        domain = Signing.domainOf(coreId);
        stake = parameters.stake;
        auxiliaryEpochLength = parameters.auxiliaryEpochLength;
        commitWindow = parameters.commitWindow;
        proposalBond = parameters.proposalBond;
    }

    /* PROPOSALS */

    /// @inheritdoc ICore
    function propose(Transition calldata transition, bytes calldata header, uint256 originNumber)
        external
        payable
        returns (bytes32 proposalId)
    {
        _requireRunning();
        _requireProgress(transition);
        require(msg.value == proposalBond, WrongBond(msg.value, proposalBond));
        proposalId = transition.hash();
        require(proposalOf[proposalId].proposer == address(0), AlreadyProposed(proposalId));
        bytes32 stateRootProposed = _requireHeader(transition, header);
        _requireOrigin(transition.originCheckpoint, originNumber);
        proposalOf[proposalId] = Proposal({
            proposer: msg.sender,
            kernelHeight: openHeight,
            height: transition.height,
            dynasty: transition.dynasty,
            checkpoint: transition.checkpoint,
            accumulatedGas: transition.accumulatedGas,
            originCheckpoint: transition.originCheckpoint,
            stateRoot: stateRootProposed,
            bond: msg.value
        });
        proposalsOf[openHeight].push(proposalId);
        emit Proposed(proposalId, openHeight, msg.sender, transition, stateRootProposed);
    }

    /// @inheritdoc ICore
    function pinOrigin(uint256 number) external {
        if (pinnedOrigin[number] != 0) return;
        bytes32 blockHash = BlockHashes.hashOf(number);
        require(blockHash != 0, OriginBlockUnavailable(number));
        pinnedOrigin[number] = blockHash;
        emit OriginPinned(number, blockHash);
    }

    function _requireProgress(Transition calldata transition) private view {
        require(transition.coreId == coreId, WrongCore(transition.coreId, coreId));
        require(transition.kernelHash == openKernelHash, WrongKernel(transition.kernelHash, openKernelHash));
        require(transition.height > last.height, HeightNotAbove(transition.height, last.height));
        require(
            transition.accumulatedGas > last.accumulatedGas, GasNotAbove(transition.accumulatedGas, last.accumulatedGas)
        );
        // Two checkpoints may share a dynasty (R27).
        require(transition.dynasty >= last.dynasty, DynastyBelow(transition.dynasty, last.dynasty));
    }

    function _requireHeader(Transition calldata transition, bytes calldata rlp) private view returns (bytes32) {
        Header memory header = HeaderDecoder.decode(rlp);
        require(header.hash == transition.checkpoint, WrongHeader(header.hash, transition.checkpoint));
        require(
            header.number == uint256(transition.height) * auxiliaryEpochLength,
            WrongHeaderNumber(header.number, transition.height)
        );
        return header.stateRoot;
    }

    /// @dev No age limit beside the ways to know a hash: nothing may expire a core. An unset hash never matches.
    function _requireOrigin(bytes32 checkpoint, uint256 number) private view {
        bool known = checkpoint != 0
            && (checkpoint == last.originCheckpoint
                || checkpoint == pinnedOrigin[number]
                || checkpoint == BlockHashes.hashOf(number));
        require(known, OriginCheckpointUnknown(number, checkpoint));
    }

    /* SEALS */

    /// @inheritdoc ICore
    function verifyVotes(bytes32 proposalId, bytes32 target, bytes[] calldata signatures) external {
        _requireRunning();
        Proposal storage proposed = proposalOf[proposalId];
        require(proposed.proposer != address(0), UnknownProposal(proposalId));
        require(proposed.kernelHeight == openHeight, ProposalClosed(proposalId, proposed.kernelHeight, openHeight));
        require(target != 0, ZeroTarget());
        Tally storage votes = tallies[proposalId][target];
        _applySlashes(votes);
        if (signatures.length > 0) {
            bytes32 digest = _voteDigest(proposalId, proposed, target);
            address[] memory signers = _count(votes, digest, signatures);
            emit VotesVerified(proposalId, target, digest, signers, votes.forward, votes.rear);
        }
        if (_hasQuorum(votes)) _trySeal(proposalId, target, proposed);
    }

    /// @dev The very vote cast on auxiliary, derived from the proposal alone (R33).
    function _voteDigest(bytes32 proposalId, Proposal storage proposed, bytes32 target) private view returns (bytes32) {
        return Signing.digest(
            domain,
            Vote({
                coreId: coreId,
                transition: proposalId,
                source: proposed.checkpoint,
                target: target,
                sourceHeight: proposed.height,
                targetHeight: proposed.height + 1
            }).hash()
        );
    }

    /// @dev Whoever cannot be counted is skipped: one slash ahead of a batch must not cancel it.
    function _count(Tally storage votes, bytes32 digest, bytes[] calldata signatures)
        private
        returns (address[] memory counted)
    {
        counted = new address[](signatures.length);
        for (uint256 i; i < signatures.length; ++i) {
            counted[i] = Signing.recover(digest, signatures[i]);
        }
        (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear) =
            IStake(stake).weigh(openHeight, counted);
        uint256 count;
        for (uint256 i; i < signatures.length; ++i) {
            if (forward[i] + rear[i] == 0 || votes.signers.get(indices[i])) continue;
            votes.signers.set(indices[i]);
            votes.forward += uint128(forward[i]);
            votes.rear += uint128(rear[i]);
            counted[count++] = counted[i];
        }
        // Memory-safe: only shortens the array.
        assembly ("memory-safe") {
            mstore(counted, count)
        }
    }

    /// @dev Subtracts signers slashed since the tally was last looked at (R45).
    function _applySlashes(Tally storage votes) internal {
        (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear) =
            IStake(stake).slashedDuring(openHeight, votes.slashesApplied);
        if (indices.length == 0) return;
        for (uint256 i; i < indices.length; ++i) {
            if (!votes.signers.get(indices[i])) continue;
            votes.signers.unset(indices[i]);
            votes.forward -= uint128(forward[i]);
            votes.rear -= uint128(rear[i]);
        }
        votes.slashesApplied += indices.length;
    }

    function _hasQuorum(Tally storage votes) internal view returns (bool) {
        (uint256 forwardTotal, uint256 rearTotal) = IStake(stake).totals(openHeight);
        return Quorum.isDoubleQuorum(votes.forward, forwardTotal, votes.rear, rearTotal);
    }

    /// @dev One candidate at a time; only a lower one that reached the gas target takes its place (R34).
    function _trySeal(bytes32 proposalId, bytes32 target, Proposal storage proposed) private {
        bytes32 current = sealedCandidate.proposalId;
        if (current != 0) {
            bool supersedes = proposed.accumulatedGas >= openGasTarget && proposed.height < proposalOf[current].height;
            if (!supersedes) return;
            emit Superseded(current, proposalId);
        }
        sealedCandidate = Candidate(proposalId, target, uint64(block.number));
        emit Sealed(proposalId, target, uint64(block.number) + commitWindow);
    }

    function _requireRunning() internal view {
        require(haltedAt == 0, CoreHalted());
    }

    /* VIEWS */

    /// @inheritdoc ICore
    function proposal(bytes32 proposalId) external view returns (Proposal memory) {
        return proposalOf[proposalId];
    }

    /// @inheritdoc ICore
    function proposals(uint64 kernelHeight) external view returns (bytes32[] memory) {
        return proposalsOf[kernelHeight];
    }

    /// @inheritdoc ICore
    function tally(bytes32 proposalId, bytes32 target) external view returns (uint256 forward, uint256 rear) {
        Tally storage votes = tallies[proposalId][target];
        return (votes.forward, votes.rear);
    }

    /// @inheritdoc ICore
    function hasSigned(bytes32 proposalId, bytes32 target, address validator) external view returns (bool) {
        Member memory voter = IStake(stake).member(validator);
        return voter.known && tallies[proposalId][target].signers.get(voter.index);
    }

    /// @inheritdoc ICore
    function candidate() external view returns (Candidate memory) {
        return sealedCandidate;
    }
}
