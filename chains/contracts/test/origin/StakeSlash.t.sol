// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICore } from "../../src/interfaces/ICore.sol";
import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { HaltReason, Offence, Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R50 to R56 on origin.
contract StakeSlashTest is Network {
    address private constant REPORTER = address(0x4E9);
    Vote private first;
    Vote private second;

    function setUp() public {
        deployNetwork();
        (first, second) = doubleVote(5);
    }

    function _slash(uint256 index) private {
        stake.slash(first, signVote(index, first), second, signVote(index, second));
    }

    /// @dev R55.
    function test_refusesVotesAboutDifferentCores() public {
        second.coreId = originId;
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.DifferentCores.selector, coreId, originId));
        stake.slash(first, one, second, two);
    }

    /// @dev R55.
    function test_refusesVotesAboutAnotherCore() public {
        first.coreId = second.coreId = keccak256("another core");
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.UnknownCore.selector, first.coreId));
        stake.slash(first, one, second, two);
    }

    /// @dev R4, R55.
    function test_refusesTheSameVoteTwice() public {
        bytes memory one = signVote(0, first);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.SameVote.selector, voteDigest(first)));
        stake.slash(first, one, first, one);
    }

    /// @dev R55.
    function test_refusesVotesThatAreNoOffence() public {
        second.sourceHeight = 5;
        second.targetHeight = 6;
        second.source = first.target;
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.NoOffence.selector, voteDigest(first), voteDigest(second)));
        stake.slash(first, one, second, two);
    }

    /// @dev R55.
    function test_refusesForgedSignature() public {
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        two[64] = 0x00;
        vm.expectRevert(abi.encodeWithSelector(ISlashing.InvalidSignature.selector, voteDigest(second)));
        stake.slash(first, one, second, two);
    }

    /// @dev R55.
    function test_refusesDifferentSigners() public {
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(1, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.DifferentSigners.selector, validators[0], validators[1]));
        stake.slash(first, one, second, two);
    }

    /// @dev R55.
    function test_refusesSignersThatAreNoValidators() public {
        bytes memory one = signDigest(0xBAD, voteDigest(first));
        bytes memory two = signDigest(0xBAD, voteDigest(second));
        vm.expectRevert(abi.encodeWithSelector(ISlashing.UnknownValidator.selector, vm.addr(0xBAD)));
        stake.slash(first, one, second, two);
    }

    /// @dev R54.
    function test_refusesTheSameValidatorAgain() public {
        _slash(0);
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.AlreadySlashed.selector, validators[0]));
        stake.slash(first, one, second, two);
    }

    /// @dev R43, R54.
    function test_takesAllAndPaysTheReporter() public {
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        uint256 reward = weights[0] / 25;
        vm.expectEmit(address(stake));
        emit ISlashing.ValidatorSlashed(
            validators[0], REPORTER, Offence.DoubleVote, voteDigest(first), voteDigest(second), weights[0], reward
        );
        vm.prank(REPORTER);
        stake.slash(first, one, second, two);
        vm.assertEq(REPORTER.balance, reward);
        vm.assertEq(Coins.BURNED.balance, weights[0] - reward);
        vm.assertEq(address(stake).balance, totalWeight() - weights[0]);
        vm.assertTrue(stake.isSlashed(validators[0]));
        vm.assertEq(stake.weightAt(1, validators[0]), weights[0]);
        vm.assertEq(stake.effectiveWeight(1, validators[0]), 0);
        vm.assertEq(stake.totalAt(1), totalWeight());
        vm.assertEq(stake.slashedAt(1), weights[0]);
        vm.assertEq(stake.slashedAt(0), weights[0]);
        vm.assertFalse(core.isHalted());
    }

    /// @dev R53.
    function test_orderOfTheVotesDoesNotMatter() public {
        stake.slash(second, signVote(0, second), first, signVote(0, first));
        vm.assertTrue(stake.isSlashed(validators[0]));
    }

    /// @dev R51.
    function test_surroundAboutOriginCounts() public {
        first = Vote(originId, 0, keccak256("a"), keccak256("b"), 1, 9);
        second = Vote(originId, 0, keccak256("c"), keccak256("d"), 2, 8);
        _slash(1);
        vm.assertTrue(stake.isSlashed(validators[1]));
    }

    /// @dev R52.
    function test_transitionConflictCounts() public {
        second.targetHeight = 7;
        second.transition = keccak256("other");
        _slash(2);
        vm.assertTrue(stake.isSlashed(validators[2]));
    }

    /// @dev R40.
    function test_haltsAtOneThird() public {
        _slash(0);
        vm.expectEmit(address(core));
        emit ICore.Halted(1, HaltReason.TooMuchSlashed);
        _slash(1);
        vm.assertTrue(core.isHalted());
        // Slashing goes on, the halt stays what it was.
        _slash(2);
        vm.assertTrue(stake.isSlashed(validators[2]));
    }

    /// @dev R40.
    function test_oneQuarterDoesNotHalt() public {
        uint256[] memory equal = new uint256[](4);
        for (uint256 i; i < 4; ++i) {
            equal[i] = 40 ether;
        }
        _redeploy(equal);
        _slash(0);
        vm.assertFalse(core.isHalted());
    }

    /// @dev R40.
    function test_exactlyOneThirdHalts() public {
        uint256[] memory equal = new uint256[](3);
        for (uint256 i; i < 3; ++i) {
            equal[i] = 40 ether;
        }
        _redeploy(equal);
        _slash(0);
        vm.assertTrue(core.isHalted());
    }

    /// @dev R56: who copies a report and comes first has the reward, and the slash happens once all the same.
    function test_copiedReportIsPaidToWhoComesFirst() public {
        address thief = address(0x7E1F);
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        vm.prank(thief);
        stake.slash(first, one, second, two);
        vm.prank(REPORTER);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.AlreadySlashed.selector, validators[0]));
        stake.slash(first, one, second, two);
        vm.assertEq(thief.balance, weights[0] / 25);
        vm.assertEq(REPORTER.balance, 0);
        vm.assertTrue(stake.isSlashed(validators[0]));
    }

    function test_reporterThatRefusesCoinsLosesOnlyItsCall() public {
        bytes memory one = signVote(0, first);
        bytes memory two = signVote(0, second);
        address refusing = address(core);
        vm.prank(refusing);
        vm.expectRevert(abi.encodeWithSelector(Coins.TransferFailed.selector, refusing, weights[0] / 25));
        stake.slash(first, one, second, two);
        stake.slash(first, one, second, two);
        vm.assertTrue(stake.isSlashed(validators[0]));
    }

    function _redeploy(uint256[] memory initial) private {
        makeKeys(initial);
        useOrigin();
        deployOrigin();
        (first, second) = doubleVote(5);
    }
}
