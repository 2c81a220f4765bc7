// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AuxiliaryBlockStore } from "../../src/auxiliary/AuxiliaryBlockStore.sol";
import { AuxiliaryBlockStoreParameters, IAuxiliaryBlockStore } from "../../src/interfaces/IAuxiliaryBlockStore.sol";
import { ICheckpointStore } from "../../src/interfaces/ICheckpointStore.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Transition, Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R25 to R27, R35b on auxiliary.
contract AuxiliaryBlockStoreTest is Network {
    using StructHash for Transition;

    function setUp() public {
        deployNetwork();
    }

    /* CONSTRUCTOR */

    function _parameters() private view returns (AuxiliaryBlockStoreParameters memory) {
        return AuxiliaryBlockStoreParameters(
            coreId,
            address(polls),
            address(gateway),
            address(observer),
            address(blockRewards),
            EPOCH,
            auxiliaryHeaders[0]
        );
    }

    function test_constructorRefusesZeroParameters() public {
        AuxiliaryBlockStoreParameters memory parameters = _parameters();
        parameters.coreId = 0;
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new AuxiliaryBlockStore(parameters);
        parameters = _parameters();
        parameters.pollingPlace = address(0);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new AuxiliaryBlockStore(parameters);
        parameters = _parameters();
        parameters.rewards = address(0);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new AuxiliaryBlockStore(parameters);
        parameters = _parameters();
        parameters.epochLength = 0;
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new AuxiliaryBlockStore(parameters);
    }

    function test_constructorRefusesRootOfAnotherChain() public {
        AuxiliaryBlockStoreParameters memory parameters = _parameters();
        parameters.rootHeader = originHeaders[0];
        vm.expectRevert(abi.encodeWithSelector(IAuxiliaryBlockStore.RootUnavailable.selector, 0, originHashes[0]));
        new AuxiliaryBlockStore(parameters);
    }

    function test_constructorRefusesRootThatIsNotBlockZero() public {
        mineAuxiliary(4);
        AuxiliaryBlockStoreParameters memory parameters = _parameters();
        parameters.rootHeader = auxiliaryHeaders[4];
        vm.expectRevert(abi.encodeWithSelector(IAuxiliaryBlockStore.RootUnavailable.selector, 4, auxiliaryHashes[4]));
        new AuxiliaryBlockStore(parameters);
    }

    /// @dev R35b.
    function test_rootIsJustifiedAndFinalisedWithTheFirstKernel() public view {
        bytes32 root = auxiliaryHashes[0];
        vm.assertTrue(store.isReported(root) && store.isJustified(root) && store.isFinalised(root));
        vm.assertEq(store.lastFinalised().hash, root);
        vm.assertEq(store.lastJustified().hash, root);
        vm.assertEq(store.dynasty(), 0);
        Transition memory expected;
        expected.coreId = coreId;
        expected.kernelHash = core.openKernelHash();
        expected.checkpoint = root;
        expected.originCheckpoint = originHashes[ORIGIN_ROOT_NUMBER];
        vm.assertEq(store.transitionHashOf(root), expected.hash());
        vm.assertEq(store.checkpointHash(0), root);
        vm.assertEq(store.finality(0), bytes32(0));
    }

    /* REPORT BLOCKS */

    /// @dev R25.
    function test_reportRefusesGap() public {
        mineAuxiliary(2);
        bytes[] memory headers = auxiliarySlice(2, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuxiliaryBlockStore.NotChildOfTip.selector, 2, auxiliaryHashes[1], 0, auxiliaryHashes[0]
            )
        );
        store.reportBlocks(headers);
    }

    /// @dev R25.
    function test_reportRefusesBlockOfAnotherBranch() public {
        mineAuxiliary(1);
        vm.setBlockhash(1, keccak256("the other branch"));
        bytes[] memory headers = auxiliarySlice(1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuxiliaryBlockStore.NotOfThisChain.selector, 1, auxiliaryHashes[1], keccak256("the other branch")
            )
        );
        store.reportBlocks(headers);
    }

    function test_reportRefusesTheFuture() public {
        mineAuxiliary(8);
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, 20);
        store.reportBlocks(auxiliarySlice(1, 8));
        bytes[] memory headers = auxiliarySlice(9, 9);
        vm.expectRevert(
            abi.encodeWithSelector(IAuxiliaryBlockStore.NotOfThisChain.selector, 9, auxiliaryHashes[9], bytes32(0))
        );
        store.reportBlocks(headers);
    }

    /// @dev R25.
    function test_reportRefusesGapBeyondTheWindow() public {
        mineAuxiliary(1);
        vm.roll(100_000);
        bytes[] memory headers = auxiliarySlice(1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAuxiliaryBlockStore.NotOfThisChain.selector, 1, auxiliaryHashes[1], bytes32(0))
        );
        store.reportBlocks(headers);
    }

    /// @dev R26.
    function test_reportAccumulatesGasAndTransactions() public {
        mineAuxiliary(5);
        bytes32 accumulated;
        bytes32 accumulatedAtFour;
        for (uint256 number = 1; number <= 5; ++number) {
            bytes32 transactions = keccak256(abi.encode("transactions", uint256(2), number));
            accumulated = keccak256(abi.encode(accumulated, transactions));
            if (number == 4) accumulatedAtFour = accumulated;
        }
        Transition memory expected = Transition({
            coreId: coreId,
            kernelHash: core.openKernelHash(),
            height: 1,
            dynasty: 0,
            checkpoint: auxiliaryHashes[4],
            accumulatedGas: 4 * GAS_PER_BLOCK,
            accumulatedTransactionRoot: accumulatedAtFour,
            originDynasty: 0,
            originCheckpoint: originHashes[ORIGIN_ROOT_NUMBER]
        });
        vm.expectEmit(address(store));
        emit IAuxiliaryBlockStore.CheckpointReported(coreId, 1, auxiliaryHashes[4], expected.hash(), expected);
        vm.expectEmit(address(store));
        emit IAuxiliaryBlockStore.BlocksReported(1, 5, auxiliaryHashes[5], 5 * GAS_PER_BLOCK, accumulated);
        store.reportBlocks(auxiliarySlice(1, 5));
        vm.assertEq(store.tip().number, 5);
        vm.assertEq(store.tip().blockHash, auxiliaryHashes[5]);
        vm.assertEq(store.transitionAt(auxiliaryHashes[4]).hash(), expected.hash());
        vm.assertEq(store.checkpoint(auxiliaryHashes[4]).kernelHeight, 1);
        vm.assertEq(store.checkpointHash(1), auxiliaryHashes[4]);
        vm.assertFalse(store.isReported(auxiliaryHashes[5]));
    }

    /// @dev R27.
    function test_reportingTwiceChangesNothing() public {
        reportAuxiliary(8);
        bytes32 before = store.transitionHashOf(auxiliaryHashes[4]);
        castAll(auxiliaryVote(0, 1));
        castAll(auxiliaryVote(1, 2));
        vm.recordLogs();
        store.reportBlocks(auxiliarySlice(1, 8));
        vm.assertEq(vm.getRecordedLogs().length, 0);
        vm.assertEq(store.transitionHashOf(auxiliaryHashes[4]), before);
        // Known and new blocks in one batch.
        mineAuxiliary(9);
        store.reportBlocks(auxiliarySlice(3, 9));
        vm.assertEq(store.tip().number, 9);
    }

    function test_emptyReportIsNothing() public {
        store.reportBlocks(new bytes[](0));
        vm.assertEq(store.tip().number, 0);
    }

    function test_unknownCheckpointHasNoTransition() public {
        vm.expectRevert(abi.encodeWithSelector(IAuxiliaryBlockStore.UnknownCheckpoint.selector, keccak256("?")));
        store.transitionAt(keccak256("?"));
    }

    /* TRANSITIONS */

    /// @dev R27.
    function test_transitionIsThatOfTheBlocksEndWheneverItIsReported() public {
        // Block 11 finalises checkpoint 1: blocks up to 10 have dynasty 0, later ones dynasty 1.
        mineAuxiliary(30);
        store.reportBlocks(auxiliarySlice(1, 8));
        vm.roll(11);
        castAll(auxiliaryVote(0, 1));
        castAll(auxiliaryVote(1, 2));
        vm.roll(31);
        useAuxiliary();
        store.reportBlocks(auxiliarySlice(9, 30));
        vm.assertEq(store.checkpoint(auxiliaryCheckpoint(2)).dynasty, 0);
        vm.assertEq(store.checkpoint(auxiliaryCheckpoint(3)).dynasty, 1);
        vm.assertEq(store.dynastyAt(10), 0);
        vm.assertEq(store.dynastyAt(11), 1);
    }

    /// @dev R27.
    function test_originObservationIsThatOfTheBlocksEnd() public {
        makeChain(originHeaders, originHashes, 1, 20);
        mineAuxiliary(30);
        observer.reportCheckpoint(originHeaders[12]);
        observer.reportCheckpoint(originHeaders[16]);
        vm.roll(14);
        castAll(originVote(2, 3));
        castAll(originVote(3, 4));
        vm.roll(31);
        useAuxiliary();
        store.reportBlocks(auxiliarySlice(1, 30));
        Transition memory before = store.transitionAt(auxiliaryCheckpoint(3));
        Transition memory afterwards = store.transitionAt(auxiliaryCheckpoint(4));
        vm.assertEq(before.originCheckpoint, originHashes[8]);
        vm.assertEq(before.originDynasty, 0);
        vm.assertEq(afterwards.originCheckpoint, originHashes[12]);
        vm.assertEq(afterwards.originDynasty, 1);
    }

    /* BACKFILL */

    /// @dev R25.
    function test_backfillRefusesUnknownFirstHeader() public {
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, 40);
        bytes[] memory headers = auxiliarySlice(20, 20);
        vm.expectRevert(
            abi.encodeWithSelector(IAuxiliaryBlockStore.NotOfThisChain.selector, 20, auxiliaryHashes[20], bytes32(0))
        );
        store.backfill(headers);
    }

    /// @dev R25.
    function test_backfillRefusesHeaderThatIsNoParent() public {
        mineAuxiliary(8);
        bytes[] memory headers = new bytes[](2);
        (headers[0], headers[1]) = (auxiliaryHeaders[8], auxiliaryHeaders[6]);
        vm.expectRevert(
            abi.encodeWithSelector(IAuxiliaryBlockStore.NotParent.selector, 6, auxiliaryHashes[6], auxiliaryHashes[7])
        );
        store.backfill(headers);
    }

    /// @dev R25.
    function test_backfillClosesGapBeyondTheWindow() public {
        mineAuxiliary(400);
        // 256 blocks back without the history contract: blocks below 145 are out of reach.
        bytes[] memory newest = new bytes[](100);
        bytes[] memory older = new bytes[](101);
        for (uint256 i; i < 100; ++i) {
            newest[i] = auxiliaryHeaders[200 - i];
        }
        for (uint256 i; i < 101; ++i) {
            older[i] = auxiliaryHeaders[101 - i];
        }
        vm.expectEmit(address(store));
        emit IAuxiliaryBlockStore.BlocksBackfilled(200, 101);
        store.backfill(newest);
        vm.assertEq(store.backfilledHash(101), auxiliaryHashes[101]);
        store.backfill(older);
        store.reportBlocks(auxiliarySlice(1, 200));
        vm.assertEq(store.tip().number, 200);
    }

    /* JUSTIFY */

    function test_onlyThePollingPlaceJustifies() public {
        reportAuxiliary(4);
        Vote memory vote = auxiliaryVote(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.NotPollingPlace.selector, address(this)));
        store.justify(vote, 1);
    }

    /// @dev R27.
    function test_finalisationIsRecordedForProofs() public {
        reportAuxiliary(8);
        castAll(auxiliaryVote(0, 1));
        Vote memory vote = auxiliaryVote(1, 2);
        vm.expectEmit(address(store));
        emit ICheckpointStore.CheckpointJustified(coreId, 2, auxiliaryCheckpoint(2), auxiliaryCheckpoint(1), 1);
        vm.expectEmit(address(store));
        emit ICheckpointStore.CheckpointFinalised(coreId, 1, auxiliaryCheckpoint(1), 1);
        vm.prank(address(polls));
        store.justify(vote, 1);
        bytes32 transitionHash = store.transitionHashOf(auxiliaryCheckpoint(1));
        vm.assertEq(store.finality(1), keccak256(abi.encode(transitionHash, block.number)));
        vm.assertEq(store.lastFinalised().height, 1);
        vm.assertEq(store.lastJustified().height, 2);
        vm.assertEq(store.dynasty(), 1);
    }
}
