// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Rewards } from "../../src/auxiliary/Rewards.sol";
import { IOriginObserver } from "../../src/interfaces/IOriginObserver.sol";
import { IRewards, RewardsParameters } from "../../src/interfaces/IRewards.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { Kernel, Vote } from "../../src/types/Types.sol";
import { Fees } from "../support/Fees.sol";
import { Tries } from "../support/Tries.sol";

/// @notice R75 to R77.
contract RewardsTest is Fees {
    uint256 private constant INCOME = 1_000_003;

    function setUp() public {
        deployNetwork();
    }

    /* CONSTRUCTOR */

    function test_constructorRefusesZeroParameters() public {
        for (uint256 i; i < 6; ++i) {
            RewardsParameters memory parameters = rewardsParameters();
            if (i == 0) parameters.coreId = 0;
            if (i == 1) parameters.auxiliaryBlockStore = address(0);
            if (i == 2) parameters.originObserver = address(0);
            if (i == 3) parameters.kernelGateway = address(0);
            if (i == 4) parameters.pollingPlace = address(0);
            if (i == 5) parameters.stake = address(0);
            vm.expectRevert(IRewards.ZeroParameter.selector);
            new Rewards(parameters);
        }
    }

    /* SETTLE */

    function test_onlyTheBlockStoreSettles() public {
        Vote memory vote;
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotBlockStore.selector, address(this)));
        blockRewards.settle(vote, 1);
    }

    /// @dev R75.
    function test_aLinkThatFinalisesItsSourceSettlesAtOnce() public {
        finaliseNext();
        receiveFee(INCOME);
        reportAuxiliary(2 * EPOCH);
        Vote memory vote = auxiliaryVote(1, 2);
        cast(0, vote);
        cast(1, vote);
        vm.assertEq(blockRewards.settlement(2).digest, bytes32(0));
        vm.expectEmit(address(blockRewards));
        emit IRewards.LinkSettled(2, voteDigest(vote), 1, INCOME);
        cast(2, vote);
        vm.assertEq(blockRewards.settlement(2).digest, voteDigest(vote));
        vm.assertEq(blockRewards.settlement(2).kernelHeight, 1);
        vm.assertEq(blockRewards.settlement(2).income, INCOME);
        vm.assertEq(blockRewards.income(), 0);
    }

    /// @dev R75.
    function test_aLinkFromTheRootAndALongerLinkSettleNothing() public {
        receiveFee(INCOME);
        reportAuxiliary(3 * EPOCH);
        castAll(auxiliaryVote(0, 1));
        castAll(auxiliaryVote(1, 3));
        vm.assertEq(blockRewards.settlement(1).digest, bytes32(0));
        vm.assertEq(blockRewards.settlement(3).digest, bytes32(0));
        vm.assertEq(blockRewards.income(), INCOME);
    }

    /// @dev R75.
    function test_eachSettlementHasWhatWasReceivedSinceTheLast() public {
        finaliseNext();
        receiveFee(INCOME);
        finaliseNext();
        (bool sent,) = address(blockRewards).call{ value: 7 }("");
        vm.assertTrue(sent);
        proveKernel(nextKernel(1), 1, 3);
        finaliseNext();
        vm.assertEq(blockRewards.settlement(2).income, INCOME);
        vm.assertEq(blockRewards.settlement(3).income, 7);
    }

    function test_paymentsAreNotTakenForIncome() public {
        earnAt(2);
        blockRewards.claim(validators[0], heights(2));
        vm.assertGt(blockRewards.paid(validators[0]), 0);
        vm.assertEq(blockRewards.income(), 0);
        receiveFee(11);
        finaliseNext();
        vm.assertEq(blockRewards.settlement(store.lastJustified().height).income, 11);
    }

    /* CLAIM */

    function test_claimRefusesTheSlashed() public {
        earnAt(2);
        slashOnAuxiliary(0);
        vm.expectRevert(abi.encodeWithSelector(IRewards.SlashedValidator.selector, validators[0]));
        blockRewards.claim(validators[0], heights(2));
    }

    function test_claimRefusesWhatIsNotSettled() public {
        earnAt(2);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotSettled.selector, 1));
        blockRewards.claim(validators[0], heights(1));
    }

    /// @dev R77.
    function test_claimRefusesWhatIsNotCommitted() public {
        finaliseNext();
        receiveFee(INCOME);
        finaliseNext();
        finaliseNext();
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotCommitted.selector, 2, 0));
        blockRewards.claim(validators[0], heights(2));
        proveKernel(nextKernel(2), 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotCommitted.selector, 3, 2));
        blockRewards.claim(validators[0], heights(3));
        blockRewards.claim(validators[0], heights(2));
    }

    function test_claimRefusesWhoDidNotVote() public {
        earnFrom(3);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotVoted.selector, validators[3], 2));
        blockRewards.claim(validators[3], heights(2));
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotVoted.selector, address(this), 2));
        blockRewards.claim(address(this), heights(2));
        vm.assertEq(blockRewards.shareOf(validators[3], 2), 0);
    }

    /// @dev A vote with that target height for another link earns nothing.
    function test_claimRefusesWhoVotedForAnotherLink() public {
        finaliseNext();
        receiveFee(INCOME);
        reportAuxiliary(2 * EPOCH);
        cast(3, auxiliaryVote(0, 2));
        castFirst(3, auxiliaryVote(1, 2));
        finaliseNext();
        proveKernel(nextKernel(2), 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotVoted.selector, validators[3], 2));
        blockRewards.claim(validators[3], heights(2));
    }

    function test_claimRefusesTheSameTwice() public {
        earnAt(2);
        blockRewards.claim(validators[0], heights(2));
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyClaimed.selector, validators[0], 2));
        blockRewards.claim(validators[0], heights(2));
        uint64[] memory twice = new uint64[](2);
        (twice[0], twice[1]) = (2, 2);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyClaimed.selector, validators[1], 2));
        blockRewards.claim(validators[1], twice);
    }

    /// @dev R76.
    function test_claimPaysHalfButOnePercentByWeight() public {
        earnAt(2);
        for (uint256 i; i < validators.length; ++i) {
            uint256 share = INCOME * weights[i] / totalWeight();
            uint256 atOnce = share * 49 / 100;
            vm.assertEq(blockRewards.shareOf(validators[i], 2), share);
            vm.expectEmit(address(blockRewards));
            emit IRewards.ShareClaimed(validators[i], 2, share);
            vm.expectEmit(address(blockRewards));
            emit IRewards.RewardPaid(validators[i], atOnce, share - atOnce);
            blockRewards.claim(validators[i], heights(2));
            vm.assertEq(validators[i].balance, atOnce);
            vm.assertEq(blockRewards.earned(validators[i]), share);
            vm.assertEq(blockRewards.paid(validators[i]), atOnce);
            vm.assertTrue(blockRewards.isClaimed(validators[i], 2));
        }
    }

    function test_claimOfNothingPaysNothing() public {
        blockRewards.claim(validators[0], new uint64[](0));
        vm.assertEq(validators[0].balance, 0);
    }

    /// @dev R18, R75.
    function test_lateVotesEarn() public {
        earnFrom(4);
        vm.assertEq(blockRewards.shareOf(validators[3], 2), INCOME * weights[3] / totalWeight());
        blockRewards.claim(validators[3], heights(2));
        vm.assertGt(validators[3].balance, 0);
    }

    /// @dev R75.
    function test_sharesOfTheSlashedStay() public {
        earnAt(2);
        slashOnAuxiliary(0);
        uint256 held = address(blockRewards).balance;
        receiveFee(5);
        uint64 target = store.lastJustified().height + 1;
        reportAuxiliary(target * EPOCH);
        Vote memory vote = auxiliaryVote(target - 1, target);
        for (uint256 i = 1; i < validators.length; ++i) {
            cast(i, vote);
        }
        vm.assertEq(blockRewards.settlement(target).income, 5);
        vm.assertEq(address(blockRewards).balance, held + 5);
    }

    /// @dev Under a kernel that changes the set, weight is that of both sets together, each validator once (R75).
    function test_sharesAcrossAChangeOfKernels() public {
        finaliseNext();
        finaliseNext();
        Kernel memory kernel = nextKernel(1);
        uint256 secret = uint256(keccak256("entrant"));
        (kernel.validators, kernel.weights) = changes(vm.addr(secret), 50 ether, validators[3]);
        proveKernel(kernel, 1, 3);
        uint256 joint = totalWeight() + 50 ether;
        vm.assertEq(gateway.jointTotalAt(1), totalWeight());
        vm.assertEq(gateway.jointTotalAt(2), joint);
        vm.assertEq(gateway.totalAt(2), joint - weights[3]);
        // Two finalisations later the kernel is active, and the checkpoints after that carry it.
        for (uint256 i; i < 4; ++i) {
            finaliseNext();
        }
        uint64 target = store.lastJustified().height;
        vm.assertEq(store.checkpoint(auxiliaryCheckpoint(target)).kernelHeight, 2);
        receiveFee(INCOME);
        reportAuxiliary((target + 1) * EPOCH);
        Vote memory vote = auxiliaryVote(target, target + 1);
        castAll(vote);
        polls.castVote(vote, signDigest(secret, voteDigest(vote)));
        vm.assertEq(blockRewards.settlement(target + 1).kernelHeight, 2);
        vm.assertEq(blockRewards.shareOf(validators[3], target + 1), INCOME * weights[3] / joint);
        vm.assertEq(blockRewards.shareOf(vm.addr(secret), target + 1), INCOME * 50 ether / joint);
    }

    /* WITHDRAWAL */

    function test_withdrawalRefusesTheSlashed() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(1);
        slashOnAuxiliary(0);
        vm.expectRevert(abi.encodeWithSelector(IRewards.SlashedValidator.selector, validators[0]));
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
    }

    function test_withdrawalRefusesTheSameTwice() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(1);
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyProven.selector, validators[0]));
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
    }

    function test_withdrawalRefusesAnObservationThatIsNotFinalised() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(1);
        vm.expectRevert(abi.encodeWithSelector(IOriginObserver.NotFinalised.selector, 6));
        blockRewards.proveWithdrawal(validators[0], 6, one, two);
    }

    function test_withdrawalRefusesAnotherAccount() public {
        (, bytes[] memory two) = withdrawnAfterEarning(1);
        (, bytes[] memory wrong) = Tries.stateTrie(address(core), keccak256("root"), keccak256("code"));
        vm.expectPartialRevert(TrieProof.WrongNode.selector);
        blockRewards.proveWithdrawal(validators[0], 5, wrong, two);
    }

    function test_withdrawalRefusesAMarkOfAnotherValidator() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(1);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotWithdrawn.selector, validators[1], 5));
        blockRewards.proveWithdrawal(validators[1], 5, one, two);
    }

    function test_withdrawalRefusesAnotherMark() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(2);
        vm.expectRevert(abi.encodeWithSelector(IRewards.NotWithdrawn.selector, validators[0], 5));
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
    }

    /// @dev R76.
    function test_withdrawalPaysTheRestAndLaterSharesInFull() public {
        (bytes[] memory one, bytes[] memory two) = withdrawnAfterEarning(1);
        uint256 share = INCOME * weights[0] / totalWeight();
        vm.expectEmit(address(blockRewards));
        emit IRewards.WithdrawalProven(validators[0], 5);
        blockRewards.proveWithdrawal(validators[0], 5, one, two);
        vm.assertTrue(blockRewards.isWithdrawn(validators[0]));
        vm.assertEq(validators[0].balance, share);
        // A link of before that was not claimed yet.
        vm.assertEq(blockRewards.settlement(3).income, 0);
        blockRewards.claim(validators[0], heights(3));
        vm.assertEq(validators[0].balance, share);
    }

    /* CONSERVATION */

    /// @dev Whatever was received and whoever voted, late or not: all shares fit their income to less than a wei for
    /// each, and nobody is paid more than it earned.
    function testFuzz_sharesNeverExceedTheIncome(uint128[4] memory fees, uint256 late, uint256 claimed) public {
        finaliseNext();
        for (uint256 i; i < fees.length; ++i) {
            receiveFee(fees[i] / 8);
            uint64 target = store.lastJustified().height + 1;
            reportAuxiliary(target * EPOCH);
            castFirst(3, auxiliaryVote(target - 1, target));
            if ((late >> i) & 1 == 1) cast(3, auxiliaryVote(target - 1, target));
        }
        uint64 last = store.lastJustified().height;
        finaliseNext();
        proveKernel(nextKernel(last), last, 3);
        uint256 received = address(blockRewards).balance;
        uint256 paid;
        for (uint64 height = 2; height <= last; ++height) {
            uint256 shares;
            for (uint256 i; i < validators.length; ++i) {
                uint256 share = blockRewards.shareOf(validators[i], height);
                shares += share;
                if ((claimed >> (4 * height + i)) & 1 == 1 && share > 0) {
                    blockRewards.claim(validators[i], heights(height));
                }
            }
            vm.assertTrue(shares <= blockRewards.settlement(height).income);
        }
        for (uint256 i; i < validators.length; ++i) {
            vm.assertEq(blockRewards.paid(validators[i]), blockRewards.earned(validators[i]) * 49 / 100);
            vm.assertEq(validators[i].balance, blockRewards.paid(validators[i]));
            paid += validators[i].balance;
        }
        vm.assertEq(address(blockRewards).balance, received - paid);
        vm.assertEq(blockRewards.income(), 0);
    }

    /* SUPPORT */

    /// @dev Everybody votes for the link to `target`, which earns INCOME and is covered by a proven commit.
    function earnAt(uint64 target) private {
        while (store.lastJustified().height + 1 < target) {
            finaliseNext();
        }
        receiveFee(INCOME);
        finaliseNext();
        finaliseNext();
        proveKernel(nextKernel(target), target, 3);
    }

    /// @dev As `earnAt(2)`, but only three vote in time and `count` vote at all.
    function earnFrom(uint256 count) private {
        finaliseNext();
        receiveFee(INCOME);
        reportAuxiliary(2 * EPOCH);
        castFirst(3, auxiliaryVote(1, 2));
        if (count == 4) cast(3, auxiliaryVote(1, 2));
        finaliseNext();
        proveKernel(nextKernel(2), 2, 3);
    }

    function castFirst(uint256 count, Vote memory vote) private {
        for (uint256 i; i < count; ++i) {
            cast(i, vote);
        }
    }

    function withdrawnAfterEarning(uint256 mark) private returns (bytes[] memory, bytes[] memory) {
        finaliseNext();
        receiveFee(INCOME);
        finaliseNext();
        finaliseNext();
        proveKernel(nextKernel(3), 3, 3);
        blockRewards.claim(validators[0], heights(2));
        return observeWithdrawn(validators[0], mark, 5);
    }

    function changes(address entrant, uint256 weight, address leaver)
        private
        pure
        returns (address[] memory changed, uint256[] memory to)
    {
        changed = new address[](2);
        to = new uint256[](2);
        bool first = entrant < leaver;
        (changed[0], changed[1]) = first ? (entrant, leaver) : (leaver, entrant);
        to[first ? 0 : 1] = weight;
    }
}
