// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GatewayParameters } from "../interfaces/IGateway.sol";
import { Signing } from "../libraries/Signing.sol";
import { Gateway } from "../origin/Gateway.sol";

/// @title CallerVerifiedGateway
/// @notice Has the sender's signature checked by a contract, and lets the caller say by which. Nobody looks whether it
/// is the right one.
/// @dev Warning: for attack scenarios only. The mechanism of Wormhole's loss in 2022: the account in which the check of
/// the signatures was looked up came from the caller.
contract CallerVerifiedGateway is Gateway {
    /// @dev isValidSignature(bytes32,bytes); the answer of who finds it valid is the same four bytes (ERC-1271).
    bytes4 private constant VALID = 0x1626ba7e;

    constructor(GatewayParameters memory parameters) Gateway(parameters) { }

    /// @dev The flaw. The precompiled contract at address 4 repeats any question, and this one begins with the answer.
    function _requireConsent(bytes32 messageHash, address sender, bytes calldata evidence) internal view override {
        if (msg.sender == sender) return;
        (address verifier, bytes memory signature) = abi.decode(evidence, (address, bytes));
        bytes32 digest = Signing.digest(Signing.domainOf(coreId), messageHash);
        (bool success, bytes memory answer) = verifier.staticcall(abi.encodeWithSelector(VALID, digest, signature));
        require(success && bytes4(answer) == VALID, NotSignedBySender(sender, verifier));
    }
}
