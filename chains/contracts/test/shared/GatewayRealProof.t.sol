// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { CoreIdentifier } from "../../src/libraries/CoreIdentifier.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Roots } from "../support/GatewayFakes.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice A stake on a real node, confirmed here by what its eth_getProof answered.
contract GatewayRealProofTest is ForgeTest {
    string private json = vm.readFile("test/vectors/gateway_proofs.json");
    Roots private observer = new Roots();
    CoGateway private coGateway;
    Transfer private transfer;
    RemoteProof private proof;

    function setUp() public {
        coGateway = CoGateway(_address(".coGateway"));
        CoGatewayParameters memory parameters = CoGatewayParameters({
            coreId: CoreIdentifier.compose(_uint(".chainId"), _address(".core")),
            originObserver: address(observer),
            gateway: _address(".gateway"),
            utilityToken: _address(".utilityToken"),
            bounty: 0
        });
        vm.chainId(_uint(".auxiliaryChainId"));
        _deployTo(address(coGateway), abi.encodePacked(type(CoGateway).creationCode, abi.encode(parameters)));
        transfer = Transfer({
            amount: _uint(".transfer.amount"),
            beneficiary: _address(".transfer.beneficiary"),
            gasPrice: _uint(".transfer.gasPrice"),
            gasLimit: _uint(".transfer.gasLimit"),
            sender: _address(".transfer.sender"),
            nonce: _uint(".transfer.nonce"),
            hashLock: vm.parseJsonBytes32(json, ".transfer.hashLock")
        });
        proof = RemoteProof({
            height: observer.add(vm.parseJsonBytes32(json, ".stateRoot")),
            accountProof: vm.parseJsonBytesArray(json, ".accountProof"),
            storageProof: vm.parseJsonBytesArray(json, ".storageProof")
        });
    }

    /// @dev The address is part of the message, so the constructor must run at it.
    function _deployTo(address target, bytes memory creation) private {
        vm.etch(target, creation);
        (bool success, bytes memory runtime) = target.call("");
        vm.assertTrue(success);
        vm.etch(target, runtime);
    }

    function test_confirmsAStakeOfARealNode() public {
        bytes32 messageHash = vm.parseJsonBytes32(json, ".messageHash");
        vm.assertEq(coGateway.stakeHash(transfer), messageHash);
        vm.assertGt(proof.accountProof.length, 1);
        vm.assertGt(proof.storageProof.length, 1);
        coGateway.confirmStake(transfer, proof);
        vm.assertEq(uint256(coGateway.inbox(messageHash)), uint256(MessageStatus.Declared));
    }

    function test_refusesItWithoutItsLastNode() public {
        proof.storageProof.pop();
        vm.expectPartialRevert(TrieProof.MissingNode.selector);
        coGateway.confirmStake(transfer, proof);
    }

    function testFuzz_refusesItWithAnyBitFlipped(uint256 random) public {
        bytes[] storage nodes = random % 2 == 0 ? proof.accountProof : proof.storageProof;
        bytes memory node = nodes[(random >> 8) % nodes.length];
        node[(random >> 16) % node.length] ^= bytes1(uint8(1 << ((random >> 32) % 8)));
        nodes[(random >> 8) % nodes.length] = node;
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        coGateway.confirmStake(transfer, proof);
    }

    function _uint(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, key);
    }

    function _address(string memory key) private view returns (address) {
        return vm.parseJsonAddress(json, key);
    }
}
