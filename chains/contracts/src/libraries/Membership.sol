// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Member } from "../interfaces/IStake.sol";

/// @title Membership
/// @notice One deposit per address for ever makes a membership one interval of heights (R41, R42). Both chains read
/// weights from it in the same way.
library Membership {
    /// @dev `left` of a member that stays, and `entered` of one whose deposit waits.
    uint32 internal constant STAYS = type(uint32).max;
    uint32 internal constant WAITS = type(uint32).max;

    /// @notice A member of F_entered and all sets after it.
    function enter(uint256 weight, uint256 index, uint256 entered) internal pure returns (Member memory) {
        return Member({
            weight: uint96(weight),
            index: uint32(index),
            entered: uint32(entered),
            left: STAYS,
            known: true,
            slashed: false
        });
    }

    /// @notice Weight in F_height; slashing does not change it (R43).
    function weightAt(Member memory member, uint64 height) internal pure returns (uint256) {
        return member.entered <= height && height < member.left ? member.weight : 0;
    }

    /// @notice Weight in F_height, zero if slashed (R43).
    function effectiveWeightAt(Member memory member, uint64 height) internal pure returns (uint256) {
        return member.slashed ? 0 : weightAt(member, height);
    }

    /// @notice Weights in the two sets of kernel `height`: F_height and F_(height-1) (R42).
    function weights(Member memory member, uint64 height) internal pure returns (uint256 forward, uint256 rear) {
        forward = weightAt(member, height);
        rear = height == 0 ? 0 : weightAt(member, height - 1);
    }
}
