// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { AuxiliaryBlockStore } from "../../src/auxiliary/AuxiliaryBlockStore.sol";
import { KernelGateway } from "../../src/auxiliary/KernelGateway.sol";
import { OriginObserver } from "../../src/auxiliary/OriginObserver.sol";
import { PollingPlace } from "../../src/auxiliary/PollingPlace.sol";
import { Rewards } from "../../src/auxiliary/Rewards.sol";
import { AuxiliaryBlockStoreParameters } from "../../src/interfaces/IAuxiliaryBlockStore.sol";
import { CoreParameters } from "../../src/interfaces/ICore.sol";
import { KernelGatewayParameters } from "../../src/interfaces/IKernelGateway.sol";
import { OriginObserverParameters } from "../../src/interfaces/IOriginObserver.sol";
import { PollingPlaceParameters } from "../../src/interfaces/IPollingPlace.sol";
import { RewardsParameters } from "../../src/interfaces/IRewards.sol";
import { StakeParameters } from "../../src/interfaces/IStake.sol";
import { CoreIdentifier } from "../../src/libraries/CoreIdentifier.sol";
import { InitialValidator } from "../../src/libraries/InitialSet.sol";
import { Signing } from "../../src/libraries/Signing.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Core } from "../../src/origin/Core.sol";
import { Evidence } from "../../src/origin/Evidence.sol";
import { Stake } from "../../src/origin/Stake.sol";
import { Kernel, Registration, Transition, Vote } from "../../src/types/Types.sol";
import { Headers } from "./Headers.sol";
import { ForgeTest } from "./Vm.sol";

