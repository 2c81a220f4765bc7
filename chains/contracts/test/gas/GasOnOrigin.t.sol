// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SkippedCheckpoint } from "../../src/interfaces/IEvidence.sol";
import { Transition, Vote } from "../../src/types/Types.sol";
import { Ledger } from "../support/Ledger.sol";
import { Members } from "../support/Members.sol";
import { Skipped } from "../support/Skipped.sol";

/// @notice Calls of actors on origin, each the dearest of its kind with four validators.
/// forge-config: default.isolate = true
contract GasOnOriginTest is Members, Skipped, Ledger {
    function test_propose() public {
        propose(transitionAt(2));
        keep("Core.propose");
    }

    function test_pinOrigin() public {
        core.pinOrigin(ORIGIN_ROOT_NUMBER);
        keep("Core.pinOrigin");
    }

    function test_verifyVotes() public {
        Transition memory transition = transitionAt(2);
        bytes32 id = propose(transition);
        bytes32 target = keccak256("target");
        bytes[] memory signatures = signAll(sealVote(transition, target));
        core.verifyVotes(id, target, signatures);
        keep("Core.verifyVotes", "signatures", 4);
    }

    function test_commit() public {
        sealAt(2);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        keep("Core.commit changes=0 slashed=0");
    }

    function test_commitOfTheMostChanges() public {
        for (uint256 i; i < maxKernelChanges; ++i) {
            join(i, 40 ether);
        }
        sealAt(2);
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        keep("Core.commit changes=64 slashed=0");
    }

    function test_returnBond() public {
        bytes32 rival = propose(transitionAt(3));
        commitAt(2);
        core.returnBond(rival);
        keep("Core.returnBond");
    }

    function test_deposit() public {
        join(0, 40 ether);
        keep("Stake.deposit");
    }

    function test_logout() public {
        logOut(depositors[0]);
        keep("Stake.logout");
    }

    function test_withdrawWithAPenalty() public {
        vm.prank(evidence);
        stake.recordViolation(1);
        logOut(depositors[0]);
        for (uint64 height = 2; height < 5; ++height) {
            commitAt(height);
        }
        vm.roll(block.number + WITHDRAWAL_DELAY);
        vm.prank(depositors[0]);
        stake.withdraw();
        keep("Stake.withdraw");
    }

    function test_slashThatHalts() public {
        slashInitial(0);
        slashInitial(1);
        keep("Stake.slash");
        vm.assertTrue(core.isHalted());
    }

    function test_reportSkippedCheckpointByALaterRoot() public {
        SkippedCheckpoint memory report = skipProvenLater(keccak256(abi.encode("target", COMMITTED)));
        judge().reportSkippedCheckpoint(report);
        keep("Evidence.reportSkippedCheckpoint", "signatures", 4);
    }
}

/// @notice The same with as many validators as a manifest may ask for.
/// forge-config: default.isolate = true
contract GasOfTwoHundredTest is Members, Skipped, Ledger {
    uint256 private constant COUNT = 200;
    /// @dev As many as actors send at once (MAX_VOTES).
    uint256 private constant MOST_VOTES = 150;
    /// @dev Below a third, and the others are a quorum still.
    uint256 private constant SLASHED = 60;

    function setUp() public override {
        uint256[] memory most = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            most[i] = 40 ether;
        }
        deployNetwork(most);
        useOrigin();
    }

    function test_verifyVotes() public {
        Transition memory transition = transitionAt(2);
        bytes32 id = propose(transition);
        bytes32 target = keccak256("target");
        bytes[] memory signatures = signAll(sealVote(transition, target));
        core.verifyVotes(id, target, signatures);
        keep("Core.verifyVotes", "signatures", COUNT);
    }

    function test_commitWithSignersSlashedSince() public {
        for (uint256 i; i < maxKernelChanges; ++i) {
            join(i, 40 ether);
        }
        sealAt(2);
        for (uint256 i; i < SLASHED; ++i) {
            slashInitial(i);
        }
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        keep("Core.commit changes=64", "slashed", SLASHED);
        vm.assertEq(core.committedMetaHeight(), 1);
    }

    function test_reportSkippedCheckpointByALaterRoot() public {
        SkippedCheckpoint memory report = skipProvenLater(keccak256(abi.encode("target", COMMITTED)));
        judge().reportSkippedCheckpoint(report);
        keep("Evidence.reportSkippedCheckpoint", "signatures", COUNT);
    }

    function test_reportReversal() public {
        bytes[] storage reverted = auxiliaryHeaders;
        makeChain(reverted, auxiliaryHashes, 2, 17);
        mineOrigin(20);
        Vote memory vote = originVoteOn(auxiliaryHashes[12], auxiliaryHashes[16], 3);
        bytes[] memory signatures = signAll(vote);
        judge().reportReversal(vote, signatures, reverted[16], 1);
        keep("Evidence.reportReversal", "signatures", COUNT);
    }

    function test_castVotes() public {
        reportAuxiliary(4);
        Vote memory vote = auxiliaryVote(0, 1);
        Vote[] memory votes = new Vote[](MOST_VOTES);
        for (uint256 i; i < votes.length; ++i) {
            votes[i] = vote;
        }
        polls.castVotes(votes, signFirst(votes.length, vote));
        keep("PollingPlace.castVotes", "votes", votes.length);
        vm.assertTrue(store.isJustified(auxiliaryCheckpoint(1)));
    }
}
