// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { RLP } from "@openzeppelin/contracts/utils/RLP.sol";

/// @title Headers
/// @notice Makes RLP block headers as geth does after Osaka.
library Headers {
    struct Draft {
        bytes32 parentHash;
        bytes32 stateRoot;
        bytes32 transactionsRoot;
        uint256 number;
        uint256 gasUsed;
        uint256 extra;
    }

    function encode(Draft memory draft) internal pure returns (bytes memory) {
        bytes[] memory items = new bytes[](21);
        items[0] = _word(draft.parentHash);
        items[1] = _word(keccak256(hex"c0"));
        items[2] = RLP.encode(abi.encodePacked(address(uint160(draft.extra))));
        items[3] = _word(draft.stateRoot);
        items[4] = _word(draft.transactionsRoot);
        items[5] = _word(keccak256("receipts"));
        items[6] = RLP.encode(new bytes(256));
        items[7] = RLP.encode(uint256(0));
        items[8] = RLP.encode(draft.number);
        items[9] = RLP.encode(uint256(60_000_000));
        items[10] = RLP.encode(draft.gasUsed);
        items[11] = RLP.encode(uint256(1_700_000_000) + draft.number);
        items[12] = RLP.encode(bytes(""));
        items[13] = _word(bytes32(draft.extra));
        items[14] = RLP.encode(new bytes(8));
        items[15] = RLP.encode(uint256(7));
        items[16] = _word(keccak256("withdrawals"));
        items[17] = RLP.encode(uint256(0));
        items[18] = RLP.encode(uint256(0));
        items[19] = _word(bytes32(0));
        items[20] = _word(keccak256("requests"));
        return RLP.encode(items);
    }

    function _word(bytes32 word) private pure returns (bytes memory) {
        return RLP.encode(abi.encodePacked(word));
    }
}
