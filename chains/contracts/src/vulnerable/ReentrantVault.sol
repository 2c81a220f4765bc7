// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title ReentrantVault
/// @notice Credits by how much its balance grew, and may be called again while it does: what arrives inside is counted
/// inside and outside.
/// @dev Warning: for attack scenarios only. The mechanism of the losses of Uniswap's imBTC pool and of Lendf.Me in 2020
/// to a token that calls its sender before it moves (ERC-777).
contract ReentrantVault {
    using SafeERC20 for IERC20;

    /// @notice What is kept here.
    address public immutable token;
    /// @notice What is owed to whom.
    mapping(address owner => uint256) public credit;
    /// @notice All that is owed.
    uint256 public locked;

    constructor(address newToken) {
        token = newToken;
    }

    /// @notice Takes tokens in.
    function stake(uint256 amount) external {
        uint256 before = IERC20(token).balanceOf(address(this));
        // The flaw: other code runs between two looks at the balance, and nothing keeps it from coming back here.
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 grown = IERC20(token).balanceOf(address(this)) - before;
        credit[msg.sender] += grown;
        locked += grown;
    }

    /// @notice Pays tokens back.
    function unstake(uint256 amount) external {
        credit[msg.sender] -= amount;
        locked -= amount;
        IERC20(token).safeTransfer(msg.sender, amount);
    }
}
