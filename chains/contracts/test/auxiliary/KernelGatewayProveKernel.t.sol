// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IKernelGateway } from "../../src/interfaces/IKernelGateway.sol";
import { IOriginObserver } from "../../src/interfaces/IOriginObserver.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { Kernel, MetaBlock, Transition, Vote } from "../../src/types/Types.sol";
import { Headers } from "../support/Headers.sol";
import { Network } from "../support/Network.sol";
import { Tries } from "../support/Tries.sol";

/// @notice R57 to R60, R15 across a change of kernels.
contract KernelGatewayProveKernelTest is Network {
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Transition;

    Kernel private kernel;
    Transition private transition;
    bytes[] private accountProof;
    bytes[] private storageProof;
    uint256 private entrantSecret = uint256(keccak256("entrant"));

    function setUp() public {
        deployNetwork();
        reportAuxiliary(12);
        castAll(auxiliaryVote(0, 1));
        castAll(auxiliaryVote(1, 2));
        // Checkpoint 1 is committed; the kernel takes one validator out and another one in.
        transition = store.transitionAt(auxiliaryCheckpoint(1));
        kernel = _next(gateway.kernelHash(1), transition, 2);
        _addChange(vm.addr(entrantSecret), 50 ether);
        _addChange(validators[3], 0);
        _proveUnder(kernel.hash());
    }

    function _next(bytes32 kernelHash, Transition memory committed, uint64 height)
        private
        pure
        returns (Kernel memory)
    {
        bytes32 parent = MetaBlock(kernelHash, committed.hash()).hash();
        return Kernel(height, parent, new address[](0), new uint256[](0), 1_000_000);
    }

    /// @dev Keeps the list ascending.
    function _addChange(address validator, uint256 weight) private {
        kernel.validators.push(validator);
        kernel.weights.push(weight);
        for (uint256 i = kernel.validators.length - 1; i > 0 && kernel.validators[i - 1] > validator; --i) {
            kernel.validators[i] = kernel.validators[i - 1];
            kernel.weights[i] = kernel.weights[i - 1];
            kernel.validators[i - 1] = validator;
            kernel.weights[i - 1] = weight;
        }
    }

    /// @dev Finalises an origin observation under whose state root the core has this open kernel.
    function _proveUnder(bytes32 openKernelHash) private {
        delete accountProof;
        delete storageProof;
        (bytes32 storageRoot, bytes[] memory slotProof) = Tries.storageTrie(0, uint256(openKernelHash));
        (bytes32 stateRoot, bytes[] memory ownerProof) = Tries.stateTrie(address(core), storageRoot, keccak256("code"));
        accountProof = ownerProof;
        storageProof = slotProof;
        _observe(stateRoot);
    }

    function _observe(bytes32 stateRoot) private {
        uint64 base = observer.lastJustified().height;
        while (originHeaders.length > (base + 1) * EPOCH) {
            originHeaders.pop();
            originHashes.pop();
        }
        makeChain(originHeaders, originHashes, 1, (base + 1) * EPOCH);
        bytes memory header = Headers.encode(
            Headers.Draft(originHashes[(base + 1) * EPOCH - 1], stateRoot, 0, (base + 1) * EPOCH, 0, 5)
        );
        originHeaders.push(header);
        originHashes.push(keccak256(header));
        makeChain(originHeaders, originHashes, 1, (base + 2) * EPOCH + 1);
        observer.reportCheckpoint(originHeaders[(base + 1) * EPOCH]);
        observer.reportCheckpoint(originHeaders[(base + 2) * EPOCH]);
        _castOrigin(originVote(base, base + 1));
        _castOrigin(originVote(base + 1, base + 2));
        vm.assertEq(observer.lastFinalised().height, base + 1);
    }

    function _castOrigin(Vote memory vote) private {
        for (uint256 i; i < 3; ++i) {
            cast(i, vote);
        }
    }

    function _prove() private {
        gateway.proveKernel(kernel, transition, observer.lastFinalised().height, accountProof, storageProof);
    }

    function _expectRefusal(bytes memory reason) private {
        Kernel memory givenKernel = kernel;
        Transition memory givenTransition = transition;
        uint64 height = observer.lastFinalised().height;
        bytes[] memory one = accountProof;
        bytes[] memory two = storageProof;
        vm.expectRevert(reason);
        gateway.proveKernel(givenKernel, givenTransition, height, one, two);
    }

    function _finaliseNext() private {
        uint64 height = store.lastJustified().height;
        reportAuxiliary((height + 2) * EPOCH);
        Vote memory vote = auxiliaryVote(height, height + 1);
        for (uint256 i; i < 3; ++i) {
            cast(i, vote);
        }
    }

    /// @dev R57.
    function test_refusesAnotherHeight() public {
        kernel.height = 3;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotNextKernel.selector, 3, 1));
        kernel.height = 1;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotNextKernel.selector, 1, 1));
    }

    /// @dev R57.
    function test_refusesAnotherParent() public {
        bytes32 expected = kernel.parent;
        kernel.parent = keccak256("another");
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.WrongParent.selector, keccak256("another"), expected));
    }

    /// @dev R57.
    function test_refusesTransitionOfAnotherBranch() public {
        transition.accumulatedGas += 1;
        kernel.parent = MetaBlock(gateway.kernelHash(1), transition.hash()).hash();
        _expectRefusal(
            abi.encodeWithSelector(
                IKernelGateway.NotOfThisChain.selector,
                transition.checkpoint,
                transition.hash(),
                store.transitionHashOf(transition.checkpoint)
            )
        );
        transition.checkpoint = keccak256("unknown block");
        kernel.parent = MetaBlock(gateway.kernelHash(1), transition.hash()).hash();
        _expectRefusal(
            abi.encodeWithSelector(
                IKernelGateway.NotOfThisChain.selector, keccak256("unknown block"), transition.hash(), 0
            )
        );
    }

    /// @dev R57.
    function test_refusesObservationThatIsNotFinalised() public {
        vm.expectRevert(abi.encodeWithSelector(IOriginObserver.NotFinalised.selector, 4));
        gateway.proveKernel(kernel, transition, 4, accountProof, storageProof);
    }

    /// @dev R57, R60.
    function test_refusesAnotherOpenKernel() public {
        bytes32 proven = kernel.hash();
        kernel.gasTarget += 1;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotTheOpenKernel.selector, kernel.hash(), proven));
    }

    /// @dev R60.
    function test_refusesProofOfAnotherAccount() public {
        (bytes32 storageRoot, bytes[] memory slotProof) = Tries.storageTrie(0, uint256(kernel.hash()));
        (bytes32 stateRoot, bytes[] memory ownerProof) = Tries.stateTrie(address(0xBAD), storageRoot, 0);
        accountProof = ownerProof;
        storageProof = slotProof;
        _observe(stateRoot);
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotTheOpenKernel.selector, kernel.hash(), 0));
    }

    /// @dev R60.
    function test_refusesProofOfAnotherSlot() public {
        (bytes32 storageRoot, bytes[] memory slotProof) = Tries.storageTrie(1, uint256(kernel.hash()));
        (bytes32 stateRoot, bytes[] memory ownerProof) = Tries.stateTrie(address(core), storageRoot, 0);
        accountProof = ownerProof;
        storageProof = slotProof;
        _observe(stateRoot);
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotTheOpenKernel.selector, kernel.hash(), 0));
    }

    /// @dev R60.
    function test_refusesProofUnderAnotherRoot() public {
        bytes32 root = keccak256(accountProof[0]);
        _observe(keccak256("another root"));
        _expectRefusal(abi.encodeWithSelector(TrieProof.WrongNode.selector, 0, keccak256("another root"), root));
    }

    /// @dev R58.
    function test_refusesSecondKernelWhileOneIsPending() public {
        _prove();
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.KernelPending.selector, 2, 3));
    }

    function test_refusesEntrantThatWasValidatorBefore() public {
        kernel = _next(gateway.kernelHash(1), transition, 2);
        _addChange(validators[0], 5);
        _proveUnder(kernel.hash());
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.ValidatorKnown.selector, validators[0]));
    }

    function test_refusesLeaverThatIsNoMember() public {
        kernel = _next(gateway.kernelHash(1), transition, 2);
        _addChange(address(0xF00), 0);
        _proveUnder(kernel.hash());
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotAMember.selector, address(0xF00)));
    }

    /// @dev R58.
    function test_storesMembersAndActivatesTwoDynastiesLater() public {
        Kernel memory expected = kernel;
        vm.expectEmit(address(gateway));
        emit IKernelGateway.KernelStored(2, kernel.hash(), 3, expected);
        _prove();
        address entrant = vm.addr(entrantSecret);
        vm.assertEq(gateway.totalAt(2), totalWeight() + 50 ether - weights[3]);
        vm.assertEq(gateway.weightAt(1, entrant), 0);
        vm.assertEq(gateway.weightAt(2, entrant), 50 ether);
        vm.assertEq(gateway.weightAt(1, validators[3]), weights[3]);
        vm.assertEq(gateway.weightAt(2, validators[3]), 0);
        vm.assertEq(gateway.committedHeight(), 1);
        vm.assertEq(store.dynasty(), 1);
        vm.assertEq(gateway.activeHeight(), 1);
        _finaliseNext();
        vm.assertEq(gateway.activeHeight(), 1);
        _finaliseNext();
        vm.assertEq(store.dynasty(), 3);
        vm.assertEq(gateway.activeHeight(), 2);
        vm.assertEq(gateway.heightAtDynasty(2), 1);
    }

    /// @dev R59.
    function test_laterCheckpointsCarryTheNewKernel() public {
        _prove();
        _finaliseNext();
        _finaliseNext();
        uint64 last = store.lastJustified().height;
        reportAuxiliary((last + 3) * EPOCH);
        vm.assertEq(store.transitionAt(auxiliaryCheckpoint(last)).kernelHash, gateway.kernelHash(1));
        vm.assertEq(store.transitionAt(auxiliaryCheckpoint(last + 3)).kernelHash, gateway.kernelHash(2));
        vm.assertEq(store.checkpoint(auxiliaryCheckpoint(last + 3)).kernelHeight, 2);
    }

    /// @dev R42.
    function test_leaverVotesInTheRearSetAndEntrantInTheForwardSet() public {
        _activate();
        uint64 last = store.lastJustified().height;
        reportAuxiliary((last + 4) * EPOCH);
        uint64 source = last + 3;
        // Reach a source under the new kernel with the old set.
        for (uint256 i; i < 3; ++i) {
            cast(i, auxiliaryVote(last, source));
        }
        Vote memory vote = auxiliaryVote(source, source + 1);
        cast(3, vote);
        polls.castVote(vote, signDigest(entrantSecret, voteDigest(vote)));
        (uint256 forward, uint256 rear) = polls.tally(voteDigest(vote), 2);
        vm.assertEq(forward, 50 ether);
        vm.assertEq(rear, weights[3]);
        cast(0, vote);
        cast(1, vote);
        // 50 + 40 + 38 of 164 forward are a quorum, 40 + 38 + 34 of 148 behind as well.
        vm.assertTrue(store.isFinalised(auxiliaryCheckpoint(source)));
    }

    /// @dev R15.
    function test_originVotesAreCountedAgainUnderTheNewKernel() public {
        uint64 base = observer.lastFinalised().height;
        makeChain(originHeaders, originHashes, 1, (base + 3) * EPOCH + 1);
        observer.reportCheckpoint(originHeaders[(base + 3) * EPOCH]);
        Vote memory vote = originVote(base + 1, base + 3);
        cast(0, vote);
        cast(1, vote);
        _activate();
        // The open tally is void: one more vote makes no quorum ...
        cast(2, vote);
        vm.assertFalse(observer.isJustified(vote.target));
        (uint256 forward,) = polls.tally(voteDigest(vote), 2);
        vm.assertEq(forward, weights[2]);
        // ... the same signed votes count again, once, and are no conflict.
        vm.recordLogs();
        cast(0, vote);
        cast(0, vote);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        cast(1, vote);
        // 36 + 40 + 38 of 164 forward, of 148 behind.
        vm.assertTrue(observer.isJustified(vote.target));
    }

    /// @dev R13.
    function test_anotherOriginVoteConflictsAcrossKernels() public {
        uint64 base = observer.lastFinalised().height;
        makeChain(originHeaders, originHashes, 1, (base + 3) * EPOCH + 1);
        observer.reportCheckpoint(originHeaders[(base + 3) * EPOCH]);
        cast(0, originVote(base + 1, base + 3));
        _activate();
        Vote memory other = originVote(base, base + 3);
        cast(0, other);
        (uint256 forward,) = polls.tally(voteDigest(other), 2);
        vm.assertEq(forward, 0);
        (bytes32 counted,) = polls.countedVote(originId, validators[0], base + 3);
        vm.assertEq(counted, voteDigest(originVote(base + 1, base + 3)));
    }

    function test_manyKernelsFollowEachOther() public {
        Transition memory committed = transition;
        kernel = _next(gateway.kernelHash(1), committed, 2);
        for (uint64 height = 2; height <= 6; ++height) {
            _proveUnder(kernel.hash());
            transition = committed;
            _prove();
            _finaliseNext();
            _finaliseNext();
            vm.assertEq(gateway.activeHeight(), height);
            reportAuxiliary((store.lastJustified().height + 2) * EPOCH);
            committed = store.transitionAt(auxiliaryCheckpoint(store.lastFinalised().height));
            kernel = _next(gateway.kernelHash(height), committed, height + 1);
        }
    }

    function _activate() private {
        _prove();
        _finaliseNext();
        _finaliseNext();
        vm.assertEq(gateway.activeHeight(), 2);
    }
}
