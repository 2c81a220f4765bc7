// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @notice One RLP item inside a byte string.
/// @param offset Where its prefix stands.
/// @param payload Where its content begins.
/// @param end Where it ends, content included.
/// @param list True for a list.
struct RlpItem {
    uint256 offset;
    uint256 payload;
    uint256 end;
    bool list;
}

/// @title RlpReader
/// @notice Reads canonical RLP and nothing else: shortest lengths, no wrapped single bytes, nothing past the end.
library RlpReader {
    uint256 private constant SHORT_STRING = 0x80;
    uint256 private constant LONG_STRING = 0xb7;
    uint256 private constant SHORT_LIST = 0xc0;
    uint256 private constant LONG_LIST = 0xf7;
    uint256 private constant SHORT_LIMIT = 55;

    /// @notice The bytes at `offset` are not canonical RLP.
    error MalformedRlp(uint256 offset);
    /// @notice A string stands where a list must, or the other way round.
    error UnexpectedKind(uint256 offset);
    /// @notice The integer does not fit 32 bytes, or has a leading zero.
    error MalformedInteger(uint256 offset);

    /// @notice Reads the item at `offset`, which must end at `limit` or before.
    function read(bytes memory data, uint256 offset, uint256 limit) internal pure returns (RlpItem memory item) {
        require(offset < limit && limit <= data.length, MalformedRlp(offset));
        uint256 prefix = uint8(data[offset]);
        item.offset = offset;
        item.list = prefix >= SHORT_LIST;
        if (prefix < SHORT_STRING) {
            (item.payload, item.end) = (offset, offset + 1);
            return item;
        }
        uint256 short = item.list ? SHORT_LIST : SHORT_STRING;
        uint256 long = item.list ? LONG_LIST : LONG_STRING;
        if (prefix <= long) {
            item.payload = offset + 1;
            item.end = item.payload + prefix - short;
            require(item.end <= limit, MalformedRlp(offset));
            bool wrapped = prefix == SHORT_STRING + 1 && uint8(data[item.payload]) < SHORT_STRING;
            require(!wrapped, MalformedRlp(offset));
            return item;
        }
        uint256 length = _length(data, offset, prefix - long, limit);
        item.payload = offset + 1 + prefix - long;
        item.end = item.payload + length;
        require(item.end <= limit, MalformedRlp(offset));
    }

    /// @notice Reads the one item that fills `data`.
    function readWhole(bytes memory data) internal pure returns (RlpItem memory item) {
        item = read(data, 0, data.length);
        require(item.end == data.length, MalformedRlp(item.end));
    }

    /// @notice Items of a list. More than `most` are refused.
    function items(bytes memory data, RlpItem memory list, uint256 most)
        internal
        pure
        returns (RlpItem[] memory found, uint256 count)
    {
        require(list.list, UnexpectedKind(list.offset));
        found = new RlpItem[](most);
        for (uint256 offset = list.payload; offset < list.end; ++count) {
            require(count < most, MalformedRlp(offset));
            found[count] = read(data, offset, list.end);
            offset = found[count].end;
        }
    }

    /// @notice Content of a string.
    function content(bytes memory data, RlpItem memory item) internal pure returns (bytes memory result) {
        require(!item.list, UnexpectedKind(item.offset));
        result = new bytes(item.end - item.payload);
        for (uint256 i; i < result.length; ++i) {
            result[i] = data[item.payload + i];
        }
    }

    /// @notice Content of a string of exactly 32 bytes.
    function word(bytes memory data, RlpItem memory item) internal pure returns (bytes32) {
        require(!item.list && item.end - item.payload == 32, UnexpectedKind(item.offset));
        return bytes32(_load(data, item.payload, 32));
    }

    /// @notice An integer without leading zeros.
    function integer(bytes memory data, RlpItem memory item) internal pure returns (uint256 value) {
        uint256 length = item.end - item.payload;
        require(!item.list && length <= 32, MalformedInteger(item.offset));
        if (length == 0) return 0;
        require(data[item.payload] != 0, MalformedInteger(item.offset));
        value = _load(data, item.payload, length);
    }

    function _length(bytes memory data, uint256 offset, uint256 lengthOfLength, uint256 limit)
        private
        pure
        returns (uint256 length)
    {
        require(offset + 1 + lengthOfLength <= limit, MalformedRlp(offset));
        require(data[offset + 1] != 0, MalformedRlp(offset));
        length = _load(data, offset + 1, lengthOfLength);
        require(length > SHORT_LIMIT, MalformedRlp(offset));
    }

    /// @dev `length` (1 to 32) bytes at `offset`, right-aligned; the caller has checked the bounds.
    function _load(bytes memory data, uint256 offset, uint256 length) private pure returns (uint256 value) {
        // Memory-safe: only reads, and what lies past the bytes is shifted away.
        assembly ("memory-safe") {
            value := mload(add(add(data, 32), offset))
        }
        value >>= 8 * (32 - length);
    }
}
