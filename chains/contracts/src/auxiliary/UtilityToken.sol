// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IUtilityToken } from "../interfaces/IUtilityToken.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IERC20Metadata } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title UtilityToken
/// @notice An ERC-20 whose supply only the co-gateway changes; never the base coin, whose fees the node burns (R70).
contract UtilityToken is IUtilityToken, ERC20 {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IUtilityToken
    address public immutable coGateway;
    uint8 private immutable decimalPlaces;

    /* CONSTRUCTOR */

    /// @param newName Name.
    /// @param newSymbol Symbol.
    /// @param newDecimals Those of the token on origin: units correspond one to one.
    /// @param newCoGateway CoGateway on this chain; may be deployed later.
    constructor(string memory newName, string memory newSymbol, uint8 newDecimals, address newCoGateway)
        ERC20(newName, newSymbol)
    {
        require(newCoGateway != address(0), ZeroParameter());
        coGateway = newCoGateway;
        decimalPlaces = newDecimals;
    }

    /* SUPPLY */

    /// @inheritdoc IUtilityToken
    function mint(address receiver, uint256 amount) external {
        require(msg.sender == coGateway, NotCoGateway(msg.sender));
        _mint(receiver, amount);
    }

    /// @inheritdoc IUtilityToken
    function burn(uint256 amount) external {
        require(msg.sender == coGateway, NotCoGateway(msg.sender));
        _burn(coGateway, amount);
    }

    /* VIEWS */

    /// @inheritdoc IERC20Metadata
    function decimals() public view override(ERC20, IERC20Metadata) returns (uint8) {
        return decimalPlaces;
    }
}
