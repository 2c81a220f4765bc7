// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Coins } from "../../src/libraries/Coins.sol";
import { Members } from "../support/Members.sol";

/// @notice No weight without stake and no stake without owner: after every step of a random life the contract holds
/// exactly the stakes that nobody withdrew or lost, and the weights of every height add up to its total.
contract StakeConservationTest is Members {
    uint256 private constant STEPS = 60;

    address[] private owners;
    uint256[] private keys;
    uint256 private joined;
    uint256 private paidIn;
    uint256 private rewards;

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_everyCoinHasItsPlace(uint256 seed) public {
        maxKernelChanges = 2;
        minimumTotal = MINIMUM_STAKE;
        deployOrigin();
        owners = depositors;
        keys = secrets;
        paidIn = totalWeight();
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
            _check();
        }
    }

    function _step(uint256 random) private {
        uint256 pick = (random >> 16) % owners.length;
        uint256 kind = random % 8;
        if (kind == 0 && !core.isHalted()) _join();
        else if (kind == 1) _tryLogOut(owners[pick]);
        else if (kind == 2) _trySlash(keys[pick]);
        else if (kind <= 4) _tryWithdraw(owners[pick]);
        else if (kind == 5) vm.roll(block.number + (random >> 32) % (2 * WITHDRAWAL_DELAY));
        else if (kind == 6) _tryViolate();
        else _tryCommit();
    }

    function _join() private {
        join(joined, 40 ether + joined);
        owners.push(newDepositor(joined));
        keys.push(newSecret(joined));
        paidIn += 40 ether + joined;
        ++joined;
    }

    function _tryLogOut(address owner) private {
        vm.prank(owner);
        try stake.logout() { } catch { }
    }

    function _trySlash(uint256 secret) private {
        address validator = vm.addr(secret);
        if (stake.isSlashed(validator) || stake.withdrawn(validator) != 0) return;
        uint256 before = address(this).balance;
        slashSecret(secret);
        rewards += address(this).balance - before;
        vm.assertEq(address(this).balance - before, stake.member(validator).weight / 25);
    }

    function _tryWithdraw(address owner) private {
        vm.prank(owner);
        try stake.withdraw() { } catch { }
    }

    function _tryViolate() private {
        uint64 height = stake.openHeight();
        if (height < 2 || stake.isViolated(height - 1)) return;
        vm.prank(evidence);
        stake.recordViolation(height - 1);
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
    }

    function _check() private view {
        uint256 held;
        uint256 paidBack;
        for (uint256 i; i < keys.length; ++i) {
            address validator = vm.addr(keys[i]);
            bool gone = stake.isSlashed(validator) || stake.withdrawn(validator) != 0;
            if (!gone) held += stake.member(validator).weight;
            paidBack += owners[i].balance;
            if (gone) _checkWeighsNothing(validator);
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
