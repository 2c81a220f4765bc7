// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginToken, OriginTokenParameters } from "./OriginToken.sol";

/// @title FeeToken
/// @notice An ERC-20 that burns a tenth of each transfer on the way.
contract FeeToken is OriginToken {
    uint256 private constant FEE_DIVISOR = 10;

    constructor(OriginTokenParameters memory parameters) OriginToken(parameters) { }

    /// @dev Creation is free.
    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / FEE_DIVISOR;
        super._update(from, to, amount - fee);
        if (fee > 0) super._update(from, address(0), fee);
    }
}
