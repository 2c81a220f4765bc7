// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, IExits, LastProof } from "../../src/interfaces/IExits.sol";
import { StateProof } from "../../src/libraries/StateProof.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";

/// @notice R73: a halted core, and a holder who proves its balance.
contract GatewayExitsTest is Bridge {
    uint256 private constant HELD = 70 ether;

    function setUp() public {
        deployBridge();
        mintTo(BENEFICIARY, HELD);
    }

    function test_refusesWhileTheCoreRuns() public {
        commit();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        refuses(BENEFICIARY, balance, code, abi.encodeWithSelector(IExits.CoreRunning.selector));
    }

    function refuses(address holder, LastProof memory balance, CodeProof memory code, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(holder);
        gateway.exit(balance, code);
    }

    function exits(address holder) private {
        (LastProof memory balance, CodeProof memory code) = (lastBalance(holder), lastCode(holder));
        vm.prank(holder);
        gateway.exit(balance, code);
    }

    /// @dev R73.
    function test_aHolderExitsOnce() public {
        commitAndHalt();
        vm.roll(block.number + 31_536_000);
        vm.expectEmit(address(gateway));
        emit IExits.HolderExited(BENEFICIARY, HELD);
        exits(BENEFICIARY);
        vm.assertEq(token.balanceOf(BENEFICIARY), HELD);
        vm.assertEq(gateway.locked(), 0);
        vm.assertTrue(gateway.isExited(BENEFICIARY));
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        refuses(BENEFICIARY, balance, code, abi.encodeWithSelector(IExits.AlreadyExited.selector, BENEFICIARY));
    }

    /// @dev R73.
    function test_anAbsentAccountMayExit() public {
        mintTo(STRANGER, HELD);
        commitAndHalt();
        exits(STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), HELD);
    }

    /// @dev R73.
    function test_aDesignatedAccountMayExit() public {
        codes[BENEFICIARY] = abi.encodePacked(hex"ef0100", STRANGER);
        commitAndHalt();
        exits(BENEFICIARY);
        vm.assertEq(token.balanceOf(BENEFICIARY), HELD);
    }

    /// @dev R73.
    function test_aContractMayNot() public {
        // Ordinary code, a prefix that EIP-7702 does not define, and designators that are too short and too long.
        bytes[4] memory others = [
            bytes(hex"60006000"),
            abi.encodePacked(hex"ef0101", STRANGER),
            abi.encodePacked(hex"ef0100", bytes19(bytes20(STRANGER))),
            abi.encodePacked(hex"ef0100", STRANGER, hex"00")
        ];
        for (uint256 i; i < others.length; ++i) {
            codes[BENEFICIARY] = others[i];
            commitAndHalt();
            (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
            refuses(BENEFICIARY, balance, code, abi.encodeWithSelector(IExits.HasOwnCode.selector, BENEFICIARY));
        }
    }

    function test_aContractIsNotTakenForADesignator() public {
        codes[BENEFICIARY] = hex"60006000";
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        code.code = abi.encodePacked(hex"ef0100", STRANGER);
        bytes memory reason = abi.encodeWithSelector(
            StateProof.WrongCode.selector, BENEFICIARY, keccak256(hex"60006000"), keccak256(code.code)
        );
        refuses(BENEFICIARY, balance, code, reason);
    }

    function test_theCoGatewayMayNot() public {
        confirmedRedeem();
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) =
            (lastBalance(address(coGateway)), lastCode(address(coGateway)));
        refuses(
            address(coGateway), balance, code, abi.encodeWithSelector(IExits.HasOwnCode.selector, address(coGateway))
        );
    }

    /// @dev R73: not even under a root that knows the tokens it holds, but not its code.
    function test_theCoGatewayMayNotWithoutCodeEither() public {
        confirmedRedeem();
        haltWithoutCoGateway();
        (LastProof memory balance, CodeProof memory code) =
            (lastBalance(address(coGateway)), lastCode(address(coGateway)));
        code.code = "";
        refuses(
            address(coGateway), balance, code, abi.encodeWithSelector(IExits.HasOwnCode.selector, address(coGateway))
        );
    }

    function test_nobodyExitsWithoutTokens() public {
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(FACILITATOR), lastCode(FACILITATOR));
        refuses(FACILITATOR, balance, code, abi.encodeWithSelector(IExits.NothingToExit.selector, FACILITATOR));
    }

    function test_nobodyExitsWithAnotherHoldersProof() public {
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(FACILITATOR));
        refuses(FACILITATOR, balance, code, abi.encodeWithSelector(IExits.NothingToExit.selector, FACILITATOR));
    }

    /// @dev R73: Tokens were sent on before the last commit: what an older root says counts no more.
    function test_onlyTheLastRootCounts() public {
        commit();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        vm.prank(BENEFICIARY);
        utility.transfer(FACILITATOR, HELD);
        commitAndHalt();
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        vm.prank(BENEFICIARY);
        gateway.exit(balance, code);
        (balance, code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        refuses(BENEFICIARY, balance, code, abi.encodeWithSelector(IExits.NothingToExit.selector, BENEFICIARY));
        exits(FACILITATOR);
        vm.assertEq(gateway.locked(), 0);
    }

    /// @dev R81: a forged root cannot take out more than is locked.
    function test_neverMoreThanIsLocked() public {
        vm.prank(address(coGateway));
        utility.mint(BENEFICIARY, 1);
        commitAndHalt();
        (LastProof memory balance, CodeProof memory code) = (lastBalance(BENEFICIARY), lastCode(BENEFICIARY));
        refuses(BENEFICIARY, balance, code, abi.encodeWithSelector(IExits.ExceedsLocked.selector, HELD + 1, HELD));
    }

    /* ORDINARY FUNCTIONS */

    function test_theOrdinaryFunctionsRefuse() public {
        (Transfer memory transfer, bytes32 messageHash) = confirmedStake();
        RemoteProof memory proof = auxiliaryInboxProof(messageHash);
        core.halt();
        bytes[8] memory calls = [
            abi.encodeCall(gateway.progressStake, (transfer, SECRET)),
            abi.encodeCall(gateway.progressStakeWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(gateway.revertStake, (transfer)),
            abi.encodeCall(gateway.progressRevertStake, (transfer, proof)),
            abi.encodeCall(gateway.confirmRedeem, (transfer, proof)),
            abi.encodeCall(gateway.progressUnstake, (transfer, SECRET)),
            abi.encodeCall(gateway.progressUnstakeWithProof, (transfer, MessageStatus.Declared, proof)),
            abi.encodeCall(gateway.confirmRevertRedeem, (transfer, proof))
        ];
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory reason) = address(gateway).call(calls[i]);
            vm.assertFalse(success);
            vm.assertEq(reason, abi.encodeWithSelector(IExits.CoreHalted.selector));
        }
    }
}
