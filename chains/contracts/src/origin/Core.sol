// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Candidate, Committed, CoreParameters, ICore, Proposal } from "../interfaces/ICore.sol";
import { IStake, Member } from "../interfaces/IStake.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { Coins } from "../libraries/Coins.sol";
import { CoreIdentifier } from "../libraries/CoreIdentifier.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { Quorum } from "../libraries/Quorum.sol";
import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { HaltReason, Kernel, MetaBlock, Transition, Vote } from "../types/Types.sol";
import { BitMaps } from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// @title Core
/// @notice One auxiliary chain on origin: proposals, seals, commits, kernels and state roots (R32-R40).
contract Core is ICore {
    using BitMaps for BitMaps.BitMap;
    using StructHash for Kernel;
    using StructHash for MetaBlock;
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
    address public immutable evidence;
    /// @inheritdoc ICore
    address public immutable auxiliaryBlockStore;
    /// @inheritdoc ICore
    address public immutable coGateway;
    /// @inheritdoc ICore
    uint64 public immutable originEpochLength;
    /// @inheritdoc ICore
    uint64 public immutable auxiliaryEpochLength;
    /// @inheritdoc ICore
    uint256 public immutable gasTarget;
    /// @inheritdoc ICore
    uint64 public immutable commitWindow;
    /// @inheritdoc ICore
    uint64 public immutable evidencePeriod;
    /// @inheritdoc ICore
    uint256 public immutable proposalBond;
    /// @inheritdoc ICore
    bytes32 public immutable originRoot;
    /// @inheritdoc ICore
    bytes32 public immutable auxiliaryRoot;
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
    uint64 public committedMetaHeight;
    /// @inheritdoc ICore
    uint64 public haltedAt;
    Committed private last;
    Candidate private sealedCandidate;
    mapping(bytes32 proposalId => Proposal) private proposalOf;
    mapping(uint64 kernelHeight => bytes32[]) private proposalsOf;
    mapping(bytes32 proposalId => mapping(bytes32 target => Tally)) private tallies;
    mapping(uint64 height => bytes32) private stateRoots;
    mapping(uint64 metaHeight => bytes32 proposalId) private committedProposal;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => bytes32) public metaBlockHash;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => uint64) public committedAt;
    /// @inheritdoc ICore
    mapping(uint256 number => bytes32) public pinnedOrigin;

    /* CONSTRUCTOR */

    constructor(CoreParameters memory parameters) {
        _requireParameters(parameters);
        coreId = CoreIdentifier.compose(block.chainid, address(this));
        domain = Signing.domainOf(coreId);
        stake = parameters.stake;
        evidence = parameters.evidence;
        auxiliaryBlockStore = parameters.auxiliaryBlockStore;
        coGateway = parameters.coGateway;
        originEpochLength = parameters.originEpochLength;
        auxiliaryEpochLength = parameters.auxiliaryEpochLength;
        gasTarget = parameters.gasTarget;
        commitWindow = parameters.commitWindow;
        evidencePeriod = parameters.evidencePeriod;
        proposalBond = parameters.proposalBond;
        originRoot = _originRoot(parameters);
        Header memory root = HeaderDecoder.decode(parameters.auxiliaryRootHeader);
        require(root.number == 0, AuxiliaryRootNotGenesis(root.number));
        auxiliaryRoot = root.hash;
        stateRoots[0] = root.stateRoot;
        last.originCheckpoint = originRoot;
        last.checkpoint = root.hash;
        _requireInitialSet(parameters);
        metaBlockHash[0] = _genesisMetaBlock();
        _open(1, metaBlockHash[0], parameters.validators, parameters.weights);
    }

    function _requireParameters(CoreParameters memory parameters) private view {
        require(
            parameters.stake != address(0) && parameters.evidence != address(0)
                && parameters.auxiliaryBlockStore != address(0) && parameters.coGateway != address(0),
            ZeroParameter()
        );
        require(
            parameters.originEpochLength > 0 && parameters.auxiliaryEpochLength > 0 && parameters.gasTarget > 0
                && parameters.commitWindow > 0 && parameters.evidencePeriod > 0,
            ZeroParameter()
        );
        uint64 delay = IStake(parameters.stake).withdrawalDelay();
        require(
            delay > parameters.commitWindow + parameters.evidencePeriod,
            WithdrawalDelayTooShort(delay, parameters.commitWindow, parameters.evidencePeriod)
        );
    }

    function _originRoot(CoreParameters memory parameters) private view returns (bytes32) {
        Header memory root = HeaderDecoder.decode(parameters.originRootHeader);
        require(
            root.number % parameters.originEpochLength == 0, NotCheckpoint(root.number, parameters.originEpochLength)
        );
        require(BlockHashes.hashOf(root.number) == root.hash, OriginRootUnavailable(root.number, root.hash));
        return root.hash;
    }

    /// @dev Ascending, all as registered and with the registered total: then it is the registered set.
    function _requireInitialSet(CoreParameters memory parameters) private view {
        (, uint256[] memory registered,) = IStake(parameters.stake).weigh(1, parameters.validators);
        address previous;
        uint256 total;
        for (uint256 i; i < registered.length; ++i) {
            address validator = parameters.validators[i];
            require(
                validator > previous && registered[i] == parameters.weights[i],
                InitialSetMismatch(validator, parameters.weights[i], registered[i])
            );
            previous = validator;
            total += registered[i];
        }
        uint256 expected = IStake(parameters.stake).totalAt(1);
        require(
            total == expected && parameters.weights.length == registered.length,
            InitialSetMismatch(address(0), total, expected)
        );
    }

    /// @dev MetaBlock_0 of R35b: no kernel opened it and nobody sealed it.
    function _genesisMetaBlock() private view returns (bytes32) {
        Kernel memory kernel;
        bytes32 kernelHash = kernel.hash();
        Transition memory transition;
        transition.coreId = coreId;
        transition.kernelHash = kernelHash;
        transition.checkpoint = auxiliaryRoot;
        transition.originCheckpoint = originRoot;
        return MetaBlock(kernelHash, transition.hash()).hash();
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
    function _applySlashes(Tally storage votes) private {
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

    function _hasQuorum(Tally storage votes) private view returns (bool) {
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

    /* COMMITS */

    /// @inheritdoc ICore
    function commit() external {
        _requireRunning();
        Candidate memory due = sealedCandidate;
        require(due.proposalId != 0, NothingSealed());
        uint256 committableAt = uint256(due.sealedAt) + commitWindow;
        require(block.number >= committableAt, CommitWindowOpen(block.number, committableAt));
        delete sealedCandidate;
        Tally storage votes = tallies[due.proposalId][due.target];
        _applySlashes(votes);
        if (!_hasQuorum(votes)) {
            emit Unsealed(due.proposalId, due.target);
            return;
        }
        _commit(due);
    }

    function _commit(Candidate memory due) private {
        uint64 height = openHeight;
        Proposal storage proposed = proposalOf[due.proposalId];
        bytes32 hash = MetaBlock(openKernelHash, due.proposalId).hash();
        metaBlockHash[height] = hash;
        committedAt[height] = uint64(block.number);
        committedProposal[height] = due.proposalId;
        committedMetaHeight = height;
        stateRoots[proposed.height] = proposed.stateRoot;
        last = Committed({
            height: proposed.height,
            dynasty: proposed.dynasty,
            accumulatedGas: proposed.accumulatedGas,
            originCheckpoint: proposed.originCheckpoint,
            checkpoint: proposed.checkpoint
        });
        emit MetaBlockCommitted(
            height,
            hash,
            proposed.checkpoint,
            openKernelHash,
            due.proposalId,
            proposed.height,
            due.target,
            proposed.stateRoot
        );
        (bool opened, address[] memory validators, uint256[] memory weights) = IStake(stake).openNextHeight(height);
        if (opened) _open(height + 1, hash, validators, weights);
        else _halt(HaltReason.WeightBelowMinimum);
    }

    /// @dev The gas target is absolute: what the last commit reached plus one target (protocol.md 5).
    function _open(uint64 height, bytes32 parent, address[] memory validators, uint256[] memory weights) private {
        openHeight = height;
        openGasTarget = last.accumulatedGas + gasTarget;
        Kernel memory kernel = Kernel(height, parent, validators, weights, openGasTarget);
        openKernelHash = kernel.hash();
        emit KernelOpened(height, openKernelHash, kernel);
    }

    /// @inheritdoc ICore
    function returnBond(bytes32 proposalId) external {
        Proposal storage proposed = proposalOf[proposalId];
        require(proposed.proposer != address(0), UnknownProposal(proposalId));
        uint256 amount = proposed.bond;
        require(amount > 0, NoBond(proposalId));
        (bool known, uint256 from) = _bondFreeFrom(proposalId, proposed.kernelHeight);
        require(known && block.number >= from, BondLocked(proposalId, from));
        proposed.bond = 0;
        emit BondReturned(proposalId, proposed.proposer, amount);
        Coins.send(proposed.proposer, amount);
    }

    /// @dev The committed proposal answers for the gas rule until R38's period ends, the others until its commit
    /// or the halt (R39b).
    function _bondFreeFrom(bytes32 proposalId, uint64 kernelHeight) private view returns (bool known, uint256 from) {
        if (committedProposal[kernelHeight] != proposalId) {
            return (committedAt[kernelHeight] != 0 || haltedAt != 0, 0);
        }
        uint64 periodBegins = committedAt[kernelHeight + 1] != 0 ? committedAt[kernelHeight + 1] : haltedAt;
        return periodBegins == 0 ? (false, 0) : (true, uint256(periodBegins) + evidencePeriod);
    }

    /* HALT */

    /// @inheritdoc ICore
    function halt(HaltReason reason) external {
        require(msg.sender == stake || msg.sender == evidence, MayNotHalt(msg.sender));
        // Slashing goes on after the halt; the first reason stays.
        if (haltedAt == 0) _halt(reason);
    }

    function _halt(HaltReason reason) private {
        haltedAt = uint64(block.number);
        emit Halted(openHeight, reason);
    }

    function _requireRunning() private view {
        require(haltedAt == 0, CoreHalted());
    }

    /* VIEWS */

    /// @inheritdoc ICore
    function isHalted() external view returns (bool) {
        return haltedAt != 0;
    }

    /// @inheritdoc ICore
    function committedHeight() external view returns (uint64) {
        return last.height;
    }

    /// @inheritdoc ICore
    function lastCommitted() external view returns (Committed memory) {
        return last;
    }

    /// @inheritdoc ICore
    function stateRoot(uint64 height) external view returns (bytes32 root) {
        root = stateRoots[height];
        require(root != 0, NotCommitted(height));
    }

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
