// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { GatewayParameters } from "../interfaces/IGateway.sol";
import { Gateway } from "../origin/Gateway.sol";
import { Transfer } from "../types/Messages.sol";

/// @title OverflowGateway
/// @notice Compares the maximal reward with the amount, and multiplies without looking whether the product fits.
/// @dev Warning: for attack scenarios only. The mechanism of the BEC token's loss in 2018: a product of the caller's
/// numbers that wraps round to zero passes the check. See OverflowCoGateway.
contract OverflowGateway is Gateway {
    constructor(GatewayParameters memory parameters) Gateway(parameters) { }

    /// @dev The flaw.
    function _requireRewardBelowAmount(Transfer calldata transfer) internal pure override {
        unchecked {
            require(
                transfer.gasPrice * transfer.gasLimit < transfer.amount,
                RewardNotBelowAmount(transfer.gasPrice, transfer.gasLimit, transfer.amount)
            );
        }
    }
}
