// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoreIdentifier } from "../src/libraries/CoreIdentifier.sol";
import { MessageHash } from "../src/libraries/MessageHash.sol";
import { Signing } from "../src/libraries/Signing.sol";
import { Intent, Message } from "../src/types/Messages.sol";
import { Vectors } from "./support/Vectors.sol";

/// @notice Gateway messages against vectors made by an independent encoder; Python checks the same file (R62).
contract MessageVectorsTest is Vectors {
    using MessageHash for Intent;
    using MessageHash for Message;

    constructor() Vectors("messages.json") { }

    /// @dev R62.
    function test_messages() public view {
        uint256 count;
        for (string memory path = _at(".messages", 0); vm.keyExistsJson(json, path); path = _at(".messages", ++count)) {
            _check(path);
        }
        vm.assertEq(count, 6);
    }

    function _check(string memory path) private view {
        Intent memory intent = _intent(path);
        Message memory message = _message(path);
        bool staked =
            keccak256(bytes(vm.parseJsonString(json, string.concat(path, ".kind")))) == keccak256("StakeIntent");
        vm.assertEq(staked ? intent.stakeHash() : intent.redeemHash(), message.intentHash, path);
        vm.assertEq(message.hash(), _word(path, ".messageHash"), path);
        vm.assertEq(MessageHash.lockOf(_word(path, ".secret")), message.hashLock, path);
        bytes32 domain = Signing.domainOf(CoreIdentifier.compose(intent.originChainId, _address(path, ".core")));
        _checkDigest(path, domain, message.hash(), message.sender);
    }

    function test_theTypeIsTheOneThatTheEarlierContractsMeant() public pure {
        vm.assertEq(MessageHash.MESSAGE_TYPEHASH, 0x9cf4230a47925df81c8303f411cf77638da117f88b9797df996fd848e6ad8f64);
    }

    function _intent(string memory path) private view returns (Intent memory) {
        return Intent({
            amount: _uint(path, ".intent.amount"),
            beneficiary: _address(path, ".intent.beneficiary"),
            originChainId: _uint(path, ".intent.originChainId"),
            gateway: _address(path, ".intent.gateway"),
            auxiliaryChainId: _uint(path, ".intent.auxiliaryChainId"),
            coGateway: _address(path, ".intent.coGateway")
        });
    }

    function _message(string memory path) private view returns (Message memory) {
        return Message({
            intentHash: _word(path, ".message.intentHash"),
            nonce: _uint(path, ".message.nonce"),
            gasPrice: _uint(path, ".message.gasPrice"),
            gasLimit: _uint(path, ".message.gasLimit"),
            sender: _address(path, ".message.sender"),
            hashLock: _word(path, ".message.hashLock")
        });
    }
}
