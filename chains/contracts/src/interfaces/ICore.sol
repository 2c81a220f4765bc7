// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { HaltReason, Kernel, Transition } from "../types/Types.sol";

/// @notice What a Core is constructed with.
/// @param stake Stake of this core; deployed before it.
/// @param evidence Contract that proves gas-rule violations and reversals (R38, R40).
/// @param auxiliaryBlockStore AuxiliaryBlockStore on the auxiliary chain.
/// @param coGateway CoGateway on the auxiliary chain.
/// @param originEpochLength Blocks per epoch on origin.
/// @param auxiliaryEpochLength Blocks per epoch on auxiliary.
/// @param gasTarget Gas l a meta-block is meant to span (Eq. 1).
/// @param commitWindow Origin blocks between sealing and commit (R34).
/// @param evidencePeriod Origin blocks in which a gas-rule violation may be reported (R38).
/// @param proposalBond Coins locked with each proposal, in wei (R39b).
/// @param originRootHeader RLP header of an origin block at checkpoint height inside the window (R35b).
/// @param auxiliaryRootHeader RLP header of block 0 of the auxiliary chain (R35b).
/// @param validators Initial set as registered at the stake, ascending.
/// @param weights Weight of each.
struct CoreParameters {
    address stake;
    address evidence;
    address auxiliaryBlockStore;
    address coGateway;
    uint64 originEpochLength;
    uint64 auxiliaryEpochLength;
    uint256 gasTarget;
    uint64 commitWindow;
    uint64 evidencePeriod;
    uint256 proposalBond;
    bytes originRootHeader;
    bytes auxiliaryRootHeader;
    address[] validators;
    uint256[] weights;
}

/// @notice A proposed transition of the open height. Its id is hash(T).
/// @param proposer Who locked the bond.
/// @param kernelHeight Meta-block height it was proposed for.
/// @param height Checkpoint height of T.
/// @param dynasty Dynasty of T.
/// @param checkpoint Checkpoint of T.
/// @param accumulatedGas Accumulated gas of T.
/// @param originCheckpoint Origin observation of T.
/// @param stateRoot State root of the checkpoint's header.
/// @param bond Bond still locked, in wei.
struct Proposal {
    address proposer;
    uint64 kernelHeight;
    uint64 height;
    uint64 dynasty;
    bytes32 checkpoint;
    uint256 accumulatedGas;
    bytes32 originCheckpoint;
    bytes32 stateRoot;
    uint256 bond;
}

/// @notice The sealed proposal that waits for its commit (R34).
/// @param proposalId The proposal, zero if none is sealed.
/// @param target Target of the votes that seal it.
/// @param sealedAt Origin block at which it became the candidate.
struct Candidate {
    bytes32 proposalId;
    bytes32 target;
    uint64 sealedAt;
}

/// @notice The last committed transition, as far as the next proposal is checked against it (R32).
/// @param height Checkpoint height.
/// @param dynasty Dynasty.
/// @param accumulatedGas Accumulated gas.
/// @param originCheckpoint Origin observation.
/// @param checkpoint Checkpoint hash.
struct Committed {
    uint64 height;
    uint64 dynasty;
    uint256 accumulatedGas;
    bytes32 originCheckpoint;
    bytes32 checkpoint;
}

