// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { MessageHash } from "../../src/libraries/MessageHash.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "./Bridge.sol";

/// @notice The operations of R63 on a message that was declared; those of the source first.
enum Operation {
    Progress,
    ProgressByProof,
    Revoke,
    ProgressRevocation,
    Confirm,
    ProgressTarget,
    ProgressTargetByProof,
    ConfirmRevocation
}

/// @notice A transfer that somebody declared.
struct Flight {
    Transfer transfer;
    bytes32 messageHash;
    bool staked;
}

/// @title RandomCaller
/// @notice A few people who declare random transfers, and every call that anybody may then make about them.
abstract contract RandomCaller is Bridge {
    uint256 internal constant PEOPLE = 3;
    uint256 internal constant OPERATIONS = 8;
    /// @dev Highest gas limit of a reward: above what the two calls of a target use, or below.
    uint256 internal constant MOST_GAS = 999_999;

    Flight[] internal flights;
    address[PEOPLE] internal people;

    /// @dev Everybody owns tokens on both chains.
    function gatherPeople() internal {
        deployBridge();
        for (uint256 i; i < PEOPLE; ++i) {
            people[i] = address(uint160(0xA000 + i));
            holders.push(people[i]);
            fund(people[i]);
            mintTo(people[i], AMOUNT);
        }
    }

    function somebody(uint256 random) internal view returns (address) {
        return people[random % PEOPLE];
    }

    /* CALLS */

    /// @dev A transfer that may be refused, when the sender's one before is still open or it owns too little.
    function declare(uint256 random) internal returns (bool success) {
        address person = somebody(random);
        bool staked = (random >> 8) % 2 == 0;
        Transfer memory transfer = transferAt(staked ? gateway.nextNonce(person) : coGateway.nextNonce(person));
        transfer.sender = person;
        transfer.beneficiary = somebody(random >> 16);
        transfer.amount = bounded(random >> 24, 1, AMOUNT);
        transfer.gasLimit = bounded(random >> 40, 0, MOST_GAS);
        transfer.gasPrice = bounded(random >> 32, 0, transfer.amount / (MOST_GAS + 1));
        transfer.hashLock = MessageHash.lockOf(secretOf(transfer, staked));
        bytes memory data = abi.encodeCall(staked ? gateway.stake : coGateway.redeem, (transfer, ""));
        bytes memory result;
        vm.prank(person);
        (success, result) = (staked ? address(gateway) : address(coGateway)).call{ value: BOUNTY }(data);
        if (!success) return false;
        bytes32 messageHash = abi.decode(result, (bytes32));
        messages.push(messageHash);
        flights.push(Flight(transfer, messageHash, staked));
    }

    /// @dev Every message has a secret of its own.
    function secretOf(Transfer memory transfer, bool staked) internal pure returns (bytes32) {
        return keccak256(abi.encode(transfer.sender, transfer.nonce, staked));
    }

    function isAtSource(Operation operation) internal pure returns (bool) {
        return operation < Operation.Confirm;
    }

    function takesSecret(Operation operation) internal pure returns (bool) {
        return operation == Operation.Progress || operation == Operation.ProgressTarget;
    }

    function takesProof(Operation operation) internal pure returns (bool) {
        return !takesSecret(operation) && operation != Operation.Revoke;
    }

    function isAtOrigin(Flight memory flight, Operation operation) internal pure returns (bool) {
        return flight.staked == isAtSource(operation);
    }

    /// @dev What somebody who wants the message to end would try next.
    function sensible(Flight memory flight, uint256 random) internal view returns (Operation) {
        (MessageStatus source, MessageStatus target) = statuses(flight);
        if (target == MessageStatus.Undeclared) return Operation.Confirm;
        if (source == MessageStatus.DeclaredRevocation) {
            if (target == MessageStatus.Declared) return Operation.ConfirmRevocation;
            return target == MessageStatus.Revoked ? Operation.ProgressRevocation : Operation.ProgressByProof;
        }
        if (source == MessageStatus.Declared) {
            if (random % 2 == 0) return Operation.Revoke;
            return random % 4 == 1 ? Operation.Progress : Operation.ProgressByProof;
        }
        return random % 2 == 0 ? Operation.ProgressTarget : Operation.ProgressTargetByProof;
    }

    function calldataOf(
        Flight memory flight,
        Operation operation,
        bytes32 secret,
        MessageStatus status,
        RemoteProof memory proof
    ) internal view returns (bytes memory) {
        return flight.staked
            ? _stakeCall(operation, flight.transfer, secret, status, proof)
            : _redeemCall(operation, flight.transfer, secret, status, proof);
    }

    function _stakeCall(
        Operation operation,
        Transfer memory transfer,
        bytes32 secret,
        MessageStatus status,
        RemoteProof memory proof
    ) private view returns (bytes memory) {
        if (operation == Operation.Progress) {
            return abi.encodeCall(gateway.progressStake, (transfer, secret));
        }
        if (operation == Operation.ProgressByProof) {
            return abi.encodeCall(gateway.progressStakeWithProof, (transfer, status, proof));
        }
        if (operation == Operation.Revoke) return abi.encodeCall(gateway.revertStake, (transfer));
        if (operation == Operation.ProgressRevocation) {
            return abi.encodeCall(gateway.progressRevertStake, (transfer, proof));
        }
        if (operation == Operation.Confirm) return abi.encodeCall(coGateway.confirmStake, (transfer, proof));
        if (operation == Operation.ProgressTarget) return abi.encodeCall(coGateway.progressMint, (transfer, secret));
        if (operation == Operation.ProgressTargetByProof) {
            return abi.encodeCall(coGateway.progressMintWithProof, (transfer, status, proof));
        }
        return abi.encodeCall(coGateway.confirmRevertStake, (transfer, proof));
    }

    function _redeemCall(
        Operation operation,
        Transfer memory transfer,
        bytes32 secret,
        MessageStatus status,
        RemoteProof memory proof
    ) private view returns (bytes memory) {
        if (operation == Operation.Progress) {
            return abi.encodeCall(coGateway.progressRedeem, (transfer, secret));
        }
        if (operation == Operation.ProgressByProof) {
            return abi.encodeCall(coGateway.progressRedeemWithProof, (transfer, status, proof));
        }
        if (operation == Operation.Revoke) return abi.encodeCall(coGateway.revertRedeem, (transfer));
        if (operation == Operation.ProgressRevocation) {
            return abi.encodeCall(coGateway.progressRevertRedeem, (transfer, proof));
        }
        if (operation == Operation.Confirm) return abi.encodeCall(gateway.confirmRedeem, (transfer, proof));
        if (operation == Operation.ProgressTarget) return abi.encodeCall(gateway.progressUnstake, (transfer, secret));
        if (operation == Operation.ProgressTargetByProof) {
            return abi.encodeCall(gateway.progressUnstakeWithProof, (transfer, status, proof));
        }
        return abi.encodeCall(gateway.confirmRevertRedeem, (transfer, proof));
    }

    /* ROOTS */

    /// @dev The newest height of the roots that an operation is proven under, sometimes after a new one, or an old one.
    function someHeight(Flight memory flight, Operation operation, uint256 random) internal returns (uint64) {
        bool fromOrigin = !isAtOrigin(flight, operation);
        if (random % 3 == 1) return fromOrigin ? finaliseNow() : commitNow();
        uint64 last = fromOrigin ? observer.committedHeight() : core.committedHeight();
        return random % 3 == 0 ? uint64(bounded(random >> 8, 1, last)) : last;
    }

    /// @dev What the other side of an operation stores about a message under the root of that height.
    function proofOf(Flight memory flight, Operation operation, uint64 height)
        internal
        view
        returns (RemoteProof memory)
    {
        uint256 box = isAtSource(operation) ? FixedSlots.GATEWAY_INBOX : FixedSlots.GATEWAY_OUTBOX;
        return isAtOrigin(flight, operation)
            ? auxiliaryProofAt(height, flight.messageHash, box)
            : originProofAt(height, flight.messageHash, box);
    }

    function commitNow() internal virtual returns (uint64) {
        return commit();
    }

    function finaliseNow() internal virtual returns (uint64) {
        return finalise();
    }

    /* VIEWS */

    function statuses(Flight memory flight) internal view returns (MessageStatus source, MessageStatus target) {
        return flight.staked
            ? (gateway.outbox(flight.messageHash), coGateway.inbox(flight.messageHash))
            : (coGateway.outbox(flight.messageHash), gateway.inbox(flight.messageHash));
    }
}
