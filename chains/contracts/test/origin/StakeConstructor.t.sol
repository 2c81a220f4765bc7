// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { IStake, Member, StakeParameters } from "../../src/interfaces/IStake.sol";
import { CoreIdentifier } from "../../src/libraries/CoreIdentifier.sol";
import { InitialSet, InitialValidator } from "../../src/libraries/InitialSet.sol";
import { Stake } from "../../src/origin/Stake.sol";
import { Network } from "../support/Network.sol";

contract StakeConstructorTest is Network {
    address private constant CORE = address(0xC02E);

    function setUp() public {
        uint256[] memory initial = new uint256[](4);
        (initial[0], initial[1], initial[2], initial[3]) = (40 ether, 38 ether, 36 ether, 34 ether);
        makeKeys(initial);
    }

    function _deploy(StakeParameters memory parameters, bytes memory reason) private {
        uint256 value = totalWeight();
        vm.expectRevert(reason);
        new Stake{ value: value }(parameters);
    }

    function _deployWith(InitialValidator[] memory initial, bytes memory reason) private {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.validators = packed(initial);
        _deploy(parameters, reason);
    }

    function test_refusesZeroCore() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.core = address(0);
        _deploy(parameters, abi.encodeWithSelector(IStake.ZeroAddress.selector));
    }

    function test_refusesZeroEvidence() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.evidence = address(0);
        _deploy(parameters, abi.encodeWithSelector(IStake.ZeroAddress.selector));
    }

    function test_refusesNoValidators() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.validators = "";
        _deploy(parameters, abi.encodeWithSelector(IStake.NoValidators.selector));
    }

    function test_refusesUnsortedValidators() public {
        InitialValidator[] memory initial = initialSet(CORE);
        (initial[0], initial[1]) = (initial[1], initial[0]);
        _deployWith(
            initial, abi.encodeWithSelector(IStake.ValidatorsNotAscending.selector, validators[1], validators[0])
        );
    }

    function test_refusesTheSameValidatorTwice() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[1] = initial[0];
        _deployWith(
            initial, abi.encodeWithSelector(IStake.ValidatorsNotAscending.selector, validators[0], validators[0])
        );
    }

    function test_refusesZeroDepositor() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[0].depositor = address(0);
        _deployWith(initial, abi.encodeWithSelector(IStake.ZeroAddress.selector));
    }

    /// @dev R3.
    function test_refusesTheSameDepositorTwice() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[1].depositor = depositors[0];
        _deployWith(initial, abi.encodeWithSelector(IStake.DepositorKnown.selector, depositors[0], validators[0]));
    }

    function test_refusesStakeBelowMinimum() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[0].weight = uint96(MINIMUM_STAKE) - 1;
        _deployWith(
            initial, abi.encodeWithSelector(IStake.StakeBelowMinimum.selector, MINIMUM_STAKE - 1, MINIMUM_STAKE)
        );
    }

    function test_refusesZeroStakeWithoutMinimum() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        InitialValidator[] memory initial = initialSet(CORE);
        parameters.minimumStake = 0;
        initial[0].weight = 0;
        parameters.validators = packed(initial);
        _deploy(parameters, abi.encodeWithSelector(IStake.StakeBelowMinimum.selector, 0, 0));
    }

    function test_refusesAnIncompleteRow() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.validators = bytes.concat(parameters.validators, hex"00");
        _deploy(parameters, abi.encodeWithSelector(InitialSet.IncompleteRow.selector, 4 * 117 + 1, 117));
    }

    /// @dev R3.
    function test_refusesRegistrationSignedByAnother() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[0].signature = initial[1].signature;
        _deployWith(initial, abi.encodeWithSelector(IStake.InvalidRegistration.selector, validators[0], depositors[0]));
    }

    /// @dev R3.
    function test_refusesRegistrationForAnotherDepositor() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[0].depositor = address(0xF00);
        _deployWith(initial, abi.encodeWithSelector(IStake.InvalidRegistration.selector, validators[0], address(0xF00)));
    }

    /// @dev R2, R3.
    function test_refusesRegistrationForAnotherCore() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.core = address(0xF00);
        _deploy(parameters, abi.encodeWithSelector(IStake.InvalidRegistration.selector, validators[0], depositors[0]));
    }

    function test_refusesWrongValue() public {
        InitialValidator[] memory initial = initialSet(CORE);
        initial[0].weight += 1;
        _deployWith(initial, abi.encodeWithSelector(IStake.WrongValue.selector, totalWeight(), totalWeight() + 1));
    }

    function test_refusesTotalBelowMinimum() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.minimumTotalWeight = totalWeight() + 1;
        _deploy(
            parameters,
            abi.encodeWithSelector(IStake.TotalWeightBelowMinimum.selector, totalWeight(), totalWeight() + 1)
        );
    }

    /// @dev R40: a set of nobody is never opened.
    function test_refusesAMinimumTotalOfZero() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        parameters.minimumTotalWeight = 0;
        _deploy(parameters, abi.encodeWithSelector(IStake.ZeroParameter.selector));
    }

    /// @dev R42.
    function test_registersTheInitialSet() public {
        StakeParameters memory parameters = stakeParameters(CORE);
        for (uint256 i; i < 4; ++i) {
            vm.expectEmit(vm.computeCreateAddress(address(this), vm.getNonce(address(this))));
            emit IStake.ValidatorRegistered(validators[i], depositors[i], weights[i], i);
        }
        vm.expectEmit(vm.computeCreateAddress(address(this), vm.getNonce(address(this))));
        emit IStake.HeightOpened(1, totalWeight(), totalWeight());
        stake = new Stake{ value: totalWeight() }(parameters);
        vm.assertEq(address(stake).balance, 148 ether);
        vm.assertEq(stake.coreId(), CoreIdentifier.compose(block.chainid, CORE));
        vm.assertEq(stake.openHeight(), 1);
        vm.assertEq(stake.validatorCount(), 4);
        (uint256 forward, uint256 rear) = stake.totals(1);
        vm.assertEq(forward, 148 ether);
        vm.assertEq(rear, 148 ether);
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(stake.validatorOf(depositors[i]), validators[i]);
            vm.assertEq(stake.weightAt(0, validators[i]), weights[i]);
            vm.assertEq(stake.effectiveWeight(1, validators[i]), weights[i]);
            Member memory member = stake.member(validators[i]);
            vm.assertEq(member.index, i);
            vm.assertFalse(stake.isSlashed(validators[i]));
        }
    }
}
