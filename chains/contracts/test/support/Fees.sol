// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Kernel, MetaBlock, Transition, Vote } from "../../src/types/Types.sol";
import { Network } from "./Network.sol";
import { Tries } from "./Tries.sol";

/// @title Fees
/// @notice A network whose blocks pay fees to Rewards, and whose origin is observed with proofs of real tries.
abstract contract Fees is Network {
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Transition;

    /// @dev A producer's fee arrives without a call.
    function receiveFee(uint256 amount) internal {
        vm.deal(address(blockRewards), address(blockRewards).balance + amount);
    }

    /// @dev Everybody votes for the link from the last justified checkpoint to the next one.
    function finaliseNext() internal returns (uint64 targetHeight) {
        targetHeight = store.lastJustified().height + 1;
        reportAuxiliary(targetHeight * EPOCH);
        castAll(auxiliaryVote(targetHeight - 1, targetHeight));
    }

    /// @dev Finalises the origin checkpoint at `height` with that state root.
    function observe(uint64 height, bytes32 stateRoot) internal {
        chosenStateRoots[1][uint256(height) * EPOCH] = stateRoot;
        makeChain(originHeaders, originHashes, 1, (uint256(height) + 1) * EPOCH + 1);
        observer.reportCheckpoint(originHeaders[uint256(height) * EPOCH]);
        observer.reportCheckpoint(originHeaders[(uint256(height) + 1) * EPOCH]);
        castAll(originVote(observer.lastJustified().height, height));
        castAll(originVote(height, height + 1));
    }

    function nextKernel(uint64 committedHeight) internal view returns (Kernel memory kernel) {
        kernel.height = gateway.lastHeight() + 1;
        bytes32 committed = store.transitionHashOf(auxiliaryCheckpoint(committedHeight));
        kernel.parent = MetaBlock(gateway.kernelHash(kernel.height - 1), committed).hash();
        kernel.gasTarget = GAS_TARGET;
    }

    /// @dev Proves a kernel opened after the checkpoint at `committedHeight` was committed.
    function proveKernel(Kernel memory kernel, uint64 committedHeight, uint64 originHeight) internal {
        (bytes32 storageRoot, bytes[] memory storageProof) =
            Tries.storageTrie(FixedSlots.CORE_OPEN_KERNEL_HASH, uint256(kernel.hash()));
        (bytes32 stateRoot, bytes[] memory accountProof) =
            Tries.stateTrie(address(core), storageRoot, keccak256("code"));
        observe(originHeight, stateRoot);
        gateway.proveKernel(
            kernel, store.transitionAt(auxiliaryCheckpoint(committedHeight)), originHeight, accountProof, storageProof
        );
    }

    /// @dev Finalises an origin observation in which the stake marks `validator` with `mark`.
    function observeWithdrawn(address validator, uint256 mark, uint64 originHeight)
        internal
        returns (bytes[] memory accountProof, bytes[] memory storageProof)
    {
        bytes32 root;
        (root, storageProof) = Tries.storageTrie(FixedSlots.entry(uint160(validator), FixedSlots.STAKE_WITHDRAWN), mark);
        (root, accountProof) = Tries.stateTrie(address(stake), root, keccak256("code"));
        observe(originHeight, root);
    }

    function heights(uint64 one) internal pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = one;
    }

    function slashOnAuxiliary(uint256 index) internal {
        (Vote memory first, Vote memory second) = doubleVote(500);
        polls.slash(first, signVote(index, first), second, signVote(index, second));
    }
}
