// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IExits } from "../../src/interfaces/IExits.sol";
import { IGateway } from "../../src/interfaces/IGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { Tokens } from "../../src/libraries/Tokens.sol";
import { MessageStatus, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice `Gateway.stake` (R62, R64, R66, R67, R71, R72).
contract GatewayStakeTest is Bridge {
    function setUp() public {
        deployBridge();
    }

    function refuses(Transfer memory transfer, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(sender);
        gateway.stake{ value: BOUNTY }(transfer, "");
    }

    /// @dev R74.
    function test_refusesOnAHaltedCore() public {
        core.halt();
        refuses(transferAt(0), abi.encodeWithSelector(IExits.CoreHalted.selector));
    }

    /// @dev R72.
    function test_refusesWhenDeactivated() public {
        vm.prank(DEACTIVATOR);
        gateway.deactivate();
        refuses(transferAt(0), abi.encodeWithSelector(IGateway.Deactivated.selector));
    }

    function test_refusesNothing() public {
        Transfer memory transfer = transferAt(0);
        (transfer.amount, transfer.gasLimit) = (0, 0);
        refuses(transfer, abi.encodeWithSelector(IMessageBox.ZeroAmount.selector));
    }

    function test_refusesABeneficiaryThatNobodyOwns() public {
        Transfer memory transfer = transferAt(0);
        address[3] memory nobody = [address(0), address(gateway), address(coGateway)];
        for (uint256 i; i < nobody.length; ++i) {
            transfer.beneficiary = nobody[i];
            refuses(transfer, abi.encodeWithSelector(IMessageBox.InvalidBeneficiary.selector, nobody[i]));
        }
    }

    /// @dev R64.
    function test_refusesARewardAsHighAsTheAmount() public {
        Transfer memory transfer = transferAt(0);
        (transfer.gasPrice, transfer.gasLimit) = (AMOUNT / 1000, 1000);
        refuses(
            transfer, abi.encodeWithSelector(IMessageBox.RewardNotBelowAmount.selector, AMOUNT / 1000, 1000, AMOUNT)
        );
        transfer.amount += 1;
        stake(transfer);
    }

    /// @dev J19.
    function testFuzz_refusesARewardThatOverflows(uint256 gasPrice, uint256 gasLimit) public {
        Transfer memory transfer = transferAt(0);
        gasPrice = bounded(gasPrice, AMOUNT, type(uint256).max - 1);
        gasLimit = bounded(gasLimit, 1, type(uint256).max - 1);
        (transfer.gasPrice, transfer.gasLimit) = (gasPrice, gasLimit);
        refuses(transfer, abi.encodeWithSelector(IMessageBox.RewardNotBelowAmount.selector, gasPrice, gasLimit, AMOUNT));
    }

    function test_refusesAnotherBounty() public {
        for (uint256 sent = BOUNTY - 1; sent <= BOUNTY + 1; sent += 2) {
            vm.expectRevert(abi.encodeWithSelector(IMessageBox.WrongPayment.selector, sent, BOUNTY));
            vm.prank(sender);
            gateway.stake{ value: sent }(transferAt(0), "");
        }
    }

    /// @dev R66.
    function test_refusesANonceOutOfOrder() public {
        refuses(transferAt(1), abi.encodeWithSelector(IMessageBox.WrongNonce.selector, sender, 1, 0));
        Transfer memory first = transferAt(0);
        stake(first);
        gateway.progressStake(first, SECRET);
        refuses(transferAt(0), abi.encodeWithSelector(IMessageBox.WrongNonce.selector, sender, 0, 1));
        refuses(transferAt(2), abi.encodeWithSelector(IMessageBox.WrongNonce.selector, sender, 2, 1));
    }

    /// @dev R66: J13.
    function test_refusesASecondOpenMessage() public {
        Transfer memory first = transferAt(0);
        bytes32 messageHash = stake(first);
        refuses(
            transferAt(1), abi.encodeWithSelector(IMessageBox.MessageOpen.selector, messageHash, MessageStatus.Declared)
        );
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(first);
        refuses(
            transferAt(1),
            abi.encodeWithSelector(IMessageBox.MessageOpen.selector, messageHash, MessageStatus.DeclaredRevocation)
        );
    }

    /// @dev R67.
    function test_refusesAnotherCallerWithoutASignature() public {
        Transfer memory transfer = transferAt(0);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSignedBySender.selector, sender, address(0)));
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, "");
    }

    function test_refusesASignatureOverAnotherMessage() public {
        Transfer memory transfer = transferAt(0);
        bytes memory signature = sign(gateway.stakeHash(transfer));
        transfer.beneficiary = FACILITATOR;
        vm.expectPartialRevert(IMessageBox.NotSignedBySender.selector);
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, signature);
    }

    function test_refusesASignatureOverARedemption() public {
        Transfer memory transfer = transferAt(0);
        bytes memory signature = sign(gateway.redeemHash(transfer));
        vm.expectPartialRevert(IMessageBox.NotSignedBySender.selector);
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, signature);
    }

    function test_theZeroAddressSignsNothing() public {
        Transfer memory transfer = transferAt(0);
        transfer.sender = address(0);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSignedBySender.selector, address(0), address(0)));
        gateway.stake{ value: BOUNTY }(transfer, new bytes(65));
    }

    /// @dev R71.
    function test_refusesATokenThatTakesAFee() public {
        token.setFees(3, 0);
        refuses(transferAt(0), abi.encodeWithSelector(Tokens.WrongAmount.selector, AMOUNT, AMOUNT - 3));
    }

    /// @dev R71: what comes on top would belong to no message.
    function test_refusesATokenThatMovesMore() public {
        token.setCall(address(token), abi.encodeCall(token.mint, (address(gateway), 1)));
        refuses(transferAt(0), abi.encodeWithSelector(Tokens.WrongAmount.selector, AMOUNT, AMOUNT + 1));
    }

    /// @dev R71: J11: a second stake inside the first one.
    function test_refusesReentry() public {
        bytes memory signature = sign(gateway.stakeHash(transferAt(0)));
        token.setCall(address(gateway), abi.encodeCall(gateway.stake, (transferAt(0), signature)));
        stake(transferAt(0));
        vm.assertFalse(token.callSucceeded());
        vm.assertEq(
            token.callResult(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        vm.assertEq(gateway.locked(), AMOUNT);
    }

    /// @dev R67.
    function test_locksTokensAndBounty() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = gateway.stakeHash(transfer);
        uint256 coins = sender.balance;
        uint256 tokens = token.balanceOf(sender);
        vm.expectEmit(address(gateway));
        emit IGateway.StakeDeclared(messageHash, sender, sender, transfer);
        vm.assertEq(stake(transfer), messageHash);
        vm.assertEq(uint256(gateway.outbox(messageHash)), uint256(MessageStatus.Declared));
        vm.assertEq(gateway.nextNonce(sender), 1);
        vm.assertEq(gateway.lastMessage(sender), messageHash);
        vm.assertEq(gateway.bountyOwner(messageHash), sender);
        vm.assertEq(gateway.locked(), AMOUNT);
        vm.assertEq(token.balanceOf(address(gateway)), AMOUNT);
        vm.assertEq(token.balanceOf(sender), tokens - AMOUNT);
        vm.assertEq(address(gateway).balance, BOUNTY);
        vm.assertEq(sender.balance, coins - BOUNTY);
    }

    /// @dev R67.
    function test_aFacilitatorCarriesASignedMessage() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = gateway.stakeHash(transfer);
        bytes memory signature = sign(messageHash);
        uint256 coins = FACILITATOR.balance;
        vm.expectEmit(address(gateway));
        emit IGateway.StakeDeclared(messageHash, sender, FACILITATOR, transfer);
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, signature);
        vm.assertEq(gateway.bountyOwner(messageHash), FACILITATOR);
        vm.assertEq(FACILITATOR.balance, coins - BOUNTY);
        vm.assertEq(token.balanceOf(address(gateway)), AMOUNT);
        vm.assertEq(gateway.nextNonce(FACILITATOR), 0);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.WrongNonce.selector, sender, 0, 1));
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, signature);
    }

    /// @dev R72: C105, J22: what is in flight goes on.
    function test_deactivationEndsNewStakesOnly() public {
        (Transfer memory redemption,) = confirmedRedeem();
        (Transfer memory transfer,) = confirmedStake();
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotDeactivator.selector, sender, DEACTIVATOR));
        vm.prank(sender);
        gateway.deactivate();
        vm.expectEmit(address(gateway));
        emit IGateway.GatewayDeactivated();
        vm.prank(DEACTIVATOR);
        gateway.deactivate();
        gateway.progressStake(transfer, SECRET);
        coGateway.progressMint(transfer, SECRET);
        gateway.progressUnstake(redemption, SECRET);
        coGateway.progressRedeem(redemption, SECRET);
        mintRefused();
    }

    function mintRefused() private {
        refuses(transferAt(2), abi.encodeWithSelector(IGateway.Deactivated.selector));
        vm.expectRevert(abi.encodeWithSelector(IGateway.Deactivated.selector));
        vm.prank(DEACTIVATOR);
        gateway.deactivate();
    }
}
