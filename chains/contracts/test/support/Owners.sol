// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ICoGateway } from "../../src/interfaces/ICoGateway.sol";
import { IGateway } from "../../src/interfaces/IGateway.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { Flight, RandomCaller } from "./RandomCaller.sol";
import { Vm } from "./Vm.sol";

/// @title Owners
/// @notice Everybody who can have coins or tokens while a random caller acts, so that each balance can be foretold.
abstract contract Owners is RandomCaller {
    /// @dev Who has what, by `owners`; `elsewhere` is what tokens of either kind anybody else has.
    struct Balances {
        uint256 locked;
        uint256 supply;
        uint256 elsewhere;
        uint256[] coins;
        uint256[] tokens;
        uint256[] utility;
    }

    address[] internal owners;
    mapping(address owner => uint256) internal indexOf;

    function gatherOwners() internal {
        owners = holders;
        owners.push(address(gateway));
        owners.push(Coins.BURNED);
        for (uint256 i; i < owners.length; ++i) {
            indexOf[owners[i]] = i;
        }
    }

    function balances() internal view returns (Balances memory found) {
        found.locked = gateway.locked();
        found.supply = utility.totalSupply();
        found.elsewhere = token.totalSupply() + found.supply;
        uint256 count = owners.length;
        (found.coins, found.tokens, found.utility) = (new uint256[](count), new uint256[](count), new uint256[](count));
        for (uint256 i; i < count; ++i) {
            found.coins[i] = owners[i].balance;
            found.tokens[i] = token.balanceOf(owners[i]);
            found.utility[i] = utility.balanceOf(owners[i]);
            found.elsewhere -= found.tokens[i] + found.utility[i];
        }
    }

    function assertSame(Balances memory expected, Balances memory found) internal pure {
        vm.assertEq(abi.encode(expected), abi.encode(found));
    }

    function move(uint256[] memory amounts, address from, address to, uint256 amount) internal view {
        amounts[indexOf[from]] -= amount;
        amounts[indexOf[to]] += amount;
    }

    function sourceOf(Flight memory flight) internal view returns (address) {
        return flight.staked ? address(gateway) : address(coGateway);
    }

    /// @dev The reward that the one event of a progressed target tells of, in the logs recorded last.
    function toldReward(Flight memory flight) internal returns (uint256 reward) {
        bytes32 topic = flight.staked ? ICoGateway.MintProgressed.selector : IGateway.UnstakeProgressed.selector;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != topic) continue;
            ++count;
            (, reward) = abi.decode(logs[i].data, (uint256, uint256));
        }
        vm.assertEq(count, 1);
    }
}
