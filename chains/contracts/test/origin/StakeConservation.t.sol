// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Coins } from "../../src/libraries/Coins.sol";
import { Quorum } from "../../src/libraries/Quorum.sol";
import { Members } from "../support/Members.sol";

/// @notice No weight without stake and no stake without owner: after every step of a random life the contract holds
/// exactly the stakes that nobody withdrew or lost, nobody weighs more than it has there, and the weights of every
/// height add up to its total.
contract StakeConservationTest is Members {
    /// @dev What came about in some lives; a step that is refused counts for nothing.
    struct Happened {
        uint256 logouts;
        uint256 slashes;
        uint256 withdrawals;
        uint256 violations;
        uint256 commits;
        uint256 halts;
    }

    uint256 private constant STEPS = 60;
    uint256 private constant LIVES = 12;

    address[] private owners;
    uint256[] private keys;
    /// @dev What each paid in, in the order of `keys`.
    uint256[] private stakes;
    uint256 private joined;
    uint256 private paidIn;
    uint256 private rewards;
    /// @dev Whether so much may be slashed that the core halts: most lives are to go on.
    bool private mayHalt;
    Happened private happened;

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_everyCoinHasItsPlace(uint256 seed) public {
        _begin(seed);
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
            _check();
        }
    }

    /// @dev The invariant says nothing about lives in which nothing happens.
    function test_muchHappensInTheseLives() public {
        Happened memory sum;
        for (uint256 seed; seed < LIVES; ++seed) {
            uint256 before = vm.snapshotState();
            _begin(seed);
            for (uint256 i; i < STEPS; ++i) {
                _step(uint256(keccak256(abi.encode(seed, i))));
            }
            Happened memory one = happened;
            if (core.isHalted()) ++sum.halts;
            vm.revertToState(before);
            sum.logouts += one.logouts;
            sum.slashes += one.slashes;
            sum.withdrawals += one.withdrawals;
            sum.violations += one.violations;
            sum.commits += one.commits;
        }
        vm.assertGt(sum.logouts, LIVES);
        vm.assertGt(sum.withdrawals, LIVES);
        vm.assertGt(sum.slashes, LIVES / 2);
        vm.assertGt(sum.violations, LIVES / 2);
        vm.assertGt(sum.commits, 3 * LIVES);
        vm.assertGt(sum.halts, 0);
        vm.assertLt(sum.halts, LIVES / 2);
    }

    function _begin(uint256 seed) private {
        maxKernelChanges = 2;
        minimumTotal = MINIMUM_STAKE;
        deployOrigin();
        owners = depositors;
        keys = secrets;
        stakes = weights;
        paidIn = totalWeight();
        mayHalt = seed % 4 == 0;
    }

    function _step(uint256 random) private {
        uint256 pick = (random >> 16) % owners.length;
        uint256 kind = random % 16;
        if (kind <= 1 && !core.isHalted()) _join();
        else if (kind <= 3) _tryLogOut(owners[pick]);
        else if (kind == 4) _trySlash(keys[pick]);
        else if (kind <= 8) _tryWithdraw(owners[pick]);
        else if (kind <= 10) vm.roll(block.number + (random >> 32) % (2 * WITHDRAWAL_DELAY));
        else if (kind == 11) _tryViolate();
        else _tryCommit();
    }

    function _join() private {
        join(joined, 40 ether + joined);
        owners.push(newDepositor(joined));
        keys.push(newSecret(joined));
        stakes.push(40 ether + joined);
        paidIn += 40 ether + joined;
        ++joined;
    }

    function _tryLogOut(address owner) private {
        vm.prank(owner);
        try stake.logout() {
            ++happened.logouts;
        } catch { }
    }

    function _trySlash(uint256 secret) private {
        address validator = vm.addr(secret);
        if (stake.isSlashed(validator) || stake.withdrawn(validator) != 0) return;
        if (!mayHalt && _wouldHalt(validator)) return;
        uint256 before = address(this).balance;
        slashSecret(secret);
        ++happened.slashes;
        rewards += address(this).balance - before;
        vm.assertEq(address(this).balance - before, stake.member(validator).weight / 25);
    }

    function _wouldHalt(address validator) private view returns (bool) {
        uint64 height = stake.openHeight();
        for (uint64 one = height - 1; one <= height; ++one) {
            uint256 slashed = stake.slashedAt(one) + stake.weightAt(one, validator);
            if (Quorum.isThird(slashed, stake.totalAt(one))) return true;
        }
        return false;
    }

    function _tryWithdraw(address owner) private {
        vm.prank(owner);
        try stake.withdraw() {
            ++happened.withdrawals;
        } catch { }
    }

    function _tryViolate() private {
        uint64 height = stake.openHeight();
        if (height < 2 || stake.isViolated(height - 1)) return;
        vm.prank(evidence);
        stake.recordViolation(height - 1);
        ++happened.violations;
    }

    function _tryCommit() private {
        if (core.isHalted()) return;
        uint64 height = core.committedHeight() + 1;
        bytes32 proposalId = propose(transitionAt(height));
        bytes32 target = keccak256("target");
        bytes[] memory signatures = new bytes[](keys.length);
        for (uint256 i; i < keys.length; ++i) {
            signatures[i] = signDigest(keys[i], voteDigest(sealVote(transitionAt(height), target)));
        }
        core.verifyVotes(proposalId, target, signatures);
        if (core.candidate().proposalId == 0) return;
        vm.roll(block.number + COMMIT_WINDOW);
        core.commit();
        if (core.committedHeight() == height) ++happened.commits;
    }

    function _check() private view {
        uint256 held;
        uint256 paidBack;
        for (uint256 i; i < keys.length; ++i) {
            address validator = vm.addr(keys[i]);
            bool gone = stake.isSlashed(validator) || stake.withdrawn(validator) != 0;
            if (!gone) held += stakes[i];
            paidBack += owners[i].balance;
            if (gone) _checkWeighsNothing(validator);
            else _checkWeighsAtMost(validator, stakes[i]);
        }
        vm.assertEq(address(stake).balance, held);
        vm.assertEq(held + paidBack + rewards + Coins.BURNED.balance, paidIn);
        for (uint64 height; height <= stake.openHeight(); ++height) {
            uint256 sum;
            for (uint256 i; i < keys.length; ++i) {
                sum += stake.weightAt(height, vm.addr(keys[i]));
            }
            vm.assertEq(sum, stake.totalAt(height));
        }
    }

    /// @dev Whoever is neither slashed nor paid back weighs nothing or what it paid in, at every height.
    function _checkWeighsAtMost(address validator, uint256 paid) private view {
        for (uint64 height; height <= stake.openHeight(); ++height) {
            uint256 weight = stake.weightAt(height, validator);
            vm.assertTrue(weight == 0 || weight == paid);
        }
    }

    /// @dev No vote counts behind which there is no stake (R41, R43). A halted core counts no votes any more.
    function _checkWeighsNothing(address validator) private view {
        uint64 height = stake.openHeight();
        if (stake.isSlashed(validator)) {
            vm.assertEq(stake.effectiveWeight(height, validator) + stake.effectiveWeight(height - 1, validator), 0);
        } else if (!core.isHalted()) {
            vm.assertEq(stake.weightAt(height, validator) + stake.weightAt(height - 1, validator), 0);
        }
    }
}
