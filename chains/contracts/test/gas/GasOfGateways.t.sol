// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, LastProof } from "../../src/interfaces/IExits.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { OriginToken, OriginTokenParameters } from "../../src/mocks/OriginToken.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Ledger } from "../support/Ledger.sol";

/// @notice Calls of users and facilitators; the nodes of a proof are counted, since a real trie is deeper.
/// forge-config: default.isolate = true
contract GasOfGatewaysTest is Bridge, Ledger {
    function setUp() public {
        deployBridge();
    }

    function _keepProof(string memory call, RemoteProof memory proof) private {
        keep(call, "nodes", proof.accountProof.length + proof.storageProof.length);
    }

    function _keepExit(string memory call, LastProof memory proof, CodeProof memory code) private {
        uint256 nodes = proof.accountProof.length + proof.storageProof.length + code.accountProof.length;
        keep(string.concat(call, " nodes=", vm.toString(nodes)), "code_bytes", code.code.length);
    }

    function test_tokens() public {
        address[] memory owners = new address[](1);
        owners[0] = address(this);
        OriginToken plain = new OriginToken(OriginTokenParameters("Token", "TKN", owners, AMOUNT));
        plain.approve(STRANGER, AMOUNT);
        keep("OriginToken.approve");
        plain.transfer(STRANGER, 1);
        keep("OriginToken.transfer");
        mintTo(sender, AMOUNT);
        vm.prank(sender);
        utility.approve(STRANGER, AMOUNT);
        keep("UtilityToken.approve");
        vm.prank(sender);
        utility.transfer(STRANGER, 1);
        keep("UtilityToken.transfer");
    }

    function test_stakeBySecret() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        keep("Gateway.stake");
        RemoteProof memory proof = originProof(messageHash);
        coGateway.confirmStake(transfer, proof);
        _keepProof("CoGateway.confirmStake", proof);
        gateway.progressStake(transfer, SECRET);
        keep("Gateway.progressStake");
        coGateway.progressMint(transfer, SECRET);
        keep("CoGateway.progressMint");
    }

    function test_stakeByProof() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        RemoteProof memory proof = originProof(messageHash);
        coGateway.progressMintWithProof(transfer, MessageStatus.Declared, proof);
        _keepProof("CoGateway.progressMintWithProof", proof);
        proof = auxiliaryInboxProof(messageHash);
        gateway.progressStakeWithProof(transfer, MessageStatus.Progressed, proof);
        _keepProof("Gateway.progressStakeWithProof", proof);
    }

    function test_stakeTakenBack() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY }(transfer);
        keep("Gateway.revertStake");
        RemoteProof memory proof = originProof(messageHash);
        coGateway.confirmRevertStake(transfer, proof);
        _keepProof("CoGateway.confirmRevertStake", proof);
        proof = auxiliaryInboxProof(messageHash);
        gateway.progressRevertStake(transfer, proof);
        _keepProof("Gateway.progressRevertStake", proof);
    }

    function test_redeemBySecret() public {
        mintTo(sender, AMOUNT);
        Transfer memory transfer = transferAt(coGateway.nextNonce(sender));
        bytes32 messageHash = redeem(transfer);
        keep("CoGateway.redeem");
        RemoteProof memory proof = auxiliaryProof(messageHash);
        gateway.confirmRedeem(transfer, proof);
        _keepProof("Gateway.confirmRedeem", proof);
        coGateway.progressRedeem(transfer, SECRET);
        keep("CoGateway.progressRedeem");
        gateway.progressUnstake(transfer, SECRET);
        keep("Gateway.progressUnstake");
    }

    function test_redeemByProof() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        RemoteProof memory proof = auxiliaryProof(messageHash);
        gateway.progressUnstakeWithProof(transfer, MessageStatus.Declared, proof);
        _keepProof("Gateway.progressUnstakeWithProof", proof);
        proof = originInboxProof(messageHash);
        coGateway.progressRedeemWithProof(transfer, MessageStatus.Progressed, proof);
        _keepProof("CoGateway.progressRedeemWithProof", proof);
    }

    function test_redemptionTakenBack() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        vm.prank(sender);
        coGateway.revertRedeem{ value: PENALTY }(transfer);
        keep("CoGateway.revertRedeem");
        RemoteProof memory proof = auxiliaryProof(messageHash);
        gateway.confirmRevertRedeem(transfer, proof);
        _keepProof("Gateway.confirmRevertRedeem", proof);
        proof = originInboxProof(messageHash);
        coGateway.progressRevertRedeem(transfer, proof);
        _keepProof("CoGateway.progressRevertRedeem", proof);
    }

    function test_deactivate() public {
        vm.prank(DEACTIVATOR);
        gateway.deactivate();
        keep("Gateway.deactivate");
    }

    function test_exit() public {
        mintTo(BENEFICIARY, AMOUNT);
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        vm.prank(BENEFICIARY);
        gateway.exit(balance, code);
        _keepExit("Gateway.exit", balance, code);
    }

    function test_settleStake() public {
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        commitAndHalt();
        LastProof memory inbox = lastInbox(messageHash);
        gateway.settleStake(transfer, inbox);
        keep("Gateway.settleStake", "nodes", inbox.accountProof.length + inbox.storageProof.length);
        vm.prank(sender);
        gateway.withdrawBounties(sender);
        keep("Gateway.withdrawBounties");
    }

    function test_claimStake() public {
        codes[BENEFICIARY] = new bytes(24_576);
        Transfer memory transfer = transferAt(0);
        bytes32 messageHash = stake(transfer);
        gateway.progressStake(transfer, SECRET);
        commitAndHalt();
        (LastProof memory inbox, CodeProof memory code) = (lastInbox(messageHash), lastCode(BENEFICIARY));
        vm.prank(sender);
        gateway.claimStake(transfer, inbox, code);
        _keepExit("Gateway.claimStake", inbox, code);
    }

    function test_settleRedeem() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        commitAndHalt();
        LastProof memory outbox = lastOutbox(messageHash);
        gateway.settleRedeem(transfer, outbox);
        keep("Gateway.settleRedeem", "nodes", outbox.accountProof.length + outbox.storageProof.length);
    }

    function test_claimRedeem() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedRedeem();
        uint256 outbox = FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_OUTBOX);
        uint256 inbox = FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_INBOX);
        vm.store(address(coGateway), bytes32(outbox), bytes32(uint256(MessageStatus.DeclaredRevocation)));
        vm.store(address(gateway), bytes32(inbox), bytes32(uint256(MessageStatus.Revoked)));
        commitAndHalt();
        (LastProof memory proof, CodeProof memory code) = (lastOutbox(messageHash), lastCode(sender));
        vm.prank(sender);
        gateway.claimRedeem(transfer, proof, code);
        _keepExit("Gateway.claimRedeem", proof, code);
    }
}
