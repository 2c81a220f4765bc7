// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../interfaces/ICoGateway.sol";
import { IUtilityToken } from "../interfaces/IUtilityToken.sol";
import { Transfer } from "../types/Messages.sol";

/// @title OverflowCoGateway
/// @notice Pays the reward in full and the beneficiary what is left, if anything is: that there always is something left
/// was checked on the other side.
/// @dev Warning: for attack scenarios only. See OverflowGateway.
contract OverflowCoGateway is CoGateway {
    constructor(CoGatewayParameters memory parameters) CoGateway(parameters) { }

    /// @dev The flaw.
    function _mint(bytes32 messageHash, Transfer calldata transfer, uint256 gasBefore, bool byProof, bytes32 secret)
        internal
        override
    {
        uint256 reward = _reward(messageHash, transfer, gasBefore);
        uint256 minted = reward < transfer.amount ? transfer.amount - reward : 0;
        emit MintProgressed(messageHash, transfer.beneficiary, msg.sender, minted, reward, byProof, secret);
        IUtilityToken(utilityToken).mint(transfer.beneficiary, minted);
        IUtilityToken(utilityToken).mint(msg.sender, reward);
    }
}
