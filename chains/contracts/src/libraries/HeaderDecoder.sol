// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @notice What the protocol needs of a block header.
struct Header {
    bytes32 hash;
    bytes32 parentHash;
    bytes32 stateRoot;
    bytes32 transactionsRoot;
    uint256 number;
    uint256 gasUsed;
}

/// @title HeaderDecoder
/// @notice Reads RLP headers strictly: canonical lengths, no leading zeros, no trailing bytes. Zero-valued integers
/// decode, and fields of later forks may follow the known ones (R26).
library HeaderDecoder {
    uint256 private constant SHORT_STRING = 0x80;
    uint256 private constant SHORT_STRING_END = 0xb7;
    uint256 private constant SHORT_LIST = 0xc0;
    uint256 private constant LONG_LIST = 0xf7;
    uint256 private constant WORD_PREFIX = 0xa0;
    uint256 private constant ADDRESS_PREFIX = 0x94;
    /// @dev String of 256 bytes: 0xb9, then two bytes of length.
    uint256 private constant BLOOM_PREFIX = 0xb90100;
    uint256 private constant BLOOM_LENGTH = 256;
    /// @dev Items behind gasUsed that every header has: timestamp, extraData, mixHash, nonce.
    uint256 private constant LEAST_ITEMS_BEHIND = 4;

    /// @notice The header is not canonical RLP of a block header; `offset` is where that showed.
    error MalformedHeader(uint256 offset);

    /// @notice Decodes a header and hashes it.
    function decode(bytes memory rlp) internal pure returns (Header memory header) {
        uint256 offset = _list(rlp);
        header.hash = keccak256(rlp);
        (header.parentHash, offset) = _word(rlp, offset);
        (, offset) = _word(rlp, offset);
        offset = _expect(rlp, offset, 1, ADDRESS_PREFIX, 20);
        (header.stateRoot, offset) = _word(rlp, offset);
        (header.transactionsRoot, offset) = _word(rlp, offset);
        (, offset) = _word(rlp, offset);
        offset = _expect(rlp, offset, 3, BLOOM_PREFIX, BLOOM_LENGTH);
        (, offset) = _integer(rlp, offset);
        (header.number, offset) = _integer(rlp, offset);
        (, offset) = _integer(rlp, offset);
        (header.gasUsed, offset) = _integer(rlp, offset);
        _skipRest(rlp, offset);
    }

    /// @dev Offset of the first item of the outer list, which must fill `rlp` exactly.
    function _list(bytes memory rlp) private pure returns (uint256 offset) {
        uint256 prefix = _load(rlp, 0, 1);
        require(prefix > LONG_LIST, MalformedHeader(0));
        uint256 lengthOfLength = prefix - LONG_LIST;
        uint256 length = _load(rlp, 1, lengthOfLength);
        offset = 1 + lengthOfLength;
        // A header never fits a short list, so a length below 256 in one byte is the only shorter form.
        require(length > 55 && length >> (8 * (lengthOfLength - 1)) != 0, MalformedHeader(1));
        require(length == rlp.length - offset, MalformedHeader(1));
    }

    function _word(bytes memory rlp, uint256 offset) private pure returns (bytes32 word, uint256 next) {
        next = _expect(rlp, offset, 1, WORD_PREFIX, 32);
        word = bytes32(_load(rlp, offset + 1, 32));
    }

    /// @dev Steps over a string whose prefix is known.
    function _expect(bytes memory rlp, uint256 offset, uint256 prefixLength, uint256 prefix, uint256 length)
        private
        pure
        returns (uint256 next)
    {
        require(_load(rlp, offset, prefixLength) == prefix, MalformedHeader(offset));
        next = offset + prefixLength + length;
        require(next <= rlp.length, MalformedHeader(offset));
    }

    function _integer(bytes memory rlp, uint256 offset) private pure returns (uint256 value, uint256 next) {
        uint256 prefix = _load(rlp, offset, 1);
        if (prefix < SHORT_STRING) {
            require(prefix != 0, MalformedHeader(offset));
            return (prefix, offset + 1);
        }
        uint256 length = prefix - SHORT_STRING;
        require(length <= 32, MalformedHeader(offset));
        if (length == 0) return (0, offset + 1);
        value = _load(rlp, offset + 1, length);
        require(value >> (8 * (length - 1)) != 0, MalformedHeader(offset));
        require(length > 1 || value >= SHORT_STRING, MalformedHeader(offset));
        next = offset + 1 + length;
    }

    /// @dev The remaining items must be strings that end exactly where the list ends.
    function _skipRest(bytes memory rlp, uint256 offset) private pure {
        uint256 items;
        for (; offset < rlp.length; ++items) {
            offset = _skipString(rlp, offset);
        }
        require(items >= LEAST_ITEMS_BEHIND, MalformedHeader(offset));
    }

    function _skipString(bytes memory rlp, uint256 offset) private pure returns (uint256 next) {
        uint256 prefix = _load(rlp, offset, 1);
        require(prefix < SHORT_LIST, MalformedHeader(offset));
        if (prefix < SHORT_STRING) return offset + 1;
        if (prefix <= SHORT_STRING_END) {
            uint256 short = prefix - SHORT_STRING;
            next = offset + 1 + short;
            require(next <= rlp.length, MalformedHeader(offset));
            require(short != 1 || _load(rlp, offset + 1, 1) >= SHORT_STRING, MalformedHeader(offset));
            return next;
        }
        uint256 lengthOfLength = prefix - SHORT_STRING_END;
        uint256 length = _load(rlp, offset + 1, lengthOfLength);
        require(length > 55 && length >> (8 * (lengthOfLength - 1)) != 0, MalformedHeader(offset));
        require(length <= rlp.length, MalformedHeader(offset));
        next = offset + 1 + lengthOfLength + length;
        require(next <= rlp.length, MalformedHeader(offset));
    }

    /// @dev `length` (1 to 32) bytes at `offset`, right-aligned.
    function _load(bytes memory rlp, uint256 offset, uint256 length) private pure returns (uint256 value) {
        require(offset + length <= rlp.length, MalformedHeader(offset));
        // Memory-safe: only reads, and a word read past the end of the bytes is shifted away again.
        assembly ("memory-safe") {
            value := mload(add(add(rlp, 32), offset))
        }
        value >>= 8 * (32 - length);
    }
}
