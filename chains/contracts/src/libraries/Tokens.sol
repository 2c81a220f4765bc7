// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Tokens
/// @notice Moves ERC-20 tokens and measures what moved (R71): a token that takes a fee, or pays one, is refused.
library Tokens {
    using SafeERC20 for IERC20;

    /// @notice The caller's balance changed by another amount than agreed.
    error WrongAmount(uint256 expected, uint256 measured);

    /// @notice Takes `amount` from `holder`, who has approved it.
    function pull(IERC20 token, address holder, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(holder, address(this), amount);
        uint256 balance = token.balanceOf(address(this));
        require(balance >= before && balance - before == amount, WrongAmount(amount, _difference(balance, before)));
    }

    /// @notice Pays `amount` to `receiver`. What the receiver does with it at once is its own business, so only this
    /// contract's balance is measured.
    function pay(IERC20 token, address receiver, uint256 amount) internal {
        if (amount == 0) return;
        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(receiver, amount);
        uint256 balance = token.balanceOf(address(this));
        require(balance <= before && before - balance == amount, WrongAmount(amount, _difference(before, balance)));
    }

    function _difference(uint256 larger, uint256 smaller) private pure returns (uint256) {
        return larger > smaller ? larger - smaller : 0;
    }
}
