// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { StructHash } from "../src/libraries/StructHash.sol";
import { Kernel, Transition, Vote } from "../src/types/Types.sol";
import { Headers } from "./support/Headers.sol";
import { Members } from "./support/Members.sol";
import { Tries } from "./support/Tries.sol";
import { Vm } from "./support/Vm.sol";

/// @notice R42, R44, S10: meta-block after meta-block with joins, leaves and slashes, both chains hold the same sets
/// with the same weights and totals at every height. The kernels come from the core's own events and are proven.
contract SameSetsTest is Members {
    using StructHash for Kernel;
    using StructHash for Transition;

    uint256 private constant HEIGHTS = 8;
    bytes32 private constant KERNEL_OPENED =
        keccak256("KernelOpened(uint64,bytes32,(uint64,bytes32,address[],uint256[],uint256))");

    /// @dev Secrets of everybody who ever was a validator.
    uint256[] private everybody;
    uint256 private joined;
    mapping(bytes32 blockHash => uint256) private observedNumber;

    /// @dev R44.
    /// forge-config: default.fuzz.runs = 16
    function testFuzz_bothChainsHoldTheSameSets(uint256 seed) public {
        maxKernelChanges = 3;
        minimumTotal = MINIMUM_STAKE;
        useOrigin();
        deployOrigin();
        useAuxiliary();
        deployAuxiliary();
        everybody = secrets;
        uint64 checkpoint = 0;
        for (uint64 height = 1; height <= HEIGHTS; ++height) {
            _change(uint256(keccak256(abi.encode(seed, height))));
            if (core.isHalted()) return;
            checkpoint = _finaliseCheckpoint(height);
            Transition memory transition = store.transitionAt(auxiliaryCheckpoint(checkpoint));
            Kernel memory next = _commit(transition, checkpoint);
            if (core.isHalted()) return;
            _prove(next, transition);
            _finaliseCheckpoint(height);
            _finaliseCheckpoint(height);
            _compare(height + 1);
        }
    }

    /// @dev One or two of: a join, a leave, a join that is cancelled, a slash on both chains.
    function _change(uint256 random) private {
        for (uint256 i; i < 2; ++i) {
            uint256 kind = (random >> (8 * i)) % 6;
            if (core.isHalted()) return;
            if (kind <= 1) _join(kind == 0);
            else if (kind == 2) _tryLogOut(depositors[(random >> 32) % depositors.length]);
            else if (kind == 3) _trySlash(everybody[(random >> 64) % everybody.length]);
        }
    }

    function _join(bool cancelled) private {
        join(joined, 40 ether + joined * 1 ether);
        everybody.push(newSecret(joined));
        if (cancelled) logOut(newDepositor(joined));
        else depositors.push(newDepositor(joined));
        ++joined;
    }

    function _tryLogOut(address depositor) private {
        address validator = stake.validatorOf(depositor);
        if (stake.isLeaving(validator) || stake.isSlashed(validator) || stake.cancelledAt(validator) != 0) return;
        logOut(depositor);
    }

    /// @dev Auxiliary knows a validator only once a kernel named it.
    function _trySlash(uint256 secret) private {
        address validator = vm.addr(secret);
        if (stake.isSlashed(validator)) return;
        (Vote memory first, Vote memory second) = doubleVote(type(uint64).max);
        bytes memory one = signDigest(secret, voteDigest(first));
        bytes memory two = signDigest(secret, voteDigest(second));
        stake.slash(first, one, second, two);
        if (gateway.member(validator).known) polls.slash(first, one, second, two);
    }

    function _castEverybody(Vote memory vote) private {
        Vote[] memory votes = new Vote[](everybody.length);
        bytes[] memory signatures = new bytes[](everybody.length);
        for (uint256 i; i < everybody.length; ++i) {
            votes[i] = vote;
            signatures[i] = signDigest(everybody[i], voteDigest(vote));
        }
        polls.castVotes(votes, signatures);
    }

    /// @dev Two links further; returns the checkpoint finalised last, under kernel `height`.
    function _finaliseCheckpoint(uint64) private returns (uint64) {
        uint64 justified = store.lastJustified().height;
        reportAuxiliary((justified + 3) * EPOCH);
        _castEverybody(auxiliaryVote(justified, justified + 1));
        _castEverybody(auxiliaryVote(justified + 1, justified + 2));
        vm.assertEq(store.lastFinalised().height, justified + 1);
        return justified + 1;
    }

    function _commit(Transition memory transition, uint64 checkpoint) private returns (Kernel memory kernel) {
        useOrigin();
        bytes32 proposalId = core.propose{ value: BOND }(
            transition, auxiliaryHeaders[uint256(checkpoint) * EPOCH], observedNumber[transition.originCheckpoint]
        );
        Vote memory vote = sealVote(transition, auxiliaryCheckpoint(checkpoint + 1));
        bytes[] memory signatures = new bytes[](everybody.length);
        for (uint256 i; i < everybody.length; ++i) {
            signatures[i] = signDigest(everybody[i], voteDigest(vote));
        }
        core.verifyVotes(proposalId, vote.target, signatures);
        vm.assertEq(core.candidate().proposalId, proposalId);
        vm.roll(block.number + COMMIT_WINDOW);
        vm.recordLogs();
        core.commit();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == KERNEL_OPENED) kernel = abi.decode(logs[i].data, (Kernel));
        }
    }

    function _prove(Kernel memory kernel, Transition memory transition) private {
        vm.assertEq(kernel.hash(), core.openKernelHash());
        (bytes32 storageRoot, bytes[] memory slotProof) = Tries.storageTrie(0, uint256(core.openKernelHash()));
        (bytes32 stateRoot, bytes[] memory accountProof) = Tries.stateTrie(address(core), storageRoot, 0);
        uint64 base = observer.lastJustified().height;
        bytes memory header =
            Headers.encode(Headers.Draft(0, stateRoot, 0, uint256(base + 1) * EPOCH, 0, kernel.height));
        bytes memory child = Headers.encode(Headers.Draft(0, 0, 0, uint256(base + 2) * EPOCH, 0, kernel.height));
        _pin(keccak256(header), uint256(base + 1) * EPOCH);
        _pin(keccak256(child), uint256(base + 2) * EPOCH);
        observer.reportCheckpoint(header);
        observer.reportCheckpoint(child);
        bytes32 known = observer.lastJustified().hash;
        _castEverybody(Vote(originId, 0, known, keccak256(header), base, base + 1));
        _castEverybody(Vote(originId, 0, keccak256(header), keccak256(child), base + 1, base + 2));
        gateway.proveKernel(kernel, transition, base + 1, accountProof, slotProof);
    }

    /// @dev As committers do once auxiliary believes an origin block (R83).
    function _pin(bytes32 blockHash, uint256 number) private {
        vm.setBlockhash(number, blockHash);
        core.pinOrigin(number);
        observedNumber[blockHash] = number;
    }

    function _compare(uint64 height) private view {
        vm.assertEq(gateway.activeHeight(), height);
        vm.assertEq(stake.openHeight(), height);
        vm.assertEq(gateway.totalAt(height), stake.totalAt(height));
        vm.assertEq(gateway.totalAt(height - 1), stake.totalAt(height - 1));
        uint256 sum;
        for (uint256 i; i < everybody.length; ++i) {
            address validator = vm.addr(everybody[i]);
            vm.assertEq(gateway.weightAt(height, validator), stake.weightAt(height, validator));
            vm.assertEq(gateway.weightAt(height - 1, validator), stake.weightAt(height - 1, validator));
            sum += stake.weightAt(height, validator);
        }
        vm.assertEq(sum, stake.totalAt(height));
    }
}
