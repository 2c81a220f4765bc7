// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Flight } from "./RandomCaller.sol";

/// @notice What is wrong about a call, where it can be; each of them is enough for a refusal.
enum Flaw {
    Nothing,
    Secret,
    Bit,
    NodeMissing,
    NodeTooMany,
    Height,
    Amount,
    Beneficiary,
    Nonce,
    OtherPair,
    Caller
}

/// @title Flaws
/// @notice Breaks a valid call in one thing.
library Flaws {
    address private constant STRANGER = address(0x57);

    /// @dev One bit, one node less, one node twice, or a height that no root has.
    function breakProof(Flaw flaw, RemoteProof memory proof, uint256 random) internal pure {
        if (flaw == Flaw.Height) proof.height += 1_000_000;
        bool inAccount = random % 2 == 0 || proof.storageProof.length == 0;
        bytes[] memory nodes = inAccount ? proof.accountProof : proof.storageProof;
        if (flaw == Flaw.Bit) {
            bytes memory node = nodes[(random >> 8) % nodes.length];
            node[(random >> 16) % node.length] ^= bytes1(uint8(1 << ((random >> 24) % 8)));
        } else if (flaw == Flaw.NodeMissing || flaw == Flaw.NodeTooMany) {
            bool tooMany = flaw == Flaw.NodeTooMany;
            bytes[] memory others = new bytes[](tooMany ? nodes.length + 1 : nodes.length - 1);
            for (uint256 i; i < others.length; ++i) {
                others[i] = nodes[i < nodes.length ? i : nodes.length - 1];
            }
            if (inAccount) proof.accountProof = others;
            else proof.storageProof = others;
        }
    }

    /// @dev The same flight about another transfer, as somebody would want it who gains by it.
    function renamed(Flight memory flight, Flaw flaw) internal pure returns (Flight memory) {
        Transfer memory transfer = flight.transfer;
        Transfer memory other = Transfer({
            amount: flaw == Flaw.Amount ? transfer.amount + 1 : transfer.amount,
            beneficiary: flaw == Flaw.Beneficiary ? STRANGER : transfer.beneficiary,
            gasPrice: transfer.gasPrice,
            gasLimit: transfer.gasLimit,
            sender: transfer.sender,
            nonce: flaw == Flaw.Nonce ? transfer.nonce + 1000 : transfer.nonce,
            hashLock: transfer.hashLock
        });
        return Flight(other, flight.messageHash, flight.staked);
    }
}
