// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title BlockHashes
/// @notice Hashes of this chain's own past blocks: BLOCKHASH within 256 blocks, EIP-2935 within 8191.
library BlockHashes {
    /// @notice System contract of EIP-2935.
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant OPCODE_WINDOW = 256;
    uint256 private constant HISTORY_WINDOW = 8191;

    /// @notice Hash of block `number`, zero if it is not a past block inside the window.
    function hashOf(uint256 number) internal view returns (bytes32) {
        if (number >= block.number || block.number - number > HISTORY_WINDOW) return 0;
        if (block.number - number <= OPCODE_WINDOW) return blockhash(number);
        // Where there is no such contract the call succeeds with nothing: only 32 bytes are an answer.
        (bool success, bytes memory answer) = HISTORY.staticcall(abi.encode(number));
        return success && answer.length == 32 ? abi.decode(answer, (bytes32)) : bytes32(0);
    }
}
