// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title Coins
/// @notice Sends and burns base coin.
library Coins {
    /// @notice Where burned coins go (protocol.md 12).
    address internal constant BURNED = 0x000000000000000000000000000000000000dEaD;

    /// @notice Coins could not be sent.
    error TransferFailed(address receiver, uint256 amount);

    /// @notice Sends `amount` to `receiver`, which may run code.
    function send(address receiver, uint256 amount) internal {
        (bool success,) = receiver.call{ value: amount }("");
        require(success, TransferFailed(receiver, amount));
    }

    /// @notice Burns `amount`.
    function burn(uint256 amount) internal {
        send(BURNED, amount);
    }
}
