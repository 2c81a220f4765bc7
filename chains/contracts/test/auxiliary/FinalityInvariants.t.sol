// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Vote } from "../../src/types/Types.sol";
import { Network } from "../support/Network.sol";

/// @notice Whatever validators sign, in any order and about two rival origins, on one branch the finalised heights
/// only grow, what is finalised stays, and no height has two finalised checkpoints.
contract FinalityInvariantsTest is Network {
    uint256 private constant STEPS = 80;
    uint64 private constant ORIGIN_HEIGHTS = 10;

    bytes[] private rivalHeaders;
    bytes32[] private rivalHashes;
    uint64[2] private finalisedHeight;
    uint64[2] private dynasty;
    mapping(uint256 height => bytes32) private auxiliaryRecord;
    mapping(uint256 height => bytes32) private originRecord;

    /// @dev R17.
    /// forge-config: default.fuzz.runs = 24
    function testFuzz_finalityOnlyGrows(uint256 seed) public {
        deployNetwork();
        makeRivals();
        reportAuxiliary(2 * EPOCH);
        finalisedHeight[1] = observer.lastFinalised().height;
        for (uint256 i; i < STEPS; ++i) {
            step(uint256(keccak256(abi.encode(seed, i))));
            check();
        }
        // The schedule is no test of anything unless it finalises.
        vm.assertGt(uint256(dynasty[0]) + dynasty[1], 0);
    }

    function makeRivals() private {
        makeChain(originHeaders, originHashes, 1, uint256(ORIGIN_HEIGHTS) * EPOCH + 1);
        makeChain(rivalHeaders, rivalHashes, 3, uint256(ORIGIN_HEIGHTS) * EPOCH + 1);
        for (uint256 height = 3; height <= ORIGIN_HEIGHTS; ++height) {
            observer.reportCheckpoint(originHeaders[height * EPOCH]);
            observer.reportCheckpoint(rivalHeaders[height * EPOCH]);
        }
    }

    function step(uint256 random) private {
        uint256 kind = random % 4;
        if (kind == 0) reportAuxiliary(store.tip().number + 1 + (random >> 8) % EPOCH);
        else if (kind == 1) castBySome(random, anyAuxiliaryVote(random >> 16));
        else if (kind == 2) castBySome(random, anyOriginVote(random >> 16));
        else castBySome(random, honestVote());
    }

    /// @dev A link between any two reported checkpoints, mostly from one that is justified.
    function anyAuxiliaryVote(uint256 random) private view returns (Vote memory) {
        uint64 top = uint64(store.tip().number / EPOCH);
        uint64 source = random % 3 == 0 ? uint64((random >> 8) % (top + 1)) : store.lastJustified().height;
        return auxiliaryVote(source, uint64((random >> 24) % (top + 1)));
    }

    /// @dev A link from the last justified origin checkpoint, or any, to one of either origin.
    function anyOriginVote(uint256 random) private view returns (Vote memory vote) {
        uint64 source = 2 + uint64((random >> 8) % ORIGIN_HEIGHTS) % (ORIGIN_HEIGHTS - 1);
        uint64 target = observer.lastJustified().height + 1 + uint64((random >> 24) % 2);
        if (target > ORIGIN_HEIGHTS) target = ORIGIN_HEIGHTS;
        vote = Vote(originId, 0, onEither(source, random), onEither(target, random >> 1), source, target);
        if (random % 5 == 0) return vote;
        vote.source = observer.lastJustified().hash;
        vote.sourceHeight = observer.lastJustified().height;
    }

    function onEither(uint64 height, uint256 random) private view returns (bytes32) {
        return random & 1 == 0 ? originHashes[uint256(height) * EPOCH] : rivalHashes[uint256(height) * EPOCH];
    }

    function honestVote() private returns (Vote memory) {
        uint64 source = store.lastJustified().height;
        if (store.tip().number < (uint256(source) + 1) * EPOCH) reportAuxiliary((uint256(source) + 1) * EPOCH);
        return auxiliaryVote(source, source + 1);
    }

    /// @dev A refused vote changes nothing, so refusals are passed over.
    function castBySome(uint256 random, Vote memory vote) private {
        for (uint256 i; i < secrets.length; ++i) {
            if ((random >> (200 + i)) & 1 == 0 && (random >> (210 + i)) & 1 == 0) continue;
            try polls.castVote(vote, signVote(i, vote)) { } catch { }
        }
    }

    function check() private {
        uint64[2] memory heights = [store.lastFinalised().height, observer.lastFinalised().height];
        uint64[2] memory dynasties = [store.dynasty(), observer.dynasty()];
        for (uint256 i; i < 2; ++i) {
            vm.assertTrue(heights[i] >= finalisedHeight[i]);
            // A dynasty is a finalisation, and each is at a height of its own.
            vm.assertTrue(heights[i] - finalisedHeight[i] >= dynasties[i] - dynasty[i]);
            vm.assertTrue(heights[i] == finalisedHeight[i] || dynasties[i] > dynasty[i]);
        }
        (finalisedHeight, dynasty) = (heights, dynasties);
        vm.assertTrue(store.lastJustified().height >= heights[0]);
        vm.assertTrue(observer.lastJustified().height >= heights[1]);
        checkRecords();
    }

    function checkRecords() private {
        uint256 records;
        for (uint256 height = 1; height <= finalisedHeight[0]; ++height) {
            bytes32 found = store.finality(height);
            vm.assertTrue(auxiliaryRecord[height] == 0 || auxiliaryRecord[height] == found);
            auxiliaryRecord[height] = found;
            if (found == 0) continue;
            ++records;
            vm.assertTrue(store.isFinalised(store.checkpointHash(height)));
        }
        vm.assertEq(records, dynasty[0]);
        for (uint64 height = 2; height <= ORIGIN_HEIGHTS; ++height) {
            bytes32 found = observer.finalisedHash(height);
            vm.assertTrue(originRecord[height] == 0 || originRecord[height] == found);
            originRecord[height] = found;
            bytes32 own = originHashes[uint256(height) * EPOCH];
            bytes32 rival = rivalHashes[uint256(height) * EPOCH];
            vm.assertFalse(observer.isFinalised(own) && observer.isFinalised(rival));
            vm.assertEq(observer.isFinalised(own) || observer.isFinalised(rival), found != 0);
        }
    }
}
