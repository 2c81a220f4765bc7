// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Rewards } from "../src/auxiliary/Rewards.sol";
import { RewardsParameters } from "../src/interfaces/IRewards.sol";
import { Member } from "../src/interfaces/IStake.sol";
import { CoreIdentifier } from "../src/libraries/CoreIdentifier.sol";
import { FixedSlots } from "../src/libraries/FixedSlots.sol";
import { Signing } from "../src/libraries/Signing.sol";
import { StructHash } from "../src/libraries/StructHash.sol";
import { Vote } from "../src/types/Types.sol";
import { Tries } from "./support/Tries.sol";
import { Vectors } from "./support/Vectors.sol";

/// @notice Shares and payments against a table made with exact fractions; Python checks the same file (R75, R76).
/// @dev It stands for every contract that Rewards asks, so that a row may have any members, kernels and voters.
contract RewardsVectorsTest is Vectors {
    using StructHash for Vote;

    uint64 private constant FIRST_TARGET = 2;

    bytes32 private coreId = CoreIdentifier.compose(1337, address(0xc0));
    string private path;
    uint256 private row;
    bytes32 private observedRoot;

    /// @notice KernelGateway: every commit is proven.
    uint64 public constant committedHeight = type(uint64).max;
    /// @notice KernelGateway: weight of both sets.
    mapping(uint64 height => uint256) public jointTotalAt;
    mapping(address validator => Member) private members;
    mapping(address validator => mapping(uint64 targetHeight => bytes32)) private counted;

    constructor() Vectors("rewards.json") { }

    function test_rewards() public {
        for (path = _at(".rows", 0); vm.keyExistsJson(json, path); path = _at(".rows", ++row)) {
            _check(new Rewards(_parameters()));
        }
        vm.assertEq(row, 45);
    }

    function _check(Rewards rewards) private {
        uint256[] memory weights = _uints(".weights");
        uint256[] memory entered = _uints(".entered");
        uint256[] memory left = _uints(".left");
        for (uint256 i; i < weights.length; ++i) {
            members[_validator(i)] =
                Member(uint96(weights[i]), uint32(i), uint32(entered[i]), uint32(left[i]), true, false);
        }
        _settle(rewards, weights.length);
        uint256[] memory paid = _uints(".paid");
        for (uint256 i; i < weights.length; ++i) {
            _checkValidator(rewards, i, paid[i]);
        }
    }

    function _settle(Rewards rewards, uint256 memberCount) private {
        uint256[] memory incomes = _uints(".incomes");
        uint256[] memory kernelHeights = _uints(".kernelHeights");
        uint256[] memory totals = _uints(".jointTotals");
        uint256[] memory voters = _uints(".voters");
        for (uint256 link; link < incomes.length; ++link) {
            Vote memory vote;
            vote.targetHeight = FIRST_TARGET + uint64(link);
            vm.deal(address(rewards), address(rewards).balance + incomes[link]);
            rewards.settle(vote, uint64(kernelHeights[link]));
            jointTotalAt[uint64(kernelHeights[link])] = totals[link];
            bytes32 digest = Signing.digest(Signing.domainOf(coreId), vote.hash());
            for (uint256 i; i < memberCount; ++i) {
                counted[_validator(i)][vote.targetHeight] = voters[link] >> i & 1 == 1 ? digest : bytes32(0);
            }
        }
    }

    function _checkValidator(Rewards rewards, uint256 index, uint256 paid) private {
        address validator = _validator(index);
        uint256[] memory shares = _uints(string.concat(".shares[", vm.toString(index), "]"));
        uint256 earned;
        for (uint256 link; link < shares.length; ++link) {
            uint64 target = FIRST_TARGET + uint64(link);
            vm.assertEq(rewards.shareOf(validator, target), shares[link], path);
            earned += shares[link];
            if (counted[validator][target] == 0) continue;
            uint64[] memory targets = new uint64[](1);
            targets[0] = target;
            rewards.claim(validator, targets);
        }
        vm.assertEq(rewards.paid(validator), paid, path);
        vm.assertEq(rewards.earned(validator), earned, path);
        if (_uint(path, ".withdraws") >> index & 1 == 0) return;
        _proveWithdrawal(rewards, validator);
        vm.assertEq(rewards.paid(validator), earned, path);
        vm.assertEq(validator.balance, earned, path);
    }

    function _proveWithdrawal(Rewards rewards, address validator) private {
        uint256 slot = FixedSlots.entry(uint160(validator), FixedSlots.STAKE_WITHDRAWN);
        (bytes32 storageRoot, bytes[] memory storageProof) = Tries.storageTrie(slot, 1);
        bytes[] memory accountProof;
        (observedRoot, accountProof) = Tries.stateTrie(rewards.stake(), storageRoot, keccak256("code"));
        rewards.proveWithdrawal(validator, 1, accountProof, storageProof);
    }

    /* WHAT REWARDS ASKS */

    /// @notice KernelGateway: a member.
    function member(address validator) external view returns (Member memory) {
        return members[validator];
    }

    /// @notice PollingPlace: the vote counted at that height.
    function countedVote(bytes32, address validator, uint64 targetHeight) external view returns (bytes32, uint64) {
        return (counted[validator][targetHeight], 0);
    }

    /// @notice OriginObserver: state root of the one observation.
    function stateRoot(uint64) external view returns (bytes32) {
        return observedRoot;
    }

    /* ROWS */

    function _parameters() private view returns (RewardsParameters memory) {
        return RewardsParameters(coreId, address(this), address(this), address(this), address(this), address(0x57a4e));
    }

    /// @dev Another one in every row: what a row paid must not count in the next.
    function _validator(uint256 index) private view returns (address) {
        return address(uint160(0x1000 + row * 0x100 + index));
    }

    function _uints(string memory key) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, string.concat(path, key));
    }
}