/// @title ICore
/// @notice One auxiliary chain as origin sees it: proposals, seals, commits and state roots (R32-R40).
/// Nothing here is decided by an owner: validators' signatures decide, and anyone may carry them.
interface ICore {
    /// @notice A transition of the open height was proposed.
    /// @param proposalId hash(T).
    /// @param kernelHeight Open meta-block height.
    /// @param proposer Who locked the bond.
    /// @param transition The transition in full.
    /// @param stateRoot State root of the checkpoint.
    event Proposed(
        bytes32 indexed proposalId,
        uint64 indexed kernelHeight,
        address indexed proposer,
        Transition transition,
        bytes32 stateRoot
    );
    /// @notice Signatures were counted; those that could not be counted again are left out (R33).
    /// @param proposalId hash(T).
    /// @param target Target of the vote.
    /// @param digest Digest the validators signed.
    /// @param signers Validators counted by this call.
    /// @param forward Weight counted so far in the forward set.
    /// @param rear Weight counted so far in the rear set.
    event VotesVerified(
        bytes32 indexed proposalId,
        bytes32 indexed target,
        bytes32 digest,
        address[] signers,
        uint256 forward,
        uint256 rear
    );
    /// @notice The proposal became the candidate (R34).
    /// @param proposalId hash(T).
    /// @param target Target of the votes that seal it.
    /// @param committableAt First origin block in which it may be committed.
    event Sealed(bytes32 indexed proposalId, bytes32 indexed target, uint64 committableAt);
    /// @notice The candidate was replaced by a lower one that reached the gas target; it is open again (R34).
    event Superseded(bytes32 indexed proposalId, bytes32 indexed successor);
    /// @notice The candidate fell below quorum by slashes; it is open again (R34, R45).
    event Unsealed(bytes32 indexed proposalId, bytes32 indexed target);
    /// @notice A meta-block was committed.
    /// @param height Meta-block height.
    /// @param metaBlockHash hash(MetaBlock).
    /// @param checkpoint Auxiliary checkpoint.
    /// @param kernelHash Kernel of the meta-block.
    /// @param transitionHash Transition of the meta-block, which is the proposal's id.
    /// @param checkpointHeight Checkpoint height of the auxiliary checkpoint.
    /// @param target Target of the votes that sealed it.
    /// @param stateRoot Auxiliary state root that became readable.
    event MetaBlockCommitted(
        uint64 indexed height,
        bytes32 indexed metaBlockHash,
        bytes32 indexed checkpoint,
        bytes32 kernelHash,
        bytes32 transitionHash,
        uint64 checkpointHeight,
        bytes32 target,
        bytes32 stateRoot
    );
    /// @notice The kernel of the next meta-block was opened.
    event KernelOpened(uint64 indexed height, bytes32 indexed kernelHash, Kernel kernel);
    /// @notice An origin block hash was stored for later proposals (R32).
    event OriginPinned(uint256 indexed number, bytes32 indexed blockHash);
    /// @notice The bond went back to the proposer (R39b).
    event BondReturned(bytes32 indexed proposalId, address indexed proposer, uint256 amount);
    /// @notice The committing proposal's bond was lost for a gas-rule violation (R39b).
    /// @param proposalId hash(T) of the proposal.
    /// @param fisherman Who proved the violation.
    /// @param reward Half of the bond, paid to the fisherman.
    /// @param burned The rest.
    event BondForfeited(bytes32 indexed proposalId, address indexed fisherman, uint256 reward, uint256 burned);
    /// @notice The core halted for ever (R40).
    event Halted(uint64 indexed height, HaltReason reason);