/// @title Network
/// @notice A core and its auxiliary contracts with keys for every validator, and two simulated header chains.
/// Both chains share the one EVM of the test: `useOrigin` and `useAuxiliary` say whose block hashes it answers with.
abstract contract Network is ForgeTest {
    using StructHash for Kernel;
    using StructHash for Registration;
    using StructHash for Transition;
    using StructHash for Vote;

    uint64 internal constant EPOCH = 4;
    uint256 internal constant GAS_TARGET = 3_000_000;
    uint64 internal constant COMMIT_WINDOW = 6;
    uint64 internal constant EVIDENCE_PERIOD = 200;
    uint64 internal constant WITHDRAWAL_DELAY = 300;
    uint256 internal constant BOND = 1 ether;
    uint256 internal constant MINIMUM_STAKE = 32 ether;
    uint64 internal constant ORIGIN_ROOT_NUMBER = 8;
    uint256 internal constant GAS_PER_BLOCK = 100_000;
    address internal constant CO_GATEWAY = address(0xC0);

    Stake internal stake;
    Core internal core;
    KernelGateway internal gateway;
    OriginObserver internal observer;
    AuxiliaryBlockStore internal store;
    PollingPlace internal polls;
    Rewards internal blockRewards;
    address internal evidence = address(0xE1);
    uint256 internal minimumTotal = 64 ether;
    uint64 internal maxKernelChanges = 64;

    bytes32 internal coreId;
    bytes32 internal originId;
    uint256[] internal secrets;
    address[] internal validators;
    uint256[] internal weights;
    /// @dev Depositor of each validator: another account of its owner.
    address[] internal depositors;

    bytes[] internal auxiliaryHeaders;
    bytes32[] internal auxiliaryHashes;
    bytes[] internal originHeaders;
    bytes32[] internal originHashes;
    /// @dev State roots of blocks yet to be made, by salt and number.
    mapping(uint256 salt => mapping(uint256 number => bytes32)) internal chosenStateRoots;

    receive() external payable { }

    /* DEPLOYMENT */

    function deployNetwork() internal {
        uint256[] memory initial = new uint256[](4);
        (initial[0], initial[1], initial[2], initial[3]) = (40 ether, 38 ether, 36 ether, 34 ether);
        deployNetwork(initial);
    }

    function deployNetwork(uint256[] memory initialWeights) internal {
        makeKeys(initialWeights);
        makeChain(originHeaders, originHashes, 1, ORIGIN_ROOT_NUMBER + 1);
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, 1);
        vm.roll(ORIGIN_ROOT_NUMBER + 1);
        useOrigin();
        deployOrigin();
        useAuxiliary();
        deployAuxiliary();
    }

    function deployOrigin() internal {
        uint64 nonce = vm.getNonce(address(this));
        address coreAddress = vm.computeCreateAddress(address(this), nonce + 1);
        coreId = CoreIdentifier.compose(block.chainid, coreAddress);
        originId = CoreIdentifier.originOf(coreId);
        evidence = vm.computeCreateAddress(address(this), nonce + 2);
        stake = new Stake{ value: totalWeight() }(stakeParameters(coreAddress));
        core = new Core(coreParameters());
        require(address(core) == coreAddress && address(newEvidence()) == evidence);
    }

    function newEvidence() internal virtual returns (Evidence) {
        return new Evidence(address(core));
    }

    function deployAuxiliary() internal {
        uint64 nonce = vm.getNonce(address(this));
        address storeAddress = vm.computeCreateAddress(address(this), nonce + 2);
        address pollsAddress = vm.computeCreateAddress(address(this), nonce + 3);
        address observerAddress = vm.computeCreateAddress(address(this), nonce + 1);
        address rewardsAddress = vm.computeCreateAddress(address(this), nonce + 4);
        gateway = new KernelGateway(
            KernelGatewayParameters(coreId, storeAddress, observerAddress, pollsAddress, firstKernel())
        );
        observer = new OriginObserver(
            OriginObserverParameters(coreId, pollsAddress, address(gateway), EPOCH, originHeaders[ORIGIN_ROOT_NUMBER])
        );
        store = new AuxiliaryBlockStore(
            AuxiliaryBlockStoreParameters(
                coreId, pollsAddress, address(gateway), address(observer), rewardsAddress, EPOCH, auxiliaryHeaders[0]
            )
        );
        polls = new PollingPlace(PollingPlaceParameters(coreId, address(store), address(observer), address(gateway)));
        blockRewards = new Rewards(rewardsParameters());
        require(address(polls) == pollsAddress && address(blockRewards) == rewardsAddress);
    }

    function rewardsParameters() internal view returns (RewardsParameters memory) {
        return RewardsParameters(
            coreId, address(store), address(observer), address(gateway), address(polls), address(stake)
        );
    }

    function stakeParameters(address coreAddress) internal view returns (StakeParameters memory parameters) {
        parameters.core = coreAddress;
        parameters.evidence = evidence;
        parameters.minimumStake = MINIMUM_STAKE;
        parameters.minimumTotalWeight = minimumTotal;
        parameters.withdrawalDelay = WITHDRAWAL_DELAY;
        parameters.maxKernelChanges = maxKernelChanges;
        parameters.validators = packed(initialSet(coreAddress));
    }

    function initialSet(address coreAddress) internal view returns (InitialValidator[] memory initial) {
        initial = new InitialValidator[](validators.length);
        bytes32 id = CoreIdentifier.compose(block.chainid, coreAddress);
        for (uint256 i; i < initial.length; ++i) {
            bytes32 digest = Registration(id, depositors[i], validators[i]).hash();
            bytes memory signature = signDigest(secrets[i], Signing.digest(Signing.domainOf(id), digest));
            initial[i] = InitialValidator(depositors[i], validators[i], uint96(weights[i]), signature);
        }
    }

    function packed(InitialValidator[] memory initial) internal pure returns (bytes memory rows) {
        for (uint256 i; i < initial.length; ++i) {
            InitialValidator memory entry = initial[i];
            rows = bytes.concat(rows, abi.encodePacked(entry.depositor, entry.validator, entry.weight), entry.signature);
        }
    }

    function coreParameters() internal view returns (CoreParameters memory) {
        return CoreParameters({
            stake: address(stake),
            evidence: evidence,
            auxiliaryBlockStore: address(0xAB),
            coGateway: CO_GATEWAY,
            originEpochLength: EPOCH,
            auxiliaryEpochLength: EPOCH,
            gasTarget: GAS_TARGET,
            commitWindow: COMMIT_WINDOW,
            evidencePeriod: EVIDENCE_PERIOD,
            proposalBond: BOND,
            originRootHeader: originHeaders[ORIGIN_ROOT_NUMBER],
            auxiliaryRootHeader: auxiliaryHeaders[0],
            validators: validators,
            weights: weights
        });
    }

    function firstKernel() internal view returns (Kernel memory) {
        return Kernel(1, core.metaBlockHash(0), validators, weights, GAS_TARGET);
    }

    /* KEYS */

    function makeKeys(uint256[] memory initialWeights) internal {
        delete secrets;
        delete validators;
        delete depositors;
        weights = initialWeights;
        for (uint256 i; i < initialWeights.length; ++i) {
            uint256 secret = uint256(keccak256(abi.encode("validator", i)));
            secrets.push(secret);
            uint256 position = i;
            for (; position > 0 && vm.addr(secrets[position - 1]) > vm.addr(secret); --position) {
                secrets[position] = secrets[position - 1];
            }
            secrets[position] = secret;
        }
        for (uint256 i; i < initialWeights.length; ++i) {
            validators.push(vm.addr(secrets[i]));
            depositors.push(vm.addr(uint256(keccak256(abi.encode("depositor", i)))));
        }
    }

    function totalWeight() internal view returns (uint256 total) {
        for (uint256 i; i < weights.length; ++i) {
            total += weights[i];
        }
    }

    function signDigest(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function signVote(uint256 index, Vote memory vote) internal view returns (bytes memory) {
        return signDigest(secrets[index], voteDigest(vote));
    }

    function voteDigest(Vote memory vote) internal view returns (bytes32) {
        return Signing.digest(Signing.domainOf(coreId), vote.hash());
    }

    /* CHAINS */

    /// @dev Extends a header chain to `length` blocks; different salts give different chains.
    function makeChain(bytes[] storage headers, bytes32[] storage hashes, uint256 salt, uint256 length) internal {
        while (headers.length < length) {
            uint256 number = headers.length;
            bytes memory header = Headers.encode(
                Headers.Draft({
                    parentHash: number == 0 ? bytes32(0) : hashes[number - 1],
                    stateRoot: stateRootOf(salt, number),
                    transactionsRoot: keccak256(abi.encode("transactions", salt, number)),
                    number: number,
                    gasUsed: number == 0 ? 0 : GAS_PER_BLOCK,
                    extra: salt
                })
            );
            headers.push(header);
            hashes.push(keccak256(header));
        }
    }

    function stateRootOf(uint256 salt, uint256 number) internal view returns (bytes32 chosen) {
        chosen = chosenStateRoots[salt][number];
        if (chosen == 0) chosen = keccak256(abi.encode("state", salt, number));
    }

    function useOrigin() internal {
        answerWith(originHashes);
    }

    function useAuxiliary() internal {
        answerWith(auxiliaryHashes);
    }

    function answerWith(bytes32[] storage hashes) internal {
        for (uint256 back = 1; back <= 256 && back <= block.number; ++back) {
            uint256 number = block.number - back;
            vm.setBlockhash(number, number < hashes.length ? hashes[number] : bytes32(0));
        }
    }

    /// @dev Auxiliary blocks up to `number` exist and are past.
    function mineAuxiliary(uint256 number) internal {
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, number + 1);
        if (block.number <= number) vm.roll(number + 1);
        useAuxiliary();
    }

    function mineOrigin(uint256 number) internal {
        makeChain(originHeaders, originHashes, 1, number + 1);
        if (block.number <= number) vm.roll(number + 1);
        useOrigin();
    }

    function reportAuxiliary(uint256 number) internal {
        mineAuxiliary(number);
        uint64 tip = store.tip().number;
        store.reportBlocks(auxiliarySlice(tip + 1, number));
    }

    function auxiliarySlice(uint256 first, uint256 last) internal view returns (bytes[] memory headers) {
        headers = new bytes[](last + 1 - first);
        for (uint256 i; i < headers.length; ++i) {
            headers[i] = auxiliaryHeaders[first + i];
        }
    }

    function auxiliaryCheckpoint(uint64 height) internal view returns (bytes32) {
        return auxiliaryHashes[uint256(height) * EPOCH];
    }

    function originCheckpoint(uint64 height) internal view returns (bytes32) {
        return originHashes[uint256(height) * EPOCH];
    }

    /* VOTES */

    function auxiliaryVote(uint64 source, uint64 target) internal view returns (Vote memory) {
        bytes32 sourceHash = auxiliaryCheckpoint(source);
        return Vote(coreId, store.transitionHashOf(sourceHash), sourceHash, auxiliaryCheckpoint(target), source, target);
    }

    function originVote(uint64 source, uint64 target) internal view returns (Vote memory) {
        return Vote(originId, 0, originCheckpoint(source), originCheckpoint(target), source, target);
    }

    function cast(uint256 index, Vote memory vote) internal {
        polls.castVote(vote, signVote(index, vote));
    }

    function castAll(Vote memory vote) internal {
        for (uint256 i; i < secrets.length; ++i) {
            cast(i, vote);
        }
    }

    function signAll(Vote memory vote) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](secrets.length);
        for (uint256 i; i < secrets.length; ++i) {
            signatures[i] = signVote(i, vote);
        }
    }

    function signFirst(uint256 count, Vote memory vote) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            signatures[i] = signVote(i, vote);
        }
    }

    /// @dev Two votes of validator `index` about auxiliary with the same target height.
    function doubleVote(uint64 targetHeight) internal view returns (Vote memory first, Vote memory second) {
        first = Vote(coreId, keccak256("t"), keccak256("s"), keccak256("a"), targetHeight - 1, targetHeight);
        second = Vote(coreId, keccak256("t"), keccak256("s"), keccak256("b"), targetHeight - 1, targetHeight);
    }

    /* PROPOSALS */

    /// @dev A transition of the auxiliary chain at a checkpoint, under the open kernel.
    function transitionAt(uint64 height) internal returns (Transition memory transition) {
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, uint256(height) * EPOCH + 1);
        transition.coreId = coreId;
        transition.kernelHash = core.openKernelHash();
        transition.height = height;
        transition.dynasty = height > 0 ? height - 1 : 0;
        transition.checkpoint = auxiliaryCheckpoint(height);
        transition.accumulatedGas = uint256(height) * EPOCH * GAS_PER_BLOCK;
        transition.accumulatedTransactionRoot = keccak256(abi.encode("accumulated", height));
        transition.originCheckpoint = core.originRoot();
    }

    function propose(Transition memory transition) internal returns (bytes32) {
        return core.propose{ value: BOND }(
            transition, auxiliaryHeaders[uint256(transition.height) * EPOCH], ORIGIN_ROOT_NUMBER
        );
    }

    function sealVote(Transition memory transition, bytes32 target) internal view returns (Vote memory) {
        return Vote(coreId, transition.hash(), transition.checkpoint, target, transition.height, transition.height + 1);
    }

    /// @dev Proposes and seals with everybody's signatures.
    function sealAt(uint64 height) internal returns (bytes32 proposalId, bytes32 target) {
        Transition memory transition = transitionAt(height);
        proposalId = propose(transition);
        target = keccak256(abi.encode("target", height));
        core.verifyVotes(proposalId, target, signAll(sealVote(transition, target)));
    }

    function commitAt(uint64 height) internal returns (bytes32 proposalId) {
        (proposalId,) = sealAt(height);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
    }
}
