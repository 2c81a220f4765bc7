// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { GatewayParameters } from "../../src/interfaces/IGateway.sol";
import { OriginTokenParameters } from "../../src/mocks/OriginToken.sol";
import { Gateway } from "../../src/origin/Gateway.sol";
import { RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { CallerVerifiedGateway } from "../../src/vulnerable/CallerVerifiedGateway.sol";
import { ChainFreeCoGateway } from "../../src/vulnerable/ChainFreeCoGateway.sol";
import { ChainFreeGateway } from "../../src/vulnerable/ChainFreeGateway.sol";
import { ExclusionCoGateway } from "../../src/vulnerable/ExclusionCoGateway.sol";
import { FaceValueGateway } from "../../src/vulnerable/FaceValueGateway.sol";
import { FlaglessCoGateway } from "../../src/vulnerable/FlaglessCoGateway.sol";
import { GatewayFreeCoGateway } from "../../src/vulnerable/GatewayFreeCoGateway.sol";
import { GatewayFreeGateway } from "../../src/vulnerable/GatewayFreeGateway.sol";
import { MaskedProofCoGateway } from "../../src/vulnerable/MaskedProofCoGateway.sol";
import { OverflowCoGateway } from "../../src/vulnerable/OverflowCoGateway.sol";
import { OverflowGateway } from "../../src/vulnerable/OverflowGateway.sol";
import { TrailingBytesCoGateway } from "../../src/vulnerable/TrailingBytesCoGateway.sol";
import { ZeroRootCoGateway } from "../../src/vulnerable/ZeroRootCoGateway.sol";
import { Bridge } from "../support/Bridge.sol";

/// @notice Which contracts stand in the place of ours.
enum Exhibit {
    Ours,
    ZeroRoot,
    MaskedProof,
    TrailingBytes,
    Flagless,
    Exclusion,
    GatewayFree,
    ChainFree,
    CallerVerified,
    FaceValue,
    Overflow
}

/// @title Museum
/// @notice The bridge with one of the broken contracts in it, or with ours. The stranger is the attacker.
abstract contract Museum is Bridge {
    Exhibit internal exhibit;
    /// @dev Believed instead of the observer, and staked instead of the token, unless zero.
    address internal otherRoots;
    address internal otherToken;

    function show(Exhibit newExhibit) internal {
        exhibit = newExhibit;
        deployBridge();
        fund(STRANGER);
    }

    function newGateway(GatewayParameters memory parameters) internal override returns (Gateway) {
        if (otherToken != address(0)) parameters.token = otherToken;
        if (exhibit == Exhibit.GatewayFree) return new GatewayFreeGateway(parameters);
        if (exhibit == Exhibit.ChainFree) return new ChainFreeGateway(parameters);
        if (exhibit == Exhibit.CallerVerified) return new CallerVerifiedGateway(parameters);
        if (exhibit == Exhibit.FaceValue) return new FaceValueGateway(parameters);
        if (exhibit == Exhibit.Overflow) return new OverflowGateway(parameters);
        return new Gateway(parameters);
    }

    function newCoGateway(CoGatewayParameters memory parameters) internal override returns (CoGateway) {
        if (otherRoots != address(0)) parameters.originObserver = otherRoots;
        if (exhibit == Exhibit.ZeroRoot) return new ZeroRootCoGateway(parameters, 0);
        if (exhibit == Exhibit.MaskedProof) return new MaskedProofCoGateway(parameters);
        if (exhibit == Exhibit.TrailingBytes) return new TrailingBytesCoGateway(parameters);
        if (exhibit == Exhibit.Flagless) return new FlaglessCoGateway(parameters);
        if (exhibit == Exhibit.Exclusion) return new ExclusionCoGateway(parameters);
        if (exhibit == Exhibit.GatewayFree) return new GatewayFreeCoGateway(parameters);
        if (exhibit == Exhibit.ChainFree) return new ChainFreeCoGateway(parameters);
        if (exhibit == Exhibit.Overflow) return new OverflowCoGateway(parameters);
        return new CoGateway(parameters);
    }

    /// @dev A transfer of the stranger to itself, without reward.
    function strangerTransfer() internal view returns (Transfer memory transfer) {
        transfer = transferAt(0);
        (transfer.sender, transfer.beneficiary) = (STRANGER, STRANGER);
        (transfer.gasPrice, transfer.gasLimit) = (0, 0);
    }

    /// @dev Both steps on the target, the second by the stranger.
    function takeHome(CoGateway target, Transfer memory transfer, RemoteProof memory proof) internal {
        target.confirmStake(transfer, proof);
        vm.prank(STRANGER);
        target.progressMint(transfer, SECRET);
    }

    /// @dev Tokens that were minted and are not locked.
    function unbacked() internal view returns (uint256) {
        return utility.totalSupply() - gateway.locked();
    }

    function tokenParameters(address holder, address other)
        internal
        pure
        returns (OriginTokenParameters memory parameters)
    {
        address[] memory found = new address[](2);
        (found[0], found[1]) = (holder, other);
        parameters = OriginTokenParameters("Token", "TKN", found, AMOUNT);
    }
}
