// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Candidate, Committed, CoreParameters, ICore, Proposal } from "../interfaces/ICore.sol";
import { IStake } from "../interfaces/IStake.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { Coins } from "../libraries/Coins.sol";
import { Header, HeaderDecoder } from "../libraries/HeaderDecoder.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { HaltReason, Kernel, MetaBlock, Transition } from "../types/Types.sol";
import { Proposals } from "./Proposals.sol";

/// @title Core
/// @notice One auxiliary chain on origin: commits, kernels, state roots and the halt (R35-R40); what is proposed and
/// sealed for the open meta-block is in Proposals.
contract Core is Proposals {
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Transition;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICore
    address public immutable evidence;
    /// @inheritdoc ICore
    address public immutable auxiliaryBlockStore;
    /// @inheritdoc ICore
    address public immutable coGateway;
    /// @inheritdoc ICore
    uint64 public immutable originEpochLength;
    /// @inheritdoc ICore
    uint256 public immutable gasTarget;
    /// @inheritdoc ICore
    uint64 public immutable evidencePeriod;
    /// @inheritdoc ICore
    bytes32 public immutable originRoot;
    /// @inheritdoc ICore
    bytes32 public immutable auxiliaryRoot;

    /* STORAGE */

    /// @inheritdoc ICore
    uint64 public committedMetaHeight;
    mapping(uint64 height => bytes32) private stateRoots;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => bytes32 proposalId) public committedProposal;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => bytes32 target) public committedTarget;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => bytes32) public metaBlockHash;
    /// @inheritdoc ICore
    mapping(uint64 metaHeight => uint64) public committedAt;

    /* CONSTRUCTOR */

    constructor(CoreParameters memory parameters) Proposals(parameters) {
        _requireParameters(parameters);
        evidence = parameters.evidence;
        auxiliaryBlockStore = parameters.auxiliaryBlockStore;
        coGateway = parameters.coGateway;
        originEpochLength = parameters.originEpochLength;
        gasTarget = parameters.gasTarget;
        evidencePeriod = parameters.evidencePeriod;
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
        committedTarget[height] = due.target;
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
        // Before the last effects: the kernel lists what the stake answers, which is this core's own and calls nobody.
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

    /// @inheritdoc ICore
    function forfeitBond(uint64 metaHeight, address fisherman) external {
        require(msg.sender == evidence, NotEvidence(msg.sender));
        bytes32 proposalId = committedProposal[metaHeight];
        uint256 amount = proposalOf[proposalId].bond;
        // Without a bond in the parameters there is nothing to take, and a violation is punished all the same.
        require(amount > 0 || proposalBond == 0, NoBond(proposalId));
        proposalOf[proposalId].bond = 0;
        uint256 reward = amount / 2;
        emit BondForfeited(proposalId, fisherman, reward, amount - reward);
        Coins.burn(amount - reward);
        Coins.send(fisherman, reward);
    }

    /// @dev The committed proposal answers for the gas rule until R38's period ends, the others until its commit
    /// or the halt (R39b).
    function _bondFreeFrom(bytes32 proposalId, uint64 kernelHeight) private view returns (bool known, uint256 from) {
        if (committedProposal[kernelHeight] != proposalId) {
            return (committedAt[kernelHeight] != 0 || haltedAt != 0, 0);
        }
        from = evidenceEnds(kernelHeight);
        known = from != 0;
    }

    /// @inheritdoc ICore
    function evidenceEnds(uint64 height) public view returns (uint256) {
        uint64 begins = committedAt[height + 1] != 0 ? committedAt[height + 1] : haltedAt;
        return begins == 0 ? 0 : uint256(begins) + evidencePeriod;
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
}
