// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Bytes } from "@openzeppelin/contracts/utils/Bytes.sol";

/// @notice One validator of the initial set.
/// @param depositor Origin account that owns the stake (v^O); each owns exactly one validator (R3).
/// @param validator Auxiliary address (v^A).
/// @param weight Stake in wei, which is the weight.
/// @param signature The validator's signature over its Registration (R3).
struct InitialValidator {
    address depositor;
    address validator;
    uint96 weight;
    bytes signature;
}

/// @title InitialSet
/// @notice The initial validators as rows of 117 bytes, one after the other: depositor, validator, weight in 12 bytes,
/// signature in 65. As an ABI array they would take more than twice the room, and init code is bounded (EIP-3860).
library InitialSet {
    uint256 private constant VALIDATOR = 20;
    uint256 private constant WEIGHT = 40;
    uint256 private constant SIGNATURE = 52;
    uint256 private constant ROW = 117;

    /// @notice The bytes are not a whole number of rows.
    error IncompleteRow(uint256 length, uint256 rowLength);

    /// @notice How many rows there are.
    function count(bytes memory rows) internal pure returns (uint256) {
        require(rows.length % ROW == 0, IncompleteRow(rows.length, ROW));
        return rows.length / ROW;
    }

    /// @notice Row `index`, which must be below `count`.
    function row(bytes memory rows, uint256 index) internal pure returns (InitialValidator memory) {
        bytes memory fields = Bytes.slice(rows, index * ROW, (index + 1) * ROW);
        return InitialValidator({
            depositor: address(bytes20(fields)),
            validator: address(bytes20(Bytes.slice(fields, VALIDATOR))),
            weight: uint96(bytes12(Bytes.slice(fields, WEIGHT))),
            signature: Bytes.slice(fields, SIGNATURE)
        });
    }
}
