// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginToken, OriginTokenParameters } from "../../src/mocks/OriginToken.sol";
import { ForgeTest } from "../support/Vm.sol";

/// @notice The token on origin of a network's pairs.
contract OriginTokenTest is ForgeTest {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);

    function deploy(address[] memory holders) private returns (OriginToken) {
        return new OriginToken(OriginTokenParameters("Token one", "TKN1", holders, 7));
    }

    function test_everyHolderOwnsTheAmountAndThereIsNoMore() public {
        address[] memory holders = new address[](2);
        (holders[0], holders[1]) = (ALICE, BOB);
        OriginToken token = deploy(holders);
        vm.assertEq(token.balanceOf(ALICE), 7);
        vm.assertEq(token.balanceOf(BOB), 7);
        vm.assertEq(token.balanceOf(address(this)), 0);
        vm.assertEq(token.totalSupply(), 14);
    }

    function test_bearsItsNameAndHasTheDecimalsOfTheBaseCoin() public {
        OriginToken token = deploy(new address[](0));
        vm.assertEq(bytes(token.name()), "Token one");
        vm.assertEq(bytes(token.symbol()), "TKN1");
        vm.assertEq(uint256(token.decimals()), 18);
        vm.assertEq(token.totalSupply(), 0);
    }
}
