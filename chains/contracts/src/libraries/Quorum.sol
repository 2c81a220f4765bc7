// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title Quorum
/// @notice Two thirds by weight, in integers (R15), and the third that halts (R40).
library Quorum {
    /// @notice True if `votes` are at least two thirds of a total that is not zero.
    function isQuorum(uint256 votes, uint256 total) internal pure returns (bool) {
        return total > 0 && 3 * votes >= 2 * total;
    }

    /// @notice True if both sets have their quorum.
    function isDoubleQuorum(uint256 forward, uint256 forwardTotal, uint256 rear, uint256 rearTotal)
        internal
        pure
        returns (bool)
    {
        return isQuorum(forward, forwardTotal) && isQuorum(rear, rearTotal);
    }

    /// @notice True if so much is slashed that conflicting finality is possible: one third, exactly counts (R40).
    function isThird(uint256 slashed, uint256 total) internal pure returns (bool) {
        return 3 * slashed >= total;
    }
}
