// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICoGateway } from "../../src/interfaces/ICoGateway.sol";
import { IGateway } from "../../src/interfaces/IGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { MessageHash } from "../../src/libraries/MessageHash.sol";
import { MessageBox } from "../../src/shared/MessageBox.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Vm } from "../support/Vm.sol";

/// @notice Whole transfers: by secret, by proof, taken back, and the races between them (R64, R65, R68).
contract TransfersTest is Bridge {
    uint256 private constant REWARD = GAS_PRICE * GAS_LIMIT;

    function setUp() public {
        deployBridge();
    }

    /// @dev R64.
    function test_stakeAndMintBySecret() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        uint256 coins = FACILITATOR.balance;
        vm.expectEmit(address(gateway));
        emit IGateway.StakeProgressed(messageHash, sender, FACILITATOR, AMOUNT, false, SECRET);
        vm.prank(FACILITATOR);
        gateway.progressStake(transfer, SECRET);
        vm.prank(FACILITATOR);
        coGateway.progressMint(transfer, SECRET);
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
        vm.assertEq(FACILITATOR.balance, coins + BOUNTY);
        vm.assertEq(utility.balanceOf(FACILITATOR), REWARD);
        vm.assertEq(utility.balanceOf(BENEFICIARY), AMOUNT - REWARD);
        vm.assertEq(utility.totalSupply(), gateway.locked());
        vm.assertEq(token.balanceOf(address(gateway)), AMOUNT);
        vm.assertEq(gateway.bountyOwner(messageHash), address(0));
    }

    /// @dev R64.
    function test_stakeAndMintByProof() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        RemoteProof memory proof = originProof(messageHash);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.MintProgressed(messageHash, BENEFICIARY, STRANGER, AMOUNT - REWARD, REWARD, true, 0);
        vm.prank(STRANGER);
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, proof);
        proof = auxiliaryInboxProof(messageHash);
        vm.expectEmit(address(gateway));
        emit IGateway.StakeProgressed(messageHash, sender, STRANGER, AMOUNT, true, 0);
        vm.prank(STRANGER);
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, proof);
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
        vm.assertEq(utility.balanceOf(STRANGER), REWARD);
        vm.assertEq(STRANGER.balance, BOUNTY);
    }

    /// @dev R68: J14: the secret was used on one side only.
    function test_theOtherSideFollowsByProof() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        gateway.progressStake(transfer, SECRET);
        coGateway.progressMintWithProof(transfer, MessageStatus.Progressed, originProof(messageHash));
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
    }

    /// @dev R64.
    function test_redeemAndUnstakeBySecret() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        uint256 coins = FACILITATOR.balance;
        uint256 tokens = token.balanceOf(FACILITATOR);
        vm.prank(FACILITATOR);
        coGateway.progressRedeem(transfer, SECRET);
        vm.prank(FACILITATOR);
        gateway.progressUnstake(transfer, SECRET);
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, false);
        vm.assertEq(FACILITATOR.balance, coins + BOUNTY);
        vm.assertEq(token.balanceOf(FACILITATOR), tokens + REWARD);
        vm.assertEq(token.balanceOf(BENEFICIARY), AMOUNT - REWARD);
        vm.assertEq(utility.totalSupply(), 0);
        vm.assertEq(gateway.locked(), 0);
        vm.assertEq(token.balanceOf(address(gateway)), 0);
    }

    /// @dev R64.
    function test_redeemAndUnstakeByProof() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        RemoteProof memory proof = auxiliaryProof(messageHash);
        vm.expectEmit(address(gateway));
        emit IGateway.UnstakeProgressed(messageHash, BENEFICIARY, STRANGER, AMOUNT - REWARD, REWARD, true, 0);
        vm.prank(STRANGER);
        gateway.progressUnstakeWithProof(transfer, MessageStatus.Declared, proof);
        proof = originInboxProof(messageHash);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.RedeemProgressed(messageHash, sender, STRANGER, AMOUNT, true, 0);
        vm.prank(STRANGER);
        coGateway.progressRedeemWithProof(transfer, MessageStatus.Progressed, proof);
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, false);
        vm.assertEq(STRANGER.balance, BOUNTY);
        vm.assertEq(utility.totalSupply(), 0);
    }

    /// @dev R64, R69: what the caller says of the other side is what must be proven.
    function test_aStakeDoesNotProgressByAnotherStatus() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        bytes memory reason = abi.encodeWithSelector(
            IMessageBox.StatusNotProven.selector, messageHash, MessageStatus.Progressed, MessageStatus.Declared
        );
        RemoteProof memory proof = originProof(messageHash);
        vm.expectRevert(reason);
        coGateway.progressMintWithProof(transfer, MessageStatus.Progressed, proof);
        proof = auxiliaryInboxProof(messageHash);
        vm.expectRevert(reason);
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, proof);
    }

    /// @dev R64, R69.
    function test_aRedemptionDoesNotProgressByAnotherStatus() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        bytes memory reason = abi.encodeWithSelector(
            IMessageBox.StatusNotProven.selector, messageHash, MessageStatus.Progressed, MessageStatus.Declared
        );
        RemoteProof memory proof = auxiliaryProof(messageHash);
        vm.expectRevert(reason);
        gateway.progressUnstakeWithProof(transfer, MessageStatus.Progressed, proof);
        proof = originInboxProof(messageHash);
        vm.expectRevert(reason);
        coGateway.progressRedeemWithProof(transfer, MessageStatus.Progressed, proof);
    }

    /// @dev R64.
    function test_theRewardIsForTheGasUsed() public {
        Transfer memory transfer = transferAt(0);
        transfer.gasLimit = 100_000_000;
        bytes32 messageHash = stake(transfer);
        coGateway.confirmStake(transfer, originProof(messageHash));
        uint256 before = coGateway.confirmationGas(messageHash);
        vm.assertGt(before, 20_000);
        uint256 gasBefore = gasleft();
        vm.prank(FACILITATOR);
        coGateway.progressMint(transfer, SECRET);
        uint256 used = gasBefore - gasleft();
        uint256 reward = utility.balanceOf(FACILITATOR);
        vm.assertGt(reward, GAS_PRICE * before);
        vm.assertLt(reward, GAS_PRICE * (before + used));
        vm.assertEq(utility.balanceOf(BENEFICIARY), AMOUNT - reward);
    }

    /// @dev R64: what the reward will count, and under which root the other side was believed.
    function test_aConfirmationTellsHeightAndGas() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        RemoteProof memory proof = originProof(messageHash);
        vm.recordLogs();
        coGateway.confirmStake(transfer, proof);
        checkConfirmed(coGateway, ICoGateway.StakeConfirmed.selector, messageHash, proof.height);
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, proof);
        transfer.sender = BENEFICIARY;
        fund(BENEFICIARY);
        transfer.amount = AMOUNT - REWARD;
        messageHash = redeem(transfer);
        proof = auxiliaryProof(messageHash);
        vm.recordLogs();
        gateway.confirmRedeem(transfer, proof);
        checkConfirmed(gateway, IGateway.RedeemConfirmed.selector, messageHash, proof.height);
    }

    function checkConfirmed(MessageBox target, bytes32 selector, bytes32 messageHash, uint256 height) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].emitter, address(target));
        vm.assertEq(logs[0].topics[0], selector);
        vm.assertEq(logs[0].topics[1], messageHash);
        vm.assertEq(logs[0].topics[3], bytes32(height));
        vm.assertEq(logs[0].data, abi.encode(target.confirmationGas(messageHash)));
        vm.assertGt(target.confirmationGas(messageHash), 20_000);
    }

    /// @dev R62, R64, R68: no secret has the lock zero, not even the zero one; by proof alone such a message ends.
    function testFuzz_noSecretOpensTheZeroLock(bytes32 secret) public {
        Transfer memory transfer = transferAt(0);
        transfer.hashLock = 0;
        bytes32 messageHash = stake(transfer);
        coGateway.confirmStake(transfer, originProof(messageHash));
        for (uint256 i; i < 2; ++i) {
            bytes memory reason = abi.encodeWithSelector(
                IMessageBox.WrongSecret.selector, messageHash, bytes32(0), MessageHash.lockOf(secret)
            );
            vm.expectRevert(reason);
            gateway.progressStake(transfer, secret);
            vm.expectRevert(reason);
            coGateway.progressMint(transfer, secret);
            secret = 0;
        }
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, originProof(messageHash));
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, auxiliaryInboxProof(messageHash));
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
    }

    /* TAKEN BACK */

    /// @dev R65.
    function test_aStakeIsTakenBack() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        uint256 tokens = token.balanceOf(sender);
        uint256 coins = sender.balance;
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        vm.assertEq(Coins.BURNED.balance, PENALTY);
        RemoteProof memory proof = originProof(messageHash);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.StakeRevocationConfirmed(messageHash, sender, proof.height);
        coGateway.confirmRevertStake(transfer, proof);
        proof = auxiliaryInboxProof(messageHash);
        vm.expectEmit(address(gateway));
        emit IGateway.StakeReverted(messageHash, sender, AMOUNT);
        gateway.progressRevertStake(transfer, proof);
        checkStatuses(messageHash, MessageStatus.Revoked, MessageStatus.Revoked, true);
        vm.assertEq(token.balanceOf(sender), tokens + AMOUNT);
        vm.assertEq(sender.balance, coins - PENALTY);
        vm.assertEq(Coins.BURNED.balance, PENALTY + BOUNTY);
        vm.assertEq(address(gateway).balance, 0);
        vm.assertEq(gateway.bountyOwner(messageHash), address(0));
        vm.assertEq(gateway.locked(), 0);
        vm.assertEq(utility.totalSupply(), 0);
    }

    /// @dev R65.
    function test_aRedemptionIsTakenBack() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        vm.prank(sender);
        coGateway.revertRedeem{ value: PENALTY }(transfer);
        RemoteProof memory proof = auxiliaryProof(messageHash);
        vm.expectEmit(address(gateway));
        emit IGateway.RedeemRevocationConfirmed(messageHash, sender, proof.height);
        gateway.confirmRevertRedeem(transfer, proof);
        proof = originInboxProof(messageHash);
        vm.expectEmit(address(coGateway));
        emit ICoGateway.RedeemReverted(messageHash, sender, AMOUNT);
        coGateway.progressRevertRedeem(transfer, proof);
        checkStatuses(messageHash, MessageStatus.Revoked, MessageStatus.Revoked, false);
        vm.assertEq(utility.balanceOf(sender), AMOUNT);
        vm.assertEq(Coins.BURNED.balance, PENALTY + BOUNTY);
        vm.assertEq(coGateway.bountyOwner(messageHash), address(0));
        vm.assertEq(gateway.locked(), AMOUNT);
    }

    /// @dev R65, R67: the bounty is the facilitator's, the decision is not.
    function test_aFacilitatorTakesNothingBack() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = gateway.stakeHash(transfer);
        bytes memory signature = sign(messageHash);
        vm.prank(FACILITATOR);
        gateway.stake{ value: BOUNTY }(transfer, signature);
        vm.assertEq(gateway.bountyOwner(messageHash), FACILITATOR);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSender.selector, FACILITATOR, sender));
        vm.prank(FACILITATOR);
        gateway.revertStake{ value: PENALTY }(transfer);
    }

    /// @dev R65: J15, J16: the target progressed before it heard of the revocation; the source can only follow.
    function test_aRevocationThatComesTooLateEndsInProgress() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        coGateway.progressMint(transfer, SECRET);
        RemoteProof memory proof = originProof(messageHash);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.InboxStatus.selector, messageHash, MessageStatus.Progressed));
        coGateway.confirmRevertStake(transfer, proof);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageBox.OutboxStatus.selector, messageHash, MessageStatus.DeclaredRevocation)
        );
        gateway.progressStake(transfer, SECRET);
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, auxiliaryInboxProof(messageHash));
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
    }

    /// @dev J21: an old root shows Declared although a revocation was declared since. Nothing is mixed.
    function test_anOldRootMayProgressTheTargetBeforeItIsRevoked() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        RemoteProof memory old = originProof(messageHash);
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, old);
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, auxiliaryInboxProof(messageHash));
        checkStatuses(messageHash, MessageStatus.Progressed, MessageStatus.Progressed, true);
    }

    function test_anOldRootDoesNothingAfterTheTargetIsRevoked() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        RemoteProof memory old = originProof(messageHash);
        RemoteProof memory oldInbox = auxiliaryInboxProof(messageHash);
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        coGateway.confirmRevertStake(transfer, originProof(messageHash));
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.InboxStatus.selector, messageHash, MessageStatus.Revoked));
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, old);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.InboxStatus.selector, messageHash, MessageStatus.Revoked));
        coGateway.confirmStake(transfer, old);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.RemoteStatus.selector, messageHash, MessageStatus.Declared));
        gateway.progressStakeWithProof(transfer, MessageStatus.Declared, oldInbox);
    }
}
