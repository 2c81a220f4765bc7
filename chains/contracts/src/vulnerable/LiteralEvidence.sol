// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SkippedCheckpoint } from "../interfaces/IEvidence.sol";
import { Evidence } from "../origin/Evidence.sol";

/// @title LiteralEvidence
/// @notice The gas rule as the paper words it: signatures alone prove that a skipped checkpoint was finalised (R37).
/// @dev Warning: this punishes honest validators. A vote that was signed in time and surfaces late completes a quorum
/// that no honest signer of the committed checkpoint could have seen. It exists for the scenario that shows this.
contract LiteralEvidence is Evidence {
    constructor(address newCore) Evidence(newCore) { }

    /// @dev Asks nothing of auxiliary's record.
    function _requireRecorded(SkippedCheckpoint calldata, uint64) internal pure override { }
}
