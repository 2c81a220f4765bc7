// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Roots
/// @notice A core, or an observer, of which only the roots and the halt matter.
contract Roots {
    mapping(uint64 height => bytes32) private roots;
    uint64 public committedHeight;
    bool public isHalted;

    error NotCommitted(uint64 height);

    function add(bytes32 root) external returns (uint64 height) {
        height = ++committedHeight;
        roots[height] = root;
    }

    function halt() external {
        isHalted = true;
    }

    function stateRoot(uint64 height) external view returns (bytes32) {
        require(roots[height] != 0, NotCommitted(height));
        return roots[height];
    }
}

/// @title TestToken
/// @notice An ERC-20 that can misbehave: take a fee out of what is sent, take it on top, or call somebody.
contract TestToken is ERC20("Token", "TKN") {
    uint256 public fee;
    uint256 public surcharge;
    address private called;
    bytes private callData;
    bool private calling;
    bool public callSucceeded;
    bytes public callResult;

    function mint(address owner, uint256 amount) external {
        _mint(owner, amount);
    }

    function setFees(uint256 newFee, uint256 newSurcharge) external {
        (fee, surcharge) = (newFee, newSurcharge);
    }

    function setCall(address target, bytes calldata data) external {
        (called, callData) = (target, data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, amount);
        super._update(from, to, amount - fee);
        if (fee + surcharge > 0) super._update(from, address(0xFEE), fee + surcharge);
        if (called == address(0) || calling) return;
        calling = true;
        (callSucceeded, callResult) = called.call(callData);
        calling = false;
    }
}

/// @title Refuser
/// @notice Takes no coins, but acts.
contract Refuser {
    receive() external payable {
        revert();
    }

    function act(address target, bytes calldata data, uint256 coins) external {
        (bool success, bytes memory result) = target.call{ value: coins }(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }
}

/// @title Recaller
/// @notice Calls again, from inside, when it is sent coins.
contract Recaller {
    address private immutable target;
    bytes private inner;
    bytes public callResult;

    constructor(address newTarget, bytes memory newInner) {
        (target, inner) = (newTarget, newInner);
    }

    receive() external payable {
        (, callResult) = target.call(inner);
    }

    function act(bytes calldata data) external {
        (bool success,) = target.call(data);
        require(success);
    }
}
