// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { RlpReader } from "../../src/libraries/RlpReader.sol";
import { StateProof } from "../../src/libraries/StateProof.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";
import { Roots } from "../support/GatewayFakes.sol";

/// @notice R69 at the gateways: what proves nothing, and what a secret or a proof is good for elsewhere.
contract GatewayProofsTest is Bridge {
    Transfer private transfer;
    bytes32 private messageHash;
    RemoteProof private proof;

    function setUp() public {
        deployBridge();
        transfer = transferAt(0);
        // Nothing but the other message stands in the outbox at height 1, both at height 2.
        Transfer memory other = transferAt(0);
        other.sender = FACILITATOR;
        stake(other);
        finalise();
        messageHash = stake(transfer);
        finalise();
        proof = originProofAt(2, messageHash, FixedSlots.GATEWAY_OUTBOX);
    }

    function refuses(bytes memory reason) private {
        vm.expectRevert(reason);
        coGateway.confirmStake(transfer, proof);
    }

    /// @dev Which check refuses depends on where the wrong key leads.
    function fails(CoGateway target, Transfer memory changed) private {
        (bool success,) = address(target).call(abi.encodeCall(target.confirmStake, (changed, proof)));
        vm.assertFalse(success);
    }

    function test_theProofIsGood() public {
        coGateway.confirmStake(transfer, proof);
    }

    /// @dev R61.
    function test_anUnknownHeightProvesNothing() public {
        proof.height = 3;
        refuses(abi.encodeWithSelector(Roots.NotCommitted.selector, 3));
    }

    /// @dev R69: J04: even if the provider of roots handed one out.
    function test_aZeroRootProvesNothing() public {
        vm.etch(address(observer), hex"5f5f5260205ff3");
        refuses(abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
    }

    /// @dev R69: J09: the message is proven absent at height 1.
    function test_absenceIsNotInclusion() public {
        proof = originProofAt(1, messageHash, FixedSlots.GATEWAY_OUTBOX);
        refuses(abi.encodeWithSelector(IMessageBox.StatusNotProven.selector, messageHash, MessageStatus.Declared, 0));
        proof.storageProof = new bytes[](0);
        vm.expectPartialRevert(TrieProof.MissingNode.selector);
        coGateway.confirmStake(transfer, proof);
    }

    function test_anAbsentAccountProvesNothing() public {
        proof.height = observer.add(TrieProof.EMPTY_ROOT);
        proof.accountProof = new bytes[](0);
        refuses(abi.encodeWithSelector(StateProof.AccountAbsent.selector, address(gateway)));
    }

    /// @dev J20.
    function test_accountAndStorageOfDifferentHeights() public {
        RemoteProof memory early = originProofAt(1, messageHash, FixedSlots.GATEWAY_OUTBOX);
        (proof.height, proof.accountProof) = (1, early.accountProof);
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        coGateway.confirmStake(transfer, proof);
    }

    function test_theInboxIsNotTheOutbox() public {
        bytes32 slot = bytes32(FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_INBOX));
        vm.store(address(gateway), slot, bytes32(uint256(1)));
        proof = originProofAt(finalise(), messageHash, FixedSlots.GATEWAY_INBOX);
        fails(coGateway, transfer);
    }

    /// @dev R69.
    function test_aNodeTooMany() public {
        bytes[] memory nodes = new bytes[](proof.storageProof.length + 1);
        for (uint256 i; i < proof.storageProof.length; ++i) {
            nodes[i] = proof.storageProof[i];
        }
        nodes[proof.storageProof.length] = nodes[0];
        uint256 used = proof.storageProof.length;
        proof.storageProof = nodes;
        refuses(abi.encodeWithSelector(TrieProof.SurplusNodes.selector, used, used + 1));
    }

    /// @dev R69.
    function test_trailingBytes() public {
        uint256 last = proof.storageProof.length - 1;
        proof.storageProof[last] = abi.encodePacked(proof.storageProof[last], hex"00");
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        coGateway.confirmStake(transfer, proof);
        // Nor under a root that commits to them.
        proof.height = observer.add(keccak256(abi.encodePacked(proof.accountProof[0], hex"00")));
        proof.accountProof[0] = abi.encodePacked(proof.accountProof[0], hex"00");
        refuses(abi.encodeWithSelector(RlpReader.MalformedRlp.selector, proof.accountProof[0].length - 1));
    }

    /// @dev R62.
    function test_everyMemberOfATransferIsProven() public {
        for (uint256 member; member < 7; ++member) {
            Transfer memory changed = transfer;
            if (member == 0) changed.amount += 1;
            if (member == 1) changed.beneficiary = STRANGER;
            if (member == 2) changed.gasPrice += 1;
            if (member == 3) changed.gasLimit += 1;
            if (member == 4) changed.sender = STRANGER;
            if (member == 5) changed.nonce += 1;
            if (member == 6) changed.hashLock = 0;
            fails(coGateway, changed);
        }
    }

    /// @dev J12: the same gateway, another core, another token pair or another chain.
    function test_noReplayOnAnotherCoGateway() public {
        vm.chainId(AUXILIARY_CHAIN);
        CoGateway second = new CoGateway(coGatewayParameters());
        vm.chainId(AUXILIARY_CHAIN + 1);
        CoGateway third = new CoGateway(coGatewayParameters());
        vm.assertNotEq(second.stakeHash(transfer), messageHash);
        vm.assertNotEq(third.stakeHash(transfer), second.stakeHash(transfer));
        fails(second, transfer);
        fails(third, transfer);
    }

    function test_aMessageIsConfirmedOnce() public {
        coGateway.confirmStake(transfer, proof);
        refuses(abi.encodeWithSelector(IMessageBox.InboxStatus.selector, messageHash, MessageStatus.Declared));
    }

    /* SECRETS */

    function test_aWrongSecretIsRefused() public {
        coGateway.confirmStake(transfer, proof);
        bytes32 wrong = keccak256("wrong");
        bytes memory reason = abi.encodeWithSelector(
            IMessageBox.WrongSecret.selector, messageHash, transfer.hashLock, keccak256(abi.encode(wrong))
        );
        vm.expectRevert(reason);
        coGateway.progressMint(transfer, wrong);
        vm.expectRevert(reason);
        gateway.progressStake(transfer, wrong);
    }

    /// @dev J18: a lock that two messages share opens both, each to its own beneficiary and once.
    function test_oneLockForTwoMessages() public {
        Transfer memory other = transfer;
        other.sender = FACILITATOR;
        gateway.progressStake(transfer, SECRET);
        vm.assertEq(uint256(gateway.outbox(gateway.stakeHash(other))), uint256(MessageStatus.Declared));
        gateway.progressStake(other, SECRET);
        vm.expectRevert(
            abi.encodeWithSelector(IMessageBox.OutboxStatus.selector, messageHash, MessageStatus.Progressed)
        );
        gateway.progressStake(transfer, SECRET);
    }

    /* REVOCATIONS */

    /// @dev R65.
    function test_onlyTheSenderRevokes() public {
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSender.selector, address(this), sender));
        gateway.revertStake{ value: PENALTY }(transfer);
    }

    /// @dev R65.
    function test_thePenaltyIsExact() public {
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.WrongPayment.selector, PENALTY - 1, PENALTY));
        vm.prank(sender);
        gateway.revertStake{ value: PENALTY - 1 }(transfer);
    }

    /* STATE PROOF */

    function word(bytes32 root, address owner, bytes[] memory account, bytes[] memory nodes)
        external
        pure
        returns (uint256)
    {
        return StateProof.wordOrAbsent(root, owner, 0, account, nodes);
    }

    function code(bytes32 root, address owner, bytes[] memory account, bytes memory supplied)
        external
        pure
        returns (bool)
    {
        return StateProof.hasOwnCode(root, owner, account, supplied);
    }

    /// @dev R69, R73, R74: with a whole proof of it, under a root that is one, and of an account that is not there.
    function test_absenceIsProven() public {
        (bytes32 root, bytes[] memory nobody, bytes[] memory none) = (observer.stateRoot(1), proofOf(1), new bytes[](0));
        vm.assertEq(this.word(root, STRANGER, nobody, none), 0);
        vm.assertFalse(this.code(root, STRANGER, nobody, ""));
        vm.expectPartialRevert(StateProof.WrongCode.selector);
        this.code(root, STRANGER, nobody, hex"6000");
        vm.expectRevert(abi.encodeWithSelector(TrieProof.SurplusNodes.selector, 0, proof.storageProof.length));
        this.word(root, STRANGER, nobody, proof.storageProof);
        // The account is there: it stores something, and has code.
        vm.expectPartialRevert(TrieProof.MissingNode.selector);
        this.word(root, address(gateway), nobody, none);
        vm.expectPartialRevert(StateProof.WrongCode.selector);
        this.code(root, address(gateway), nobody, "");
    }

    /// @dev R69.
    function test_absenceIsNotProvenByNothing() public {
        (bytes32 root, bytes[] memory none) = (observer.stateRoot(1), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MissingNode.selector, 0, root));
        this.word(root, STRANGER, none, none);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
        this.word(0, STRANGER, none, none);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
        this.code(0, STRANGER, none, "");
    }

    function proofOf(uint64 height) private view returns (bytes[] memory) {
        return originProofAt(height, messageHash, FixedSlots.GATEWAY_OUTBOX).accountProof;
    }
}
