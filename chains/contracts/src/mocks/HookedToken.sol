// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OriginToken, OriginTokenParameters } from "./OriginToken.sol";

/// @notice Who wants to be called before its tokens move.
interface ITokensSender {
    /// @notice Tokens are about to move.
    function tokensToSend() external;
}

/// @title HookedToken
/// @notice An ERC-20 that calls the owner before its tokens move, if the owner wants that, as ERC-777 does.
contract HookedToken is OriginToken {
    /// @notice Who is called.
    mapping(address owner => bool) public isHooked;

    constructor(OriginTokenParameters memory parameters) OriginToken(parameters) { }

    /// @notice Has the caller called from now on.
    function hook() external {
        isHooked[msg.sender] = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (isHooked[from]) ITokensSender(from).tokensToSend();
        super._update(from, to, amount);
    }
}