    /// @notice A parameter that must not be zero is.
    error ZeroParameter();
    /// @notice Block `number` is not at a checkpoint height.
    error NotCheckpoint(uint256 number, uint64 epochLength);
    /// @notice The root header is not a block of the origin chain inside the window.
    error OriginRootUnavailable(uint256 number, bytes32 blockHash);
    /// @notice The auxiliary root is not block 0.
    error AuxiliaryRootNotGenesis(uint256 number);
    /// @notice The initial set differs from the one registered at the stake.
    error InitialSetMismatch(address validator, uint256 weight, uint256 registered);
    /// @notice Stakes could be withdrawn before a violation can be reported (R41).
    error WithdrawalDelayTooShort(uint64 withdrawalDelay, uint64 commitWindow, uint64 evidencePeriod);
    /// @notice The core is halted.
    error CoreHalted();
    /// @notice The transition belongs to another core.
    error WrongCore(bytes32 given, bytes32 expected);
    /// @notice The transition is not under the open kernel.
    error WrongKernel(bytes32 given, bytes32 open);
    /// @notice The checkpoint height is not above the last committed one.
    error HeightNotAbove(uint64 height, uint64 committed);
    /// @notice The accumulated gas is not above the last committed one.
    error GasNotAbove(uint256 gas, uint256 committed);
    /// @notice The dynasty is below the last committed one.
    error DynastyBelow(uint64 dynasty, uint64 committed);
    /// @notice The coins sent are not the bond.
    error WrongBond(uint256 received, uint256 expected);
    /// @notice The same transition was proposed before.
    error AlreadyProposed(bytes32 proposalId);
    /// @notice The header is not the one of the transition's checkpoint.
    error WrongHeader(bytes32 headerHash, bytes32 checkpoint);
    /// @notice The header's number does not belong to the transition's height.
    error WrongHeaderNumber(uint256 number, uint64 height);
    /// @notice The transition's origin checkpoint is not known to be a block of this chain (R32).
    error OriginCheckpointUnknown(uint256 number, bytes32 originCheckpoint);
    /// @notice The chain no longer knows the hash of that block.
    error OriginBlockUnavailable(uint256 number);
    /// @notice There is no such proposal.
    error UnknownProposal(bytes32 proposalId);
    /// @notice The proposal belongs to a height that is not open.
    error ProposalClosed(bytes32 proposalId, uint64 kernelHeight, uint64 openHeight);
    /// @notice The target of a vote must not be zero.
    error ZeroTarget();
    /// @notice No proposal is sealed.
    error NothingSealed();
    /// @notice The commit window is still open.
    error CommitWindowOpen(uint256 blockNumber, uint256 committableAt);
    /// @notice The bond may not be returned yet, `from` zero if that is not known yet.
    error BondLocked(bytes32 proposalId, uint256 from);
    /// @notice The bond was returned before.
    error NoBond(bytes32 proposalId);
    /// @notice No checkpoint was committed at that height.
    error NotCommitted(uint64 height);
    /// @notice Only the stake or the evidence contract may halt the core, each after its own proof.
    error MayNotHalt(address caller);
    /// @notice Only the evidence contract may call this.
    error NotEvidence(address caller);

    /// @notice Proposes what the auxiliary chain did as the open meta-block, locking the bond (R32). Anyone may.
    /// @param transition The transition.
    /// @param header RLP header of its checkpoint.
    /// @param originNumber Origin block number of its origin checkpoint.
    /// @return proposalId hash(T).
    function propose(Transition calldata transition, bytes calldata header, uint256 originNumber)
        external
        payable
        returns (bytes32 proposalId);

    /// @notice Stores the hash of an origin block inside the window, for proposals made later (R32). Anyone may.
    /// @param number Origin block number.
    function pinOrigin(uint256 number) external;

    /// @notice Counts signatures over the vote (core id, hash(T), T.checkpoint, target, T.height, T.height + 1),
    /// the very votes cast on auxiliary, and seals the proposal at quorum (R33, R34). Anyone may. Signatures that
    /// are malformed, of unknown or slashed validators, or counted before are skipped. With no signatures it only
    /// tries to seal.
    /// @param proposalId hash(T).
    /// @param target Target of the vote.
    /// @param signatures Signatures, 65 bytes each.
    function verifyVotes(bytes32 proposalId, bytes32 target, bytes[] calldata signatures) external;

    /// @notice Commits the candidate once its window is over, or empties the slot if slashes brought it below
    /// quorum (R34, R35, R45). Anyone may.
    function commit() external;

    /// @notice Sends a proposal's bond back to its proposer once R39b allows it. Anyone may.
    /// @param proposalId hash(T).
    function returnBond(bytes32 proposalId) external;

    /// @notice Halts the core for ever (R40).
    /// @dev Only the stake, which proved slashes, or the evidence contract, which proved a reversal, may call this.
    function halt(HaltReason reason) external;

    /// @notice Takes the bond of the proposal committed as meta-block `metaHeight`: half for the fisherman, half burned
    /// (R39b).
    /// @dev Only the evidence contract may call this, after it checked the proof.
    function forfeitBond(uint64 metaHeight, address fisherman) external;

