// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Kernel, Vote } from "../../src/types/Types.sol";
import { Fees } from "../support/Fees.sol";
import { Ledger } from "../support/Ledger.sol";

/// @notice Calls of actors on auxiliary, with four validators.
/// forge-config: default.isolate = true
contract GasOnAuxiliaryTest is Fees, Ledger {
    function setUp() public {
        deployNetwork();
    }

    function test_reportOneBlock() public {
        mineAuxiliary(1);
        store.reportBlocks(auxiliarySlice(1, 1));
        keep("AuxiliaryBlockStore.reportBlocks headers=1 checkpoints=0");
    }

    function test_reportAnEpoch() public {
        mineAuxiliary(4);
        store.reportBlocks(auxiliarySlice(1, 4));
        keep("AuxiliaryBlockStore.reportBlocks headers=4 checkpoints=1");
    }

    function test_reportTheMostBlocks() public {
        mineAuxiliary(64);
        store.reportBlocks(auxiliarySlice(1, 64));
        keep("AuxiliaryBlockStore.reportBlocks headers=64 checkpoints=16");
    }

    function test_backfill() public {
        mineAuxiliary(64);
        bytes[] memory headers = new bytes[](64);
        for (uint256 i; i < headers.length; ++i) {
            headers[i] = auxiliaryHeaders[64 - i];
        }
        store.backfill(headers);
        keep("AuxiliaryBlockStore.backfill", "headers", 64);
    }

    function test_reportCheckpoint() public {
        makeChain(originHeaders, originHashes, 1, 13);
        observer.reportCheckpoint(originHeaders[12]);
        keep("OriginObserver.reportCheckpoint");
    }

    function test_castVoteThatFinalisesAndSettles() public {
        finaliseNext();
        receiveFee(1 ether);
        reportAuxiliary(8);
        Vote memory vote = auxiliaryVote(1, 2);
        cast(0, vote);
        cast(1, vote);
        cast(2, vote);
        keep("PollingPlace.castVote");
        vm.assertTrue(store.isFinalised(vote.source));
    }

    function test_castVotesThatFinaliseAndSettle() public {
        finaliseNext();
        receiveFee(1 ether);
        reportAuxiliary(8);
        Vote memory vote = auxiliaryVote(1, 2);
        Vote[] memory votes = new Vote[](4);
        (votes[0], votes[1], votes[2], votes[3]) = (vote, vote, vote, vote);
        polls.castVotes(votes, signAll(vote));
        keep("PollingPlace.castVotes", "votes", 4);
    }

    function test_slash() public {
        slashOnAuxiliary(0);
        keep("PollingPlace.slash");
    }

    function test_proveKernel() public {
        finaliseNext();
        finaliseNext();
        proveKernel(nextKernel(1), 1, 3);
        keep("KernelGateway.proveKernel", "changes", 0);
    }

    function test_proveKernelOfTheMostChanges() public {
        finaliseNext();
        finaliseNext();
        Kernel memory kernel = nextKernel(1);
        kernel.validators = new address[](64);
        kernel.weights = new uint256[](64);
        for (uint256 i; i < 64; ++i) {
            (kernel.validators[i], kernel.weights[i]) = (address(uint160(1000 + i)), 40 ether + i);
        }
        proveKernel(kernel, 1, 3);
        keep("KernelGateway.proveKernel", "changes", 64);
    }

    function test_claim() public {
        uint64[] memory targets = new uint64[](64);
        finaliseNext();
        for (uint64 i; i < targets.length; ++i) {
            receiveFee(1 ether);
            targets[i] = finaliseNext();
        }
        uint64 last = finaliseNext();
        proveKernel(nextKernel(last - 1), last - 1, 3);
        blockRewards.claim(validators[0], targets);
        keep("Rewards.claim", "links", targets.length);
    }

    function test_proveWithdrawal() public {
        finaliseNext();
        receiveFee(1 ether);
        uint64 earned = finaliseNext();
        proveKernel(nextKernel(earned), earned, 3);
        blockRewards.claim(validators[0], heights(earned));
        (bytes[] memory one, bytes[] memory two) = observeWithdrawn(validators[0], 1, 5);
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
        keep("Rewards.proveWithdrawal");
    }
}
