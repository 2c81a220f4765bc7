// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Signing } from "../libraries/Signing.sol";
import { StructHash } from "../libraries/StructHash.sol";
import { Vote } from "../types/Types.sol";

/// @title GullibleStake
/// @notice Broken on purpose: it takes its reporters' word. It checks that the first vote was signed, and neither
/// that the second was, nor that one validator signed both, nor that the two are an offence (R50-R55).
/// @dev Warning: for attack scenarios only, which show what an honest validator loses without these checks.
contract GullibleStake {
    using StructHash for Vote;

    /// @notice Separator of the core's domain (R2).
    bytes32 public immutable domain;

    /// @notice True once somebody accused the validator.
    mapping(address validator => bool) public isSlashed;

    /// @notice A validator was accused, and that was enough.
    event ValidatorSlashed(address indexed validator, address indexed reporter);

    /// @notice The first signature is nobody's.
    error InvalidSignature();

    constructor(bytes32 coreId) {
        domain = Signing.domainOf(coreId);
    }

    /// @notice Slashes whoever signed the first vote.
    function slash(Vote calldata first, bytes calldata firstSignature, Vote calldata, bytes calldata) external {
        address validator = Signing.recover(Signing.digest(domain, first.hash()), firstSignature);
        require(validator != address(0), InvalidSignature());
        isSlashed[validator] = true;
        emit ValidatorSlashed(validator, msg.sender);
    }
}