    /// @notice Hash of the open kernel, at a fixed slot so that auxiliary can prove it (R35d).
    function openKernelHash() external view returns (bytes32);

    /// @notice Height of the open meta-block.
    function openHeight() external view returns (uint64);

    /// @notice Accumulated gas at which the open meta-block is due.
    function openGasTarget() external view returns (uint256);

    /// @notice Meta-blocks committed, the genesis not counted.
    function committedMetaHeight() external view returns (uint64);

    /// @notice Checkpoint height of the last committed transition.
    function committedHeight() external view returns (uint64);

    /// @notice The last committed transition.
    function lastCommitted() external view returns (Committed memory);

    /// @notice Hash of meta-block `height`, zero if it is not committed.
    function metaBlockHash(uint64 height) external view returns (bytes32);

    /// @notice Proposal committed as meta-block `height`, zero if it is not committed.
    function committedProposal(uint64 height) external view returns (bytes32);

    /// @notice Target of the votes that sealed meta-block `height`, zero if it is not committed.
    function committedTarget(uint64 height) external view returns (bytes32);

    /// @notice First origin block in which no gas-rule violation of meta-block `height` is accepted any more: the
    /// evidence period after the next commit or the halt (R38). Zero while neither has happened.
    function evidenceEnds(uint64 height) external view returns (uint256);

    /// @notice Origin block in which meta-block `height` was committed.
    function committedAt(uint64 height) external view returns (uint64);

    /// @notice Auxiliary state root at a committed checkpoint height; reverts for any other height (R29).
    function stateRoot(uint64 height) external view returns (bytes32);

    /// @notice A proposal, all zero if unknown.
    function proposal(bytes32 proposalId) external view returns (Proposal memory);

    /// @notice Ids of all proposals for a meta-block height, in order of arrival.
    function proposals(uint64 kernelHeight) external view returns (bytes32[] memory);

    /// @notice Weights counted for a proposal and target, before slashes not applied yet.
    function tally(bytes32 proposalId, bytes32 target) external view returns (uint256 forward, uint256 rear);

    /// @notice True if the signature of `validator` is counted.
    function hasSigned(bytes32 proposalId, bytes32 target, address validator) external view returns (bool);

    /// @notice The sealed proposal, all zero if none.
    function candidate() external view returns (Candidate memory);

    /// @notice Origin block hash stored by `pinOrigin`, zero if none.
    function pinnedOrigin(uint256 number) external view returns (bytes32);

    /// @notice True once halted.
    function isHalted() external view returns (bool);

    /// @notice Origin block in which the core halted, zero if it did not.
    function haltedAt() external view returns (uint64);

    /// @notice Identifier of this core (R1).
    function coreId() external view returns (bytes32);

    /// @notice Stake of this core.
    function stake() external view returns (address);

    /// @notice Contract that proves gas-rule violations and reversals.
    function evidence() external view returns (address);

    /// @notice AuxiliaryBlockStore on the auxiliary chain.
    function auxiliaryBlockStore() external view returns (address);

    /// @notice CoGateway on the auxiliary chain.
    function coGateway() external view returns (address);

    /// @notice Blocks per epoch on origin.
    function originEpochLength() external view returns (uint64);

    /// @notice Blocks per epoch on auxiliary.
    function auxiliaryEpochLength() external view returns (uint64);

    /// @notice Gas a meta-block is meant to span.
    function gasTarget() external view returns (uint256);

    /// @notice Origin blocks between sealing and commit.
    function commitWindow() external view returns (uint64);

    /// @notice Origin blocks in which a gas-rule violation may be reported.
    function evidencePeriod() external view returns (uint64);

    /// @notice Coins locked with each proposal, in wei.
    function proposalBond() external view returns (uint256);

    /// @notice Hash of the origin block the observations on auxiliary start from.
    function originRoot() external view returns (bytes32);

    /// @notice Hash of block 0 of the auxiliary chain.
    function auxiliaryRoot() external view returns (bytes32);
}
