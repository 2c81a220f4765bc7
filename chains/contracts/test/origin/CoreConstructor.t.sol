// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoreParameters, ICore } from "../../src/interfaces/ICore.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Core } from "../../src/origin/Core.sol";
import { Kernel, MetaBlock, Transition } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice R35b on origin.
contract CoreConstructorTest is Network {
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Transition;

    CoreParameters private parameters;

    function setUp() public {
        deployNetwork();
        useOrigin();
        parameters = coreParameters();
    }

    function _expectRefusal(bytes memory reason) private {
        CoreParameters memory given = parameters;
        vm.expectRevert(reason);
        new Core(given);
    }

    function test_refusesZeroParameters() public {
        bytes memory reason = abi.encodeWithSelector(ICore.ZeroParameter.selector);
        parameters.stake = address(0);
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.evidence = address(0);
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.auxiliaryBlockStore = address(0);
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.coGateway = address(0);
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.originEpochLength = 0;
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.auxiliaryEpochLength = 0;
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.gasTarget = 0;
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.commitWindow = 0;
        _expectRefusal(reason);
        parameters = coreParameters();
        parameters.evidencePeriod = 0;
        _expectRefusal(reason);
    }

    /// @dev R41.
    function test_refusesWithdrawalBeforeEvidenceEnds() public {
        parameters.evidencePeriod = WITHDRAWAL_DELAY - COMMIT_WINDOW;
        _expectRefusal(
            abi.encodeWithSelector(
                ICore.WithdrawalDelayTooShort.selector, WITHDRAWAL_DELAY, COMMIT_WINDOW, parameters.evidencePeriod
            )
        );
    }

    function test_refusesOriginRootOffCheckpoint() public {
        parameters.originRootHeader = originHeaders[7];
        _expectRefusal(abi.encodeWithSelector(ICore.NotCheckpoint.selector, 7, EPOCH));
    }

    function test_refusesOriginRootOfAnotherChain() public {
        useAuxiliary();
        _expectRefusal(
            abi.encodeWithSelector(
                ICore.OriginRootUnavailable.selector, ORIGIN_ROOT_NUMBER, originHashes[ORIGIN_ROOT_NUMBER]
            )
        );
    }

    function test_refusesAuxiliaryRootThatIsNotBlockZero() public {
        makeChain(auxiliaryHeaders, auxiliaryHashes, 2, 5);
        parameters.auxiliaryRootHeader = auxiliaryHeaders[4];
        _expectRefusal(abi.encodeWithSelector(ICore.AuxiliaryRootNotGenesis.selector, 4));
    }

    function test_refusesAnotherWeight() public {
        parameters.weights[1] += 1;
        _expectRefusal(
            abi.encodeWithSelector(ICore.InitialSetMismatch.selector, validators[1], weights[1] + 1, weights[1])
        );
    }

    function test_refusesMissingValidator() public {
        parameters.validators.pop();
        parameters.weights.pop();
        uint256 last = weights[3];
        _expectRefusal(
            abi.encodeWithSelector(ICore.InitialSetMismatch.selector, address(0), totalWeight() - last, totalWeight())
        );
    }

    function test_refusesTheSameValidatorTwice() public {
        parameters.validators[1] = validators[0];
        parameters.weights[1] = weights[0];
        _expectRefusal(abi.encodeWithSelector(ICore.InitialSetMismatch.selector, validators[0], weights[0], weights[0]));
    }

    function test_refusesUnknownValidator() public {
        parameters.validators.push(address(type(uint160).max));
        parameters.weights.push(5);
        _expectRefusal(abi.encodeWithSelector(ICore.InitialSetMismatch.selector, address(type(uint160).max), 5, 0));
    }

    function test_refusesSurplusWeights() public {
        parameters.weights.push(5);
        _expectRefusal(
            abi.encodeWithSelector(ICore.InitialSetMismatch.selector, address(0), totalWeight(), totalWeight())
        );
    }

    /// @dev R35b.
    function test_opensTheFirstKernel() public view {
        Kernel memory none;
        Transition memory genesis;
        genesis.coreId = coreId;
        genesis.kernelHash = none.hash();
        genesis.checkpoint = auxiliaryHashes[0];
        genesis.originCheckpoint = originHashes[ORIGIN_ROOT_NUMBER];
        bytes32 metaBlock = MetaBlock(none.hash(), genesis.hash()).hash();
        vm.assertEq(core.metaBlockHash(0), metaBlock);
        vm.assertEq(core.openKernelHash(), Kernel(1, metaBlock, validators, weights, GAS_TARGET).hash());
        vm.assertEq(core.openHeight(), 1);
        vm.assertEq(core.openGasTarget(), GAS_TARGET);
        vm.assertEq(core.committedMetaHeight(), 0);
        vm.assertEq(core.committedHeight(), 0);
        vm.assertEq(core.stateRoot(0), stateRootOf(2, 0));
        vm.assertEq(core.originRoot(), originHashes[ORIGIN_ROOT_NUMBER]);
        vm.assertEq(core.auxiliaryRoot(), auxiliaryHashes[0]);
        vm.assertEq(core.lastCommitted().originCheckpoint, originHashes[ORIGIN_ROOT_NUMBER]);
        vm.assertEq(core.coreId(), coreId);
    }

    function test_announcesTheFirstKernel() public {
        parameters.validators = validators;
        CoreParameters memory given = parameters;
        vm.recordLogs();
        Core another = new Core(given);
        bytes32 topic = vm.getRecordedLogs()[0].topics[2];
        vm.assertEq(topic, another.openKernelHash());
    }
}
