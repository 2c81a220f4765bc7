// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { KernelGateway } from "../src/auxiliary/KernelGateway.sol";
import { KernelGatewayParameters } from "../src/interfaces/IKernelGateway.sol";
import { Core } from "../src/origin/Core.sol";
import { Stake } from "../src/origin/Stake.sol";
import { Network } from "./support/Network.sol";

/// @notice Deployments that grow with the initial set, against what a transaction may have. `make coverage` leaves this
/// out: it compiles without the optimizer.
contract LimitsTest is Network {
    /// @dev As many as a manifest may ask for (MAX_VALIDATORS).
    uint256 private constant MOST_VALIDATORS = 200;
    /// @dev EIP-170, less room for what is not written yet.
    uint256 private constant CODE = 24_576 - 2048;
    /// @dev EIP-3860.
    uint256 private constant INIT_CODE = 49_152;
    /// @dev EIP-7825.
    uint256 private constant TRANSACTION_GAS = 2 ** 24;

    function setUp() public {
        uint256[] memory most = new uint256[](MOST_VALIDATORS);
        for (uint256 i; i < most.length; ++i) {
            most[i] = 40 ether + i;
        }
        deployNetwork(most);
    }

    function test_everyContractLeavesRoom() public view {
        string[13] memory names = [
            "AuxiliaryBlockStore",
            "CoGateway",
            "Core",
            "Evidence",
            "Gateway",
            "GullibleStake",
            "KernelGateway",
            "LiteralEvidence",
            "OriginObserver",
            "PollingPlace",
            "Rewards",
            "Stake",
            "TimelessObserver"
        ];
        for (uint256 i; i < names.length; ++i) {
            string memory json = vm.readFile(string.concat("out/", names[i], ".sol/", names[i], ".json"));
            uint256 length = vm.parseJsonBytes(json, ".deployedBytecode.object").length;
            vm.assertGt(length, 0);
            vm.assertLt(length, CODE);
        }
    }

    function test_stakeOfTheLargestSet() public {
        bytes memory initCode = abi.encodePacked(type(Stake).creationCode, abi.encode(stakeParameters(address(0xC0))));
        _deploy(initCode, totalWeight());
    }

    function test_coreOfTheLargestSet() public {
        _deploy(abi.encodePacked(type(Core).creationCode, abi.encode(coreParameters())), 0);
    }

    function test_kernelGatewayOfTheLargestSet() public {
        KernelGatewayParameters memory parameters =
            KernelGatewayParameters(coreId, address(store), address(observer), address(polls), firstKernel());
        _deploy(abi.encodePacked(type(KernelGateway).creationCode, abi.encode(parameters)), 0);
    }

    function _deploy(bytes memory initCode, uint256 value) private {
        vm.assertLt(initCode.length, INIT_CODE + 1);
        useOrigin();
        uint256 before = gasleft();
        address made;
        assembly ("memory-safe") {
            made := create(value, add(initCode, 0x20), mload(initCode))
        }
        // Beside execution the transaction pays at most 16 gas per byte of init code, and 53,000.
        uint256 gas = before - gasleft() + 16 * initCode.length + 53_000;
        vm.assertTrue(made != address(0));
        vm.assertLt(gas, TRANSACTION_GAS);
    }
}
