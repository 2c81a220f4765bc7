// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ISlashing } from "../interfaces/ISlashing.sol";
import { Offence, Vote } from "../types/Types.sol";
import { CoreIdentifier } from "./CoreIdentifier.sol";
import { Signing } from "./Signing.sol";
import { StructHash } from "./StructHash.sol";

/// @title Offences
/// @notice Which pairs of votes no honest validator signs (R50-R52), and who signed a pair (R55). The same library
/// judges on both chains.
library Offences {
    using StructHash for Vote;

    /// @notice Offence of two distinct votes about the same chain; the order of the two does not matter.
    function offenceOf(Vote memory first, Vote memory second) internal pure returns (Offence) {
        if (first.targetHeight == second.targetHeight) return Offence.DoubleVote;
        if (_surrounds(first, second) || _surrounds(second, first)) return Offence.Surround;
        if (first.source == second.source && first.transition != second.transition) {
            return Offence.TransitionConflict;
        }
        return Offence.None;
    }

    /// @notice Checks a pair of signed votes and returns who is guilty of what.
    /// @param domain Domain separator of the core.
    /// @param coreId Identifier of the core; votes about its origin chain are judged as well.
    function judge(
        bytes32 domain,
        bytes32 coreId,
        Vote calldata first,
        bytes calldata firstSignature,
        Vote calldata second,
        bytes calldata secondSignature
    ) internal pure returns (Verdict memory verdict) {
        require(first.coreId == second.coreId, ISlashing.DifferentCores(first.coreId, second.coreId));
        require(
            first.coreId == coreId || first.coreId == CoreIdentifier.originOf(coreId),
            ISlashing.UnknownCore(first.coreId)
        );
        verdict.firstDigest = Signing.digest(domain, first.hash());
        verdict.secondDigest = Signing.digest(domain, second.hash());
        require(verdict.firstDigest != verdict.secondDigest, ISlashing.SameVote(verdict.firstDigest));
        verdict.offence = offenceOf(first, second);
        require(verdict.offence != Offence.None, ISlashing.NoOffence(verdict.firstDigest, verdict.secondDigest));
        verdict.validator = _signer(verdict.firstDigest, firstSignature);
        address other = _signer(verdict.secondDigest, secondSignature);
        require(verdict.validator == other, ISlashing.DifferentSigners(verdict.validator, other));
    }

    function _surrounds(Vote memory outer, Vote memory inner) private pure returns (bool) {
        return outer.sourceHeight < inner.sourceHeight && inner.targetHeight < outer.targetHeight;
    }

    function _signer(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        signer = Signing.recover(digest, signature);
        require(signer != address(0), ISlashing.InvalidSignature(digest));
    }
}

/// @notice What `Offences.judge` found.
struct Verdict {
    address validator;
    Offence offence;
    bytes32 firstDigest;
    bytes32 secondDigest;
}
