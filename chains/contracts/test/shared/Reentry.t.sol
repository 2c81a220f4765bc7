// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, LastProof } from "../../src/interfaces/IExits.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Recaller } from "../support/GatewayFakes.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice R71, J11: whatever a token or a receiver of coins calls from inside a call, the gateway refuses it. The order
/// of effects would do no harm either; this is the second wall.
contract ReentryTest is Bridge {
    Transfer private transfer;

    function setUp() public {
        deployBridge();
        mintTo(FACILITATOR, AMOUNT);
        (transfer,) = confirmedRedeem();
    }

    function refused() private pure returns (bytes memory) {
        return abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    /// @dev From inside the token, while a redemption is paid.
    function test_nothingOfAGatewayCanBeEnteredAgain() public {
        (RemoteProof memory proof, LastProof memory last, CodeProof memory code) = nothing();
        bytes[15] memory calls = [
            abi.encodeCall(gateway.stake, (transfer, "")),
            abi.encodeCall(gateway.progressStake, (transfer, SECRET)),
            abi.encodeCall(gateway.progressStakeWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(gateway.revertStake, (transfer)),
            abi.encodeCall(gateway.progressRevertStake, (transfer, proof)),
            abi.encodeCall(gateway.confirmRedeem, (transfer, proof)),
            abi.encodeCall(gateway.progressUnstake, (transfer, SECRET)),
            abi.encodeCall(gateway.progressUnstakeWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(gateway.confirmRevertRedeem, (transfer, proof)),
            abi.encodeCall(gateway.exit, (last, code)),
            abi.encodeCall(gateway.settleStake, (transfer, last)),
            abi.encodeCall(gateway.claimStake, (transfer, last, code)),
            abi.encodeCall(gateway.withdrawBounties, (sender)),
            abi.encodeCall(gateway.settleRedeem, (transfer, last)),
            abi.encodeCall(gateway.claimRedeem, (transfer, last, code))
        ];
        for (uint256 i; i < calls.length; ++i) {
            uint256 state = vm.snapshotState();
            token.setCall(address(gateway), calls[i]);
            gateway.progressUnstake(transfer, SECRET);
            vm.assertEq(token.callResult(), refused());
            vm.revertToState(state);
        }
    }

    /// @dev From inside whoever receives the bounty of a redemption.
    function test_nothingOfACoGatewayCanBeEnteredAgain() public {
        (RemoteProof memory proof,,) = nothing();
        bytes[9] memory calls = [
            abi.encodeCall(coGateway.confirmStake, (transfer, proof)),
            abi.encodeCall(coGateway.progressMint, (transfer, SECRET)),
            abi.encodeCall(coGateway.progressMintWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(coGateway.confirmRevertStake, (transfer, proof)),
            abi.encodeCall(coGateway.redeem, (transfer, "")),
            abi.encodeCall(coGateway.progressRedeem, (transfer, SECRET)),
            abi.encodeCall(coGateway.progressRedeemWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(coGateway.revertRedeem, (transfer)),
            abi.encodeCall(coGateway.progressRevertRedeem, (transfer, proof))
        ];
        for (uint256 i; i < calls.length; ++i) {
            uint256 state = vm.snapshotState();
            Recaller recaller = new Recaller(address(coGateway), calls[i]);
            recaller.act(abi.encodeCall(coGateway.progressRedeem, (transfer, SECRET)));
            vm.assertEq(address(recaller).balance, BOUNTY);
            vm.assertEq(recaller.callResult(), refused());
            vm.revertToState(state);
        }
    }

    function nothing() private pure returns (RemoteProof memory proof, LastProof memory last, CodeProof memory code) { }
}
