// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Arrays } from "@openzeppelin/contracts/utils/Arrays.sol";

/// @title SetChanges
/// @notice Changes of a set of validators (R42). Each is address and new weight in one word, so that sorting the words
/// sorts by address.
library SetChanges {
    uint256 private constant WEIGHT_BITS = 96;

    /// @notice `validator` enters with `weight`, or leaves if that is zero.
    function pack(address validator, uint96 weight) internal pure returns (uint256) {
        return uint256(uint160(validator)) << WEIGHT_BITS | weight;
    }

    /// @notice What `pack` was given.
    function unpack(uint256 change) internal pure returns (address validator, uint96 weight) {
        return (address(uint160(change >> WEIGHT_BITS)), uint96(change));
    }

    /// @notice The first `count` changes, ascending by address.
    function sorted(uint256[] memory changes, uint256 count) internal pure returns (uint256[] memory result) {
        result = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            result[i] = changes[i];
        }
        Arrays.sort(result);
    }
}
