// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginObserver } from "../../src/auxiliary/OriginObserver.sol";
import { ICheckpointStore } from "../../src/interfaces/ICheckpointStore.sol";
import { IOriginObserver, OriginCheckpoint, OriginObserverParameters } from "../../src/interfaces/IOriginObserver.sol";
import { HeaderDecoder } from "../../src/libraries/HeaderDecoder.sol";
import { Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R28, R29.
contract OriginObserverTest is Network {
    function setUp() public {
        deployNetwork();
        makeChain(originHeaders, originHashes, 1, 40);
    }

    function test_constructorRefusesZeroParameters() public {
        bytes memory header = originHeaders[8];
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new OriginObserver(OriginObserverParameters(0, address(polls), address(gateway), EPOCH, header));
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new OriginObserver(OriginObserverParameters(coreId, address(0), address(gateway), EPOCH, header));
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new OriginObserver(OriginObserverParameters(coreId, address(polls), address(0), EPOCH, header));
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.ZeroParameter.selector));
        new OriginObserver(OriginObserverParameters(coreId, address(polls), address(gateway), 0, header));
    }

    function test_constructorRefusesRootOffCheckpoint() public {
        bytes memory header = originHeaders[9];
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.NotCheckpoint.selector, 9, EPOCH));
        new OriginObserver(OriginObserverParameters(coreId, address(polls), address(gateway), EPOCH, header));
    }

    function test_rootIsFinalised() public view {
        bytes32 root = originHashes[ORIGIN_ROOT_NUMBER];
        vm.assertTrue(observer.isReported(root) && observer.isJustified(root) && observer.isFinalised(root));
        vm.assertEq(observer.lastFinalised().height, 2);
        vm.assertEq(observer.lastJustified().hash, root);
        vm.assertEq(observer.dynasty(), 0);
        vm.assertEq(observer.stateRoot(2), stateRootOf(1, 8));
        vm.assertEq(observer.coreId(), originId);
        (uint64 dynasty, bytes32 observed) = observer.observationAt(0);
        vm.assertEq(dynasty, 0);
        vm.assertEq(observed, root);
    }

    function test_reportRefusesMalformedHeader() public {
        vm.expectRevert(abi.encodeWithSelector(HeaderDecoder.MalformedHeader.selector, 0));
        observer.reportCheckpoint("");
    }

    function test_reportRefusesBlockOffCheckpoint() public {
        bytes memory header = originHeaders[13];
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.NotCheckpoint.selector, 13, EPOCH));
        observer.reportCheckpoint(header);
    }

    /// @dev R28, R29.
    function test_reportAnnouncesOnceAndBelievesNothing() public {
        vm.expectEmit(address(observer));
        emit IOriginObserver.OriginCheckpointReported(originId, 3, originHashes[12], stateRootOf(1, 12));
        observer.reportCheckpoint(originHeaders[12]);
        vm.assertTrue(observer.isReported(originHashes[12]));
        vm.assertFalse(observer.isJustified(originHashes[12]));
        OriginCheckpoint memory believed = observer.checkpoint(originHashes[12]);
        vm.assertEq(believed.height, 3);
        vm.assertEq(believed.stateRoot, stateRootOf(1, 12));
        vm.assertTrue(believed.reported && !believed.justified && !believed.finalised);
        vm.expectRevert(abi.encodeWithSelector(IOriginObserver.NotFinalised.selector, 3));
        observer.stateRoot(3);
        vm.recordLogs();
        observer.reportCheckpoint(originHeaders[12]);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev R28.
    function test_rivalsCoexistUntilVotesDecide() public {
        makeChain(rivalHeaders, rivalHashes, 99, 20);
        observer.reportCheckpoint(originHeaders[12]);
        observer.reportCheckpoint(rivalHeaders[12]);
        observer.reportCheckpoint(originHeaders[16]);
        castAll(originVote(2, 3));
        castAll(originVote(3, 4));
        vm.assertEq(observer.finalisedHash(3), originHashes[12]);
        vm.assertEq(observer.stateRoot(3), stateRootOf(1, 12));
        vm.assertFalse(observer.isJustified(rivalHashes[12]));
        (uint64 dynasty, bytes32 observed) = observer.observationAt(block.number);
        vm.assertEq(dynasty, 1);
        vm.assertEq(observed, originHashes[12]);
    }

    bytes[] private rivalHeaders;
    bytes32[] private rivalHashes;

    function test_onlyThePollingPlaceJustifies() public {
        observer.reportCheckpoint(originHeaders[12]);
        Vote memory vote = originVote(2, 3);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointStore.NotPollingPlace.selector, address(this)));
        observer.justify(vote, 1);
    }

    function test_longLinkJustifiesOnly() public {
        observer.reportCheckpoint(originHeaders[16]);
        castAll(originVote(2, 4));
        vm.assertTrue(observer.isJustified(originHashes[16]));
        vm.assertEq(observer.dynasty(), 0);
        vm.assertEq(observer.lastJustified().height, 4);
        vm.assertEq(observer.lastFinalised().height, 2);
    }
}
