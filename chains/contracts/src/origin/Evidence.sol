// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore, Proposal } from "../interfaces/ICore.sol";
import { IEvidence, SkippedCheckpoint } from "../interfaces/IEvidence.sol";
import { IStake } from "../interfaces/IStake.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { FixedSlots } from "../libraries/FixedSlots.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { TrieProof } from "../libraries/TrieProof.sol";
import { HaltReason, MetaBlock, Transition, Vote } from "../types/Types.sol";

/// @title Evidence
/// @notice Proofs against whole sets of validators: the gas rule (R37-R39b) and the reversal of origin (R40).
contract Evidence is IEvidence {
    using StructHash for MetaBlock;
    using StructHash for Transition;
    using StructHash for Vote;

    /* TYPES */

    /// @dev What the signatures counted so far weigh. `seen` has a bit per validator.
    struct Count {
        uint256 forward;
        uint256 rear;
        uint256[] seen;
    }

    /* CONSTANTS AND IMMUTABLES */

    uint256 private constant WORD_BITS = 256;
    /// @dev Above every height: signers slashed at any time do not count.
    uint64 private constant ALL_SLASHES = type(uint64).max;

    /// @inheritdoc IEvidence
    address public immutable core;
    /// @inheritdoc IEvidence
    bytes32 public immutable coreId;
    bytes32 private immutable domain;

    /* CONSTRUCTOR */

    constructor(address newCore) {
        require(newCore != address(0), ZeroCore());
        core = newCore;
        coreId = CoreIdentifier.compose(block.chainid, newCore);
        domain = Signing.domainOf(coreId);
    }

    /* GAS RULE */

    /// @inheritdoc IEvidence
    function reportSkippedCheckpoint(SkippedCheckpoint calldata report) external {
        uint64 metaHeight = report.metaHeight;
        _requireInTime(metaHeight);
        uint64 committedHeight = _requireDue(report);
        _requireRecorded(report, committedHeight);
        bytes32 transitionHash = report.transition.hash();
        _requireFinalisingVotes(report, transitionHash);
        emit SkippedCheckpointProven(metaHeight, transitionHash, msg.sender, report.transition.height, committedHeight);
        IStake(_stake()).recordViolation(metaHeight);
        ICore(core).forfeitBond(metaHeight, msg.sender);
    }

    /// @dev The period runs from the next commit, or from the halt: what comes first ends the height (R38).
    function _requireInTime(uint64 metaHeight) private view {
        require(ICore(core).committedProposal(metaHeight) != 0, MetaBlockNotCommitted(metaHeight));
        require(!IStake(_stake()).isViolated(metaHeight), AlreadyProven(metaHeight));
        uint256 begun = ICore(core).committedAt(metaHeight + 1);
        if (begun == 0) begun = ICore(core).haltedAt();
        uint256 end = begun == 0 ? type(uint256).max : begun + ICore(core).evidencePeriod();
        require(block.number < end, EvidencePeriodOver(block.number, end));
    }

    /// @dev T' could have been proposed instead, and was due (R32, R37).
    function _requireDue(SkippedCheckpoint calldata report) private view returns (uint64 committedHeight) {
        Transition calldata skipped = report.transition;
        uint64 metaHeight = report.metaHeight;
        bytes32 committedId = ICore(core).committedProposal(metaHeight);
        committedHeight = ICore(core).proposal(committedId).height;
        Proposal memory before = _committedBefore(metaHeight);
        require(skipped.coreId == coreId, ICore.WrongCore(skipped.coreId, coreId));
        require(
            MetaBlock(skipped.kernelHash, committedId).hash() == ICore(core).metaBlockHash(metaHeight),
            NotUnderKernel(skipped.kernelHash, metaHeight)
        );
        require(skipped.height > before.height, ICore.HeightNotAbove(skipped.height, before.height));
        require(skipped.height < committedHeight, HeightNotBelow(skipped.height, committedHeight));
        // The kernel's target, which is above what was committed before: R32's rule about gas follows from it.
        uint256 gasTarget = before.accumulatedGas + ICore(core).gasTarget();
        require(skipped.accumulatedGas >= gasTarget, GasTargetNotReached(skipped.accumulatedGas, gasTarget));
        require(skipped.dynasty >= before.dynasty, ICore.DynastyBelow(skipped.dynasty, before.dynasty));
        _requireOrigin(skipped.originCheckpoint, report.originNumber, before.originCheckpoint);
    }

    function _committedBefore(uint64 metaHeight) private view returns (Proposal memory before) {
        if (metaHeight > 1) return ICore(core).proposal(ICore(core).committedProposal(metaHeight - 1));
        before.originCheckpoint = ICore(core).originRoot();
    }

    /// @dev An unset hash never matches.
    function _requireOrigin(bytes32 checkpoint, uint256 number, bytes32 before) private view {
        bool known = checkpoint != 0
            && (checkpoint == before
                || checkpoint == ICore(core).lastCommitted().originCheckpoint
                || checkpoint == ICore(core).pinnedOrigin(number)
                || checkpoint == BlockHashes.hashOf(number));
        require(known, ICore.OriginCheckpointUnknown(number, checkpoint));
    }

    /// @dev Auxiliary itself recorded T' as finalised early enough for every signer of the committed checkpoint to
    /// have it in its chain: without this clause honest validators could be punished (R37).
    function _requireRecorded(SkippedCheckpoint calldata report, uint64 committedHeight) internal view virtual {
        bool later = report.provenBy > report.metaHeight;
        require(later || report.provenBy == report.metaHeight, ProvenTooEarly(report.provenBy, report.metaHeight));
        uint256 latest = (uint256(committedHeight) + 1) * ICore(core).auxiliaryEpochLength();
        require(report.blockNumber <= latest, RecordedTooLate(report.blockNumber, latest));
        uint256 needed = later ? 2 : 1;
        require(report.storageProofs.length == needed, WrongProofCount(report.storageProofs.length, needed));
        bytes32 storageRoot = _storageRoot(report);
        bytes32 expected = keccak256(abi.encode(report.transition.hash(), report.blockNumber));
        bytes32 found =
            _word(storageRoot, FixedSlots.BLOCK_STORE_FINALITY, report.transition.height, report.storageProofs[0]);
        require(found == expected, FinalityNotRecorded(found, expected));
        if (!later) return;
        // A later root may be of a branch that the signers of n did not vote on.
        bytes32 target = ICore(core).committedTarget(report.metaHeight);
        found = _word(
            storageRoot, FixedSlots.BLOCK_STORE_CHECKPOINT_HASH, uint256(committedHeight) + 1, report.storageProofs[1]
        );
        require(found == target, SealedOnAnotherBranch(found, target));
    }

    function _storageRoot(SkippedCheckpoint calldata report) private view returns (bytes32) {
        bytes32 provingId = ICore(core).committedProposal(report.provenBy);
        require(provingId != 0, MetaBlockNotCommitted(report.provenBy));
        bytes32 stateRoot = ICore(core).proposal(provingId).stateRoot;
        return TrieProof.account(stateRoot, ICore(core).auxiliaryBlockStore(), report.accountProof).storageRoot;
    }

    function _word(bytes32 storageRoot, uint256 slot, uint256 key, bytes[] calldata proof)
        private
        pure
        returns (bytes32)
    {
        return bytes32(TrieProof.storageWord(storageRoot, FixedSlots.entry(key, slot), proof));
    }

    /// @dev T' had the votes to be sealed, also without everybody slashed before the commit (R38).
    function _requireFinalisingVotes(SkippedCheckpoint calldata report, bytes32 transitionHash) private view {
        Transition calldata skipped = report.transition;
        require(report.target != 0, ICore.ZeroTarget());
        Vote memory vote = Vote({
            coreId: coreId,
            transition: transitionHash,
            source: skipped.checkpoint,
            target: report.target,
            sourceHeight: skipped.height,
            targetHeight: skipped.height + 1
        });
        _requireQuorum(report.metaHeight, vote, report.signatures, report.metaHeight);
    }

    /* REVERSAL */

    /// @inheritdoc IEvidence
    function reportReversal(Vote calldata vote, bytes[] calldata signatures, bytes calldata header, uint64 metaHeight)
        external
    {
        require(!ICore(core).isHalted(), ICore.CoreHalted());
        require(
            vote.coreId == CoreIdentifier.originOf(coreId) && vote.sourceHeight < vote.targetHeight,
            NotAboutOrigin(vote.coreId, vote.sourceHeight, vote.targetHeight)
        );
        uint64 openHeight = ICore(core).openHeight();
        require(
            metaHeight == openHeight || uint256(metaHeight) + 1 == openHeight, HeightNotRecent(metaHeight, openHeight)
        );
        Header memory signed = _requireSigned(vote, header);
        bytes32 actual = BlockHashes.hashOf(signed.number);
        if (actual == 0) actual = ICore(core).pinnedOrigin(signed.number);
        require(actual != 0, ICore.OriginBlockUnavailable(signed.number));
        require(actual != signed.hash, NotReverted(signed.number, actual));
        _requireQuorum(metaHeight, vote, signatures, ALL_SLASHES);
        emit ReversalProven(signed.number, signed.hash, actual, msg.sender);
        ICore(core).halt(HaltReason.OriginReversed);
    }

    /// @dev The number is taken from the header and must be the signed one: a height alone names no block.
    function _requireSigned(Vote calldata vote, bytes calldata header) private view returns (Header memory decoded) {
        decoded = HeaderDecoder.decode(header);
        require(decoded.hash == vote.source || decoded.hash == vote.target, HeaderNotSigned(decoded.hash));
        uint256 height = decoded.hash == vote.source ? vote.sourceHeight : vote.targetHeight;
        uint256 number = height * ICore(core).originEpochLength();
        require(decoded.number == number, WrongNumber(decoded.number, number));
    }

    /* QUORUM */

    /// @dev Who cannot be counted is skipped, as in a seal (R33). Signers slashed while height `slashedUpTo` or an
    /// earlier one was open weigh nothing.
    function _requireQuorum(uint64 metaHeight, Vote memory vote, bytes[] calldata signatures, uint64 slashedUpTo)
        private
        view
    {
        bytes32 digest = Signing.digest(domain, vote.hash());
        address[] memory signers = new address[](signatures.length);
        for (uint256 i; i < signatures.length; ++i) {
            signers[i] = Signing.recover(digest, signatures[i]);
        }
        Count memory count = _count(metaHeight, signers, slashedUpTo);
        (uint256 forwardTotal, uint256 rearTotal) = IStake(_stake()).totals(metaHeight);
        require(
            Quorum.isDoubleQuorum(count.forward, forwardTotal, count.rear, rearTotal),
            QuorumMissing(metaHeight, count.forward, count.rear)
        );
    }

    function _count(uint64 metaHeight, address[] memory signers, uint64 slashedUpTo)
        private
        view
        returns (Count memory count)
    {
        (uint256[] memory indices, uint256[] memory forward, uint256[] memory rear, uint64[] memory slashedWhile) =
            IStake(_stake()).weighHistoric(metaHeight, signers);
        count.seen = new uint256[](IStake(_stake()).validatorCount() / WORD_BITS + 1);
        for (uint256 i; i < signers.length; ++i) {
            if (forward[i] + rear[i] == 0) continue;
            if (slashedWhile[i] != 0 && slashedWhile[i] <= slashedUpTo) continue;
            uint256 bit = 1 << (indices[i] % WORD_BITS);
            uint256 word = indices[i] / WORD_BITS;
            if (count.seen[word] & bit != 0) continue;
            count.seen[word] |= bit;
            count.forward += forward[i];
            count.rear += rear[i];
        }
    }

    function _stake() private view returns (address) {
        return ICore(core).stake();
    }
}
