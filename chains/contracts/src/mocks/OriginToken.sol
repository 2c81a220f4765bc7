// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What an OriginToken is constructed with.
/// @param name Name.
/// @param symbol Symbol.
/// @param holders Who owns tokens from the beginning.
/// @param amount What each of them owns, in the smallest unit; one who is named twice owns it twice.
struct OriginTokenParameters {
    string name;
    string symbol;
    address[] holders;
    uint256 amount;
}

/// @title OriginToken
/// @notice A plain ERC-20 to be staked on a gateway: all there will ever be is minted at once, and nobody may do more
/// than anybody else.
contract OriginToken is ERC20 {
    constructor(OriginTokenParameters memory parameters) ERC20(parameters.name, parameters.symbol) {
        for (uint256 i = 0; i < parameters.holders.length; i++) {
            _mint(parameters.holders[i], parameters.amount);
        }
    }
}
