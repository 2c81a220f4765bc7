// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, IExits } from "../../src/interfaces/IExits.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { StateProof } from "../../src/libraries/StateProof.sol";
import { MessageStatus, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Refuser } from "../support/GatewayFakes.sol";

/// @notice R74: every pair of statuses of a stake and of a redemption on a halted core, and who is paid.
contract GatewaySettleTest is Bridge {
    uint256 private constant STATUSES = 5;

    function setUp() public {
        deployBridge();
    }

    /// @dev A message with these statuses, under a last root that shows the auxiliary one.
    function _set(bytes32 messageHash, bool staked, uint256 here, uint256 there) private {
        uint256 ours = staked ? FixedSlots.GATEWAY_OUTBOX : FixedSlots.GATEWAY_INBOX;
        uint256 theirs = staked ? FixedSlots.GATEWAY_INBOX : FixedSlots.GATEWAY_OUTBOX;
        vm.store(address(gateway), bytes32(FixedSlots.entry(uint256(messageHash), ours)), bytes32(here));
        vm.store(address(coGateway), bytes32(FixedSlots.entry(uint256(messageHash), theirs)), bytes32(there));
        commitAndHalt();
    }

    /* STAKES */

    /// @dev R74.
    function test_stakesByTheTable() public {
        for (uint256 here; here < STATUSES; ++here) {
            for (uint256 there; there < STATUSES; ++there) {
                deployBridge();
                _checkStake(here, there);
            }
        }
    }

    function _checkStake(uint256 here, uint256 there) private {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        uint256 tokens = token.balanceOf(sender);
        _set(messageHash, true, here, there);
        bool settles = here == 1 || here == 3;
        bool returned = settles && there != 2;
        if (!settles) {
            _expectNothing(messageHash, here, there);
        } else {
            vm.expectEmit(address(gateway));
            emit IExits.StakeSettled(messageHash, sender, returned, AMOUNT);
        }
        gateway.settleStake(transfer, lastInbox(messageHash));
        vm.assertEq(uint256(gateway.outbox(messageHash)), settles ? (returned ? 4 : 2) : here);
        vm.assertEq(token.balanceOf(sender), tokens + (returned ? AMOUNT : 0));
        vm.assertEq(gateway.returnedBounties(sender), settles ? BOUNTY : 0);
        _checkClaimStake(transfer, messageHash, settles ? (returned ? 4 : 2) : here, there);
        vm.assertEq(gateway.locked(), returned || (here == 2 && there != 2) ? 0 : AMOUNT);
    }

    function _checkClaimStake(Transfer memory transfer, bytes32 messageHash, uint256 here, uint256 there) private {
        bool claimable = here == 2 && there != 2;
        uint256 tokens = token.balanceOf(BENEFICIARY);
        if (!claimable) _expectNothing(messageHash, here, there);
        _claimStakeAs(BENEFICIARY, transfer, messageHash);
        vm.assertEq(token.balanceOf(BENEFICIARY), tokens + (claimable ? AMOUNT : 0));
        if (!claimable) return;
        vm.expectRevert(abi.encodeWithSelector(IExits.AlreadyClaimed.selector, messageHash));
        _claimStakeAs(BENEFICIARY, transfer, messageHash);
    }

    function _expectNothing(bytes32 messageHash, uint256 first, uint256 second) private {
        vm.expectRevert(abi.encodeWithSelector(IExits.NothingToSettle.selector, messageHash, first, second));
    }

    function _claimStakeAs(address claimant, Transfer memory transfer, bytes32 messageHash) private {
        vm.prank(claimant);
        gateway.claimStake(transfer, lastInbox(messageHash), lastCode(transfer.beneficiary));
    }

    /// @dev R74.
    function test_onlyTheBeneficiaryClaimsAStake() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        gateway.progressStake(transfer, SECRET);
        commitAndHalt();
        vm.expectRevert(abi.encodeWithSelector(IExits.NotClaimant.selector, sender, BENEFICIARY));
        _claimStakeAs(sender, transfer, messageHash);
        vm.expectEmit(address(gateway));
        emit IExits.TransferClaimed(messageHash, BENEFICIARY, AMOUNT);
        _claimStakeAs(BENEFICIARY, transfer, messageHash);
    }

    function test_theStakerClaimsForABeneficiaryWithCode() public {
        codes[BENEFICIARY] = hex"60006000";
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        gateway.progressStake(transfer, SECRET);
        commitAndHalt();
        vm.expectRevert(abi.encodeWithSelector(IExits.NotClaimant.selector, BENEFICIARY, sender));
        _claimStakeAs(BENEFICIARY, transfer, messageHash);
        uint256 tokens = token.balanceOf(sender);
        _claimStakeAs(sender, transfer, messageHash);
        vm.assertEq(token.balanceOf(sender), tokens + AMOUNT);
    }

    /// @dev An EIP-7702 account has an owner, whatever the staker says its code is.
    function test_aDesignatedBeneficiaryIsNotPassedOffAsAContract() public {
        codes[BENEFICIARY] = abi.encodePacked(hex"ef0100", STRANGER);
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        gateway.progressStake(transfer, SECRET);
        commitAndHalt();
        vm.expectRevert(abi.encodeWithSelector(IExits.NotClaimant.selector, sender, BENEFICIARY));
        _claimStakeAs(sender, transfer, messageHash);
        CodeProof memory forged = lastCode(BENEFICIARY);
        forged.code = hex"60006000";
        vm.expectPartialRevert(StateProof.WrongCode.selector);
        vm.prank(sender);
        gateway.claimStake(transfer, lastInbox(messageHash), forged);
        _claimStakeAs(BENEFICIARY, transfer, messageHash);
        vm.assertEq(token.balanceOf(BENEFICIARY), AMOUNT);
    }

    /// @dev R74: nor is a beneficiary that auxiliary has never seen.
    function test_anAbsentBeneficiaryIsNotPassedOffAsAContract() public {
        Transfer memory transfer = transferAt(0);
        transfer.beneficiary = STRANGER;
        bytes32 messageHash = stake(transfer);
        gateway.progressStake(transfer, SECRET);
        commitAndHalt();
        CodeProof memory forged = lastCode(STRANGER);
        forged.code = hex"60006000";
        bytes32 none = keccak256("");
        vm.expectRevert(abi.encodeWithSelector(StateProof.WrongCode.selector, STRANGER, none, keccak256(forged.code)));
        vm.prank(sender);
        gateway.claimStake(transfer, lastInbox(messageHash), forged);
        _claimStakeAs(STRANGER, transfer, messageHash);
        vm.assertEq(token.balanceOf(STRANGER), AMOUNT);
    }

    /// @dev Nothing was ever deployed on auxiliary under the last root: absence of the account is proven.
    function test_aStakeComesBackFromAnAbsentCoGateway() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        uint256 tokens = token.balanceOf(sender);
        haltWithoutCoGateway();
        gateway.settleStake(transfer, lastInbox(messageHash));
        checkStatuses(messageHash, MessageStatus.Revoked, MessageStatus.Undeclared, true);
        vm.assertEq(token.balanceOf(sender), tokens + AMOUNT);
    }

    /// @dev R74: A locker that takes no coins does not keep the staker from its stake; nor do penalties come back.
    function test_bountiesComeBackByWithdrawal() public {
        Refuser refuser = new Refuser();
        Transfer memory transfer = transferAt(0);
        bytes memory signature = sign(gateway.stakeHash(transfer));
        vm.deal(address(refuser), 1 ether);
        refuser.act(address(gateway), abi.encodeCall(gateway.stake, (transfer, signature)), BOUNTY);
        bytes32 messageHash = gateway.stakeHash(transfer);
        messages.push(messageHash);
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        commitAndHalt();
        gateway.settleStake(transfer, lastInbox(messageHash));
        vm.assertEq(gateway.returnedBounties(address(refuser)), BOUNTY);
        vm.assertEq(Coins.BURNED.balance, PENALTY);
        vm.expectRevert(abi.encodeWithSelector(Coins.TransferFailed.selector, address(refuser), BOUNTY));
        gateway.withdrawBounties(address(refuser));
    }

    function test_anyoneWithdrawsABountyForItsOwnerOnce() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        commitAndHalt();
        gateway.settleStake(transfer, lastInbox(messageHash));
        uint256 coins = sender.balance;
        gateway.withdrawBounties(sender);
        vm.assertEq(sender.balance, coins + BOUNTY);
        vm.assertEq(address(gateway).balance, 0);
        vm.expectRevert(abi.encodeWithSelector(IExits.NothingToWithdraw.selector, sender));
        gateway.withdrawBounties(sender);
    }

    /// @dev R67, R74: a facilitator that carried two senders' messages has both bounties back.
    function test_bountiesOfOneOwnerAddUp() public {
        Transfer[2] memory transfers = [transferAt(0), transferAt(0)];
        transfers[1].sender = FACILITATOR;
        bytes memory signature = sign(gateway.stakeHash(transfers[0]));
        for (uint256 i; i < transfers.length; ++i) {
            vm.prank(FACILITATOR);
            messages.push(gateway.stake{ value: BOUNTY }(transfers[i], signature));
        }
        commitAndHalt();
        for (uint256 i; i < transfers.length; ++i) {
            gateway.settleStake(transfers[i], lastInbox(messages[i]));
        }
        vm.assertEq(gateway.bountyOwner(messages[0]), address(0));
        vm.assertEq(gateway.returnedBounties(FACILITATOR), 2 * BOUNTY);
        vm.assertEq(gateway.returnedBounties(sender), 0);
        uint256 coins = FACILITATOR.balance;
        gateway.withdrawBounties(FACILITATOR);
        vm.assertEq(FACILITATOR.balance, coins + 2 * BOUNTY);
    }

    /* REDEMPTIONS */

    /// @dev R74.
    function test_redemptionsByTheTable() public {
        for (uint256 here; here < STATUSES; ++here) {
            for (uint256 there; there < STATUSES; ++there) {
                deployBridge();
                _checkRedeem(here, there);
            }
        }
    }

    function _checkRedeem(uint256 here, uint256 there) private {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        _set(messageHash, false, here, there);
        uint256 tokens = token.balanceOf(BENEFICIARY);
        bool settles = here <= 1 && there >= 1 && there <= 3;
        if (!settles) {
            _expectNothing(messageHash, there, here);
        } else {
            vm.expectEmit(address(gateway));
            emit IExits.RedeemSettled(messageHash, BENEFICIARY, AMOUNT);
        }
        gateway.settleRedeem(transfer, lastOutbox(messageHash));
        vm.assertEq(uint256(gateway.inbox(messageHash)), settles ? 2 : here);
        vm.assertEq(token.balanceOf(BENEFICIARY), tokens + (settles ? AMOUNT : 0));
        _checkClaimRedeem(transfer, messageHash, settles ? 2 : here, there);
        if (settles) vm.assertEq(gateway.locked(), 0);
    }

    function _checkClaimRedeem(Transfer memory transfer, bytes32 messageHash, uint256 here, uint256 there) private {
        bool claimable = here == 4 && there == 3;
        uint256 tokens = token.balanceOf(sender);
        if (!claimable) _expectNothing(messageHash, there, here);
        _claimRedeemAs(sender, transfer, messageHash);
        vm.assertEq(token.balanceOf(sender), tokens + (claimable ? AMOUNT : 0));
        if (!claimable) return;
        vm.assertEq(gateway.locked(), 0);
        vm.expectRevert(abi.encodeWithSelector(IExits.AlreadyClaimed.selector, messageHash));
        _claimRedeemAs(sender, transfer, messageHash);
    }

    function _claimRedeemAs(address claimant, Transfer memory transfer, bytes32 messageHash) private {
        vm.prank(claimant);
        gateway.claimRedeem(transfer, lastOutbox(messageHash), lastCode(transfer.sender));
    }

    /// @dev Another may own a contract's address here: then the beneficiary, whom the redeemer named, is paid.
    function test_theBeneficiaryClaimsForARedeemerWithCode() public {
        codes[sender] = hex"60006000";
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        _set(messageHash, false, 4, 3);
        vm.expectRevert(abi.encodeWithSelector(IExits.NotClaimant.selector, sender, BENEFICIARY));
        _claimRedeemAs(sender, transfer, messageHash);
        _claimRedeemAs(BENEFICIARY, transfer, messageHash);
        vm.assertEq(token.balanceOf(BENEFICIARY), AMOUNT);
    }

    function test_nothingIsRedeemedFromAnAbsentCoGateway() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        haltWithoutCoGateway();
        _expectNothing(messageHash, 0, 1);
        gateway.settleRedeem(transfer, lastOutbox(messageHash));
    }

    function test_nothingIsSettledWhileTheCoreRuns() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        commit();
        vm.expectRevert(abi.encodeWithSelector(IExits.CoreRunning.selector));
        gateway.settleRedeem(transfer, lastOutbox(messageHash));
        vm.expectRevert(abi.encodeWithSelector(IExits.CoreRunning.selector));
        gateway.claimRedeem(transfer, lastOutbox(messageHash), lastCode(sender));
        vm.expectRevert(abi.encodeWithSelector(IExits.CoreRunning.selector));
        gateway.settleStake(transfer, lastInbox(messageHash));
        vm.expectRevert(abi.encodeWithSelector(IExits.CoreRunning.selector));
        gateway.claimStake(transfer, lastInbox(messageHash), lastCode(BENEFICIARY));
    }
}
