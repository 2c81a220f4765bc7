// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

/// @title HeightSet
/// @notice A set of heights that knows how many of them lie in a range, word by word and without a loop over heights.
library HeightSet {
    /// @dev One bit per height.
    struct Heights {
        mapping(uint256 position => uint256) words;
    }

    uint256 private constant WORD_BITS = 256;

    /// @notice Adds `height`.
    function add(Heights storage set, uint256 height) internal {
        set.words[height / WORD_BITS] |= _bit(height);
    }

    /// @notice True if `height` was added.
    function contains(Heights storage set, uint256 height) internal view returns (bool) {
        return set.words[height / WORD_BITS] & _bit(height) != 0;
    }

    /// @notice How many heights from `first` to `last`, both included, are in the set.
    function countBetween(Heights storage set, uint256 first, uint256 last) internal view returns (uint256 count) {
        for (uint256 position = first / WORD_BITS; position <= last / WORD_BITS; ++position) {
            uint256 word = set.words[position];
            if (position == first / WORD_BITS) word &= ~(_bit(first) - 1);
            if (position == last / WORD_BITS) word &= _bit(last) | (_bit(last) - 1);
            for (; word != 0; word &= word - 1) {
                ++count;
            }
        }
    }

    function _bit(uint256 height) private pure returns (uint256 bit) {
        bit = 1;
        bit <<= height % WORD_BITS;
    }
}
