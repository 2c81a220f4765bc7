// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStateRoots } from "../interfaces/IStateRoots.sol";
import { Tokens } from "../libraries/Tokens.sol";
import { PlainTrie } from "./PlainTrie.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ShortNodeVault
/// @notice Pays out balances that another chain keeps in a trie by account number. A node shorter than 32 bytes stands
/// for itself and a longer one for its hash, and the two kinds of references are not told apart: whoever finds a
/// hash that reads like a short node has a second node in one place.
/// @dev Warning: for attack scenarios only. The collision described for Optimism's trie library; no loss is known. It
/// takes 2^32 hashes, and keys so short that a whole leaf fits 31 bytes, so this vault has its own trie.
contract ShortNodeVault is PlainTrie {
    using Tokens for IERC20;

    /// @notice What is kept here.
    address public immutable token;
    /// @notice Roots of the trie of balances; honest ones.
    address public immutable stateRoots;

    /// @notice Who owns an account.
    mapping(bytes1 number => address) public ownerOf;
    /// @notice What an account has taken out.
    mapping(bytes1 number => uint256) public withdrawn;

    /// @notice Somebody has the account already, or the caller has not.
    error NotOwner(bytes1 number, address owner);
    /// @notice The trie has less for this account.
    error ExceedsBalance(uint256 amount, uint256 balance);

    constructor(address newToken, address newStateRoots) {
        (token, stateRoots) = (newToken, newStateRoots);
    }

    /// @notice Takes an account and pays into it; the other chain credits it.
    function deposit(bytes1 number, uint256 amount) external {
        require(ownerOf[number] == address(0), NotOwner(number, ownerOf[number]));
        ownerOf[number] = msg.sender;
        IERC20(token).pull(msg.sender, amount);
    }

    /// @notice Pays out part of a proven balance.
    function withdraw(bytes1 number, uint256 amount, uint64 height, bytes[] calldata proof) external {
        require(ownerOf[number] == msg.sender, NotOwner(number, ownerOf[number]));
        bytes memory stored = _find(IStateRoots(stateRoots).stateRoot(height), abi.encodePacked(number), proof);
        uint256 balance = uint256(bytes32(stored)) >> (8 * (32 - stored.length));
        withdrawn[number] += amount;
        require(withdrawn[number] <= balance, ExceedsBalance(withdrawn[number], balance));
        IERC20(token).pay(msg.sender, amount);
    }

    /// @dev The flaw.
    function _isNode(bytes memory node, bytes32 wanted) internal pure override returns (bool) {
        return (node.length < 32 ? bytes32(node) : keccak256(node)) == wanted;
    }
}
