// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { HookedToken, ITokensSender } from "./HookedToken.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Reenterer
/// @notice Owns hooked tokens, calls who asks for them, and calls again from inside when they are about to move.
contract Reenterer is ITokensSender {
    address private immutable owner;
    address private target;
    uint256 private coins;
    bytes private inner;

    /// @notice Only who made it may command it.
    error NotOwner(address caller);

    constructor(HookedToken token) payable {
        owner = msg.sender;
        token.hook();
    }

    /// @notice Calls `newTarget`, which may take tokens, with `outer`, and with `newInner` from inside, unless that is
    /// empty. Both calls come with `newCoins`.
    function call(IERC20 token, address newTarget, uint256 newCoins, bytes calldata outer, bytes calldata newInner)
        external
    {
        require(msg.sender == owner, NotOwner(msg.sender));
        token.approve(newTarget, type(uint256).max);
        (target, coins, inner) = (newTarget, newCoins, newInner);
        _call(outer);
    }

    /// @notice Gives tokens to the owner.
    function collect(IERC20 token) external {
        token.transfer(owner, token.balanceOf(address(this)));
    }

    /// @inheritdoc ITokensSender
    function tokensToSend() external {
        bytes memory data = inner;
        delete inner;
        if (data.length > 0) _call(data);
    }

    function _call(bytes memory data) private {
        (bool success, bytes memory answer) = target.call{ value: coins }(data);
        if (success) return;
        // Memory-safe: only reads, and the call ends.
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
