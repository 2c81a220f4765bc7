// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IExits } from "../../src/interfaces/IExits.sol";
import { GatewayParameters, IGateway } from "../../src/interfaces/IGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { Tokens } from "../../src/libraries/Tokens.sol";
import { Gateway } from "../../src/origin/Gateway.sol";
import { MessageStatus, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Vm } from "../support/Vm.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice What leaves the gateway: measured, bounded and once (R70, R71, J10, J11); and how it is constructed.
contract GatewayUnstakeTest is Bridge {
    function setUp() public {
        deployBridge();
    }

    /// @dev R71: The fee would come out of what others locked.
    function test_refusesATokenThatChargesTheSender() public {
        mintTo(FACILITATOR, AMOUNT);
        (Transfer memory transfer,) = confirmedRedeem();
        token.setFees(0, 5);
        vm.expectPartialRevert(Tokens.WrongAmount.selector);
        gateway.progressUnstake(transfer, SECRET);
        token.setFees(0, 0);
        gateway.progressUnstake(transfer, SECRET);
        vm.assertEq(token.balanceOf(address(gateway)), gateway.locked());
    }

    /// @dev R71: less than was due leaves the gateway, or it has more than before.
    function test_refusesATokenThatGivesBack() public {
        (Transfer memory transfer,) = confirmedRedeem();
        uint256 released = AMOUNT - GAS_PRICE * GAS_LIMIT;
        for (uint256 i; i < 2; ++i) {
            token.setCall(address(token), abi.encodeCall(token.mint, (address(gateway), i == 0 ? 1 : 2 * AMOUNT)));
            vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmount.selector, released, i == 0 ? released - 1 : 0));
            gateway.progressUnstake(transfer, SECRET);
        }
    }

    function test_refusesReentry() public {
        mintTo(FACILITATOR, AMOUNT);
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        token.setCall(address(gateway), abi.encodeCall(gateway.progressUnstake, (transfer, SECRET)));
        gateway.progressUnstake(transfer, SECRET);
        vm.assertFalse(token.callSucceeded());
        vm.assertEq(
            token.callResult(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        checkStatuses(messageHash, MessageStatus.Declared, MessageStatus.Progressed, false);
        vm.assertEq(gateway.locked(), AMOUNT);
        vm.assertEq(token.balanceOf(address(gateway)), AMOUNT);
    }

    /// @dev R81: a made-up redemption under a forged root.
    function test_neverMoreThanIsLocked() public {
        mintTo(sender, AMOUNT - 1);
        vm.prank(address(coGateway));
        utility.mint(sender, 1);
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = redeem(transfer);
        gateway.confirmRedeem(transfer, auxiliaryProof(messageHash));
        vm.expectRevert(abi.encodeWithSelector(IExits.ExceedsLocked.selector, AMOUNT, AMOUNT - 1));
        gateway.progressUnstake(transfer, SECRET);
    }

    function test_emitsWhatIsReleased() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        uint256 reward = GAS_PRICE * GAS_LIMIT;
        vm.expectEmit(address(gateway));
        emit IGateway.UnstakeProgressed(messageHash, BENEFICIARY, FACILITATOR, AMOUNT - reward, reward, false, SECRET);
        vm.prank(FACILITATOR);
        gateway.progressUnstake(transfer, SECRET);
    }

    /// @dev R64, R71: some tokens refuse to move nothing; a redemption without a reward does not ask them to.
    function test_noRewardIsNotPaid() public {
        mintTo(sender, AMOUNT);
        Transfer memory transfer = transferAt(0);
        transfer.gasPrice = 0;
        bytes32 messageHash = redeem(transfer);
        gateway.confirmRedeem(transfer, auxiliaryProof(messageHash));
        vm.recordLogs();
        gateway.progressUnstake(transfer, SECRET);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].emitter, address(gateway));
        vm.assertEq(logs[1].emitter, address(token));
        vm.assertEq(logs[1].data, abi.encode(AMOUNT));
    }

    /* CONSTRUCTOR */

    function test_everyAddressIsNeeded() public {
        for (uint256 i; i < 4; ++i) {
            GatewayParameters memory parameters = gatewayParameters(address(coGateway), address(utility));
            if (i == 0) parameters.core = address(0);
            if (i == 1) parameters.auxiliaryChainId = 0;
            if (i == 2) parameters.coGateway = address(0);
            if (i == 3) parameters.utilityToken = address(0);
            vm.expectRevert(abi.encodeWithSelector(IMessageBox.ZeroParameter.selector));
            new Gateway(parameters);
        }
    }

    /// @dev J10.
    function test_aTokenHasCode() public {
        GatewayParameters memory parameters = gatewayParameters(address(coGateway), address(utility));
        parameters.token = address(0x70);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotAContract.selector, address(0x70)));
        new Gateway(parameters);
    }

    /// @dev R65: half of an odd bounty is rounded up.
    function test_thePenaltyIsNeverLessThanOneAndAHalfBounties() public {
        GatewayParameters memory parameters = gatewayParameters(address(coGateway), address(utility));
        parameters.bounty = 3;
        vm.assertEq(new Gateway(parameters).penalty(), 5);
    }

    function test_bothSidesAgree() public view {
        vm.assertEq(gateway.coreId(), coGateway.coreId());
        vm.assertEq(gateway.originChainId(), coGateway.originChainId());
        vm.assertEq(gateway.auxiliaryChainId(), coGateway.auxiliaryChainId());
        vm.assertEq(gateway.gateway(), coGateway.gateway());
        vm.assertEq(gateway.coGateway(), coGateway.coGateway());
        vm.assertEq(gateway.stakeHash(transferAt(3)), coGateway.stakeHash(transferAt(3)));
        vm.assertEq(gateway.redeemHash(transferAt(3)), coGateway.redeemHash(transferAt(3)));
        vm.assertEq(gateway.penalty(), PENALTY);
        vm.assertEq(gateway.token(), address(token));
        vm.assertEq(gateway.utilityToken(), coGateway.utilityToken());
    }
}
