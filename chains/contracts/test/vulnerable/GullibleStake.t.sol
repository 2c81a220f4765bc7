// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashing } from "../../src/interfaces/ISlashing.sol";
import { Vote } from "../../src/types/Types.sol";
import { GullibleStake } from "../../src/vulnerable/GullibleStake.sol";
import { Members } from "../support/Members.sol";

/// @notice What R50 to R55 are good for: one honest vote is enough here, and is refused by the real one.
contract GullibleStakeTest is Members {
    GullibleStake private gullible;

    function setUp() public override {
        super.setUp();
        gullible = new GullibleStake(coreId);
    }

    function test_slashesWhoSignedOneHonestVote() public {
        (Vote memory vote,) = doubleVote(9);
        bytes memory signature = signVote(0, vote);
        vm.expectRevert(abi.encodeWithSelector(ISlashing.SameVote.selector, voteDigest(vote)));
        stake.slash(vote, signature, vote, signature);
        vm.expectEmit(address(gullible));
        emit GullibleStake.ValidatorSlashed(validators[0], address(this));
        gullible.slash(vote, signature, vote, signature);
        vm.assertTrue(gullible.isSlashed(validators[0]));
        vm.assertFalse(gullible.isSlashed(validators[1]));
    }

    function test_stillWantsASignature() public {
        (Vote memory first, Vote memory second) = doubleVote(9);
        vm.expectRevert(GullibleStake.InvalidSignature.selector);
        gullible.slash(first, hex"00", second, hex"00");
    }
}
