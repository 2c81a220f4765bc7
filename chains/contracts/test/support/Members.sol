// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { Signing } from "../../src/libraries/Signing.sol";
import { StructHash } from "../../src/libraries/StructHash.sol";
import { Registration, Vote } from "../../src/types/Types.sol";
import { Network } from "./Network.sol";

/// @title Members
/// @notice Validators that come, go and are slashed, and heights that are closed in the core's name.
abstract contract Members is Network {
    using StructHash for Registration;

    function setUp() public virtual {
        deployNetwork();
        useOrigin();
    }

    function newSecret(uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("new validator", number)));
    }

    function newDepositor(uint256 number) internal pure returns (address) {
        return vm.addr(uint256(keccak256(abi.encode("new depositor", number))));
    }

    function signRegistration(uint256 secret, address depositor) internal view returns (bytes memory) {
        bytes32 hash = Registration(coreId, depositor, vm.addr(secret)).hash();
        return signDigest(secret, Signing.digest(Signing.domainOf(coreId), hash));
    }

    function join(uint256 number, uint256 stakeWei) internal returns (address validator) {
        validator = vm.addr(newSecret(number));
        bytes memory signature = signRegistration(newSecret(number), newDepositor(number));
        vm.deal(newDepositor(number), stakeWei);
        vm.prank(newDepositor(number));
        stake.deposit{ value: stakeWei }(validator, signature);
    }

    function logOut(address depositor) internal {
        vm.prank(depositor);
        stake.logout();
    }

    function slashNew(uint256 number) internal {
        slashSecret(newSecret(number));
    }

    function slashInitial(uint256 index) internal {
        slashSecret(secrets[index]);
    }

    function slashSecret(uint256 secret) internal {
        (Vote memory first, Vote memory second) = doubleVote(9);
        bytes memory one = signDigest(secret, voteDigest(first));
        bytes memory two = signDigest(secret, voteDigest(second));
        stake.slash(first, one, second, two);
    }

    /// @dev As the core does in a commit.
    function closeHeight() internal returns (bool, address[] memory, uint256[] memory) {
        uint64 height = stake.openHeight();
        vm.prank(address(core));
        return stake.openNextHeight(height);
    }
}
