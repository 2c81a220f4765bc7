// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { KernelGateway } from "../../src/auxiliary/KernelGateway.sol";
import { IKernelGateway, KernelGatewayParameters } from "../../src/interfaces/IKernelGateway.sol";
import { Kernel } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice Kernel 1 (R35b, R42).
contract KernelGatewayConstructorTest is Network {
    KernelGatewayParameters private parameters;

    function setUp() public {
        deployNetwork();
        parameters = KernelGatewayParameters(coreId, address(store), address(observer), address(polls), firstKernel());
    }

    function _expectRefusal(bytes memory reason) private {
        KernelGatewayParameters memory given = parameters;
        vm.expectRevert(reason);
        new KernelGateway(given);
    }

    function test_refusesZeroParameters() public {
        bytes memory reason = abi.encodeWithSelector(IKernelGateway.ZeroParameter.selector);
        parameters.coreId = 0;
        _expectRefusal(reason);
        parameters.coreId = coreId;
        parameters.auxiliaryBlockStore = address(0);
        _expectRefusal(reason);
        parameters.auxiliaryBlockStore = address(store);
        parameters.kernel.parent = 0;
        _expectRefusal(reason);
        parameters.kernel = Kernel(1, keccak256("p"), new address[](0), new uint256[](0), 1);
        _expectRefusal(reason);
    }

    function test_refusesAnotherHeight() public {
        parameters.kernel.height = 2;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.NotFirstKernel.selector, 2));
    }

    function test_refusesDifferentLengths() public {
        parameters.kernel.weights.pop();
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.LengthMismatch.selector, 4, 3));
    }

    function test_refusesUnsortedValidators() public {
        parameters.kernel.validators[1] = validators[0];
        _expectRefusal(
            abi.encodeWithSelector(IKernelGateway.ValidatorsNotAscending.selector, validators[0], validators[0])
        );
    }

    function test_refusesZeroAndHugeWeights() public {
        parameters.kernel.weights[2] = 0;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.InvalidWeight.selector, validators[2], 0));
        parameters.kernel.weights[2] = 2 ** 96;
        _expectRefusal(abi.encodeWithSelector(IKernelGateway.InvalidWeight.selector, validators[2], 2 ** 96));
    }

    /// @dev R35b.
    function test_storesTheFirstKernel() public {
        KernelGatewayParameters memory given = parameters;
        vm.expectEmit(vm.computeCreateAddress(address(this), vm.getNonce(address(this))));
        emit IKernelGateway.KernelStored(1, core.openKernelHash(), 0, given.kernel);
        new KernelGateway(given);
        vm.assertEq(gateway.kernelHash(1), core.openKernelHash());
        vm.assertEq(gateway.activeHeight(), 1);
        vm.assertEq(gateway.lastHeight(), 1);
        vm.assertEq(gateway.memberCount(), 4);
        (uint256 forward, uint256 rear) = gateway.totals(1);
        vm.assertEq(forward, totalWeight());
        vm.assertEq(rear, totalWeight());
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(gateway.weightAt(0, validators[i]), weights[i]);
            vm.assertEq(gateway.weightAt(1, validators[i]), weights[i]);
        }
    }

    function test_onlyThePollingPlaceRecordsSlashes() public {
        vm.expectRevert(abi.encodeWithSelector(IKernelGateway.NotPollingPlace.selector, address(this)));
        gateway.recordSlash(validators[0]);
    }
}
