// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { MessageBox } from "../../src/shared/MessageBox.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";

/// @notice R63, C96: every operation, from every status here, with every status proven there. What the table does not
/// allow is refused and changes nothing. The proofs are real ones in every case.
contract StatusMachineTest is Bridge {
    uint256 private constant STATUSES = 5;
    uint256 private constant OPERATIONS = 8;

    Transfer private transfer;
    bytes32 private messageHash;

    function setUp() public {
        deployBridge();
        vm.deal(address(this), 100_000 ether);
    }

    /// @dev R63.
    function test_stakes() public {
        transfer = transferAt(0);
        messageHash = stake(transfer);
        _checkAll(true);
    }

    /// @dev R63.
    function test_redemptions() public {
        mintTo(sender, AMOUNT);
        transfer = transferAt(0);
        messageHash = redeem(transfer);
        _checkAll(false);
    }

    function _checkAll(bool staked) private {
        token.mint(address(gateway), 1000 * AMOUNT);
        vm.store(address(gateway), bytes32(_lockedSlot()), bytes32(1000 * AMOUNT));
        vm.deal(address(gateway), 1000 ether);
        vm.deal(address(coGateway), 1000 ether);
        for (uint256 operation; operation < OPERATIONS; ++operation) {
            for (uint256 here; here < STATUSES; ++here) {
                for (uint256 there; there < STATUSES; ++there) {
                    _check(staked, operation, here, there);
                }
            }
        }
    }

    function _check(bool staked, uint256 operation, uint256 here, uint256 there) private {
        bool atSource = operation < 5;
        MessageBox box = staked == atSource ? MessageBox(gateway) : MessageBox(coGateway);
        MessageBox other = staked == atSource ? MessageBox(coGateway) : MessageBox(gateway);
        bytes32 slot = bytes32(
            FixedSlots.entry(uint256(messageHash), atSource ? FixedSlots.GATEWAY_OUTBOX : FixedSlots.GATEWAY_INBOX)
        );
        bytes32 otherSlot = bytes32(
            FixedSlots.entry(uint256(messageHash), atSource ? FixedSlots.GATEWAY_INBOX : FixedSlots.GATEWAY_OUTBOX)
        );
        if (!staked) _refill();
        vm.store(address(box), slot, bytes32(here));
        vm.store(address(other), otherSlot, bytes32(there));
        RemoteProof memory proof = _proof(staked, atSource);
        (bool success,) = address(box).call{ value: _coins(operation) }(_call(staked, operation, there, proof));
        uint256 expected = _next(operation, here, there);
        vm.assertEq(success, expected != 0);
        vm.assertEq(uint256(vm.load(address(box), slot)), success ? expected : here);
        vm.assertEq(uint256(vm.load(address(other), otherSlot)), there);
    }

    /// @dev The table of mosaic-reference.md 6.2; zero where it has no entry.
    function _next(uint256 operation, uint256 here, uint256 there) private pure returns (uint256) {
        bool declared = here == 1;
        if (operation == 0) return declared ? 2 : 0;
        if (operation == 1) return (declared && (there == 1 || there == 2)) || (here == 3 && there == 2) ? 2 : 0;
        if (operation == 2) return declared ? 3 : 0;
        if (operation == 3) return here == 3 && there == 4 ? 4 : 0;
        if (operation == 4) return 0;
        if (operation == 5) return here == 0 && there == 1 ? 1 : 0;
        if (operation == 6) return declared && (there == 1 || there == 2) ? 2 : 0;
        return declared && there == 3 ? 4 : 0;
    }

    function _coins(uint256 operation) private pure returns (uint256) {
        return operation == 2 ? PENALTY : operation == 4 ? BOUNTY : 0;
    }

    /// @dev Operation 4 declares the same message again, which its nonce forbids.
    function _call(bool staked, uint256 operation, uint256 there, RemoteProof memory proof)
        private
        returns (bytes memory)
    {
        MessageStatus status = MessageStatus(there);
        if (operation == 2) vm.prank(sender);
        if (operation == 4) return abi.encodeCall(staked ? gateway.stake : coGateway.redeem, (transfer, ""));
        if (staked) {
            if (operation == 0) return abi.encodeCall(gateway.progressStake, (transfer, SECRET));
            if (operation == 1) return abi.encodeCall(gateway.progressStakeWithProof, (transfer, status, proof));
            if (operation == 2) return abi.encodeCall(gateway.revertStake, (transfer));
            if (operation == 3) return abi.encodeCall(gateway.progressRevertStake, (transfer, proof));
            if (operation == 5) return abi.encodeCall(coGateway.confirmStake, (transfer, proof));
            if (operation == 6) return abi.encodeCall(coGateway.progressMintWithProof, (transfer, status, proof));
            return abi.encodeCall(coGateway.confirmRevertStake, (transfer, proof));
        }
        if (operation == 0) return abi.encodeCall(coGateway.progressRedeem, (transfer, SECRET));
        if (operation == 1) return abi.encodeCall(coGateway.progressRedeemWithProof, (transfer, status, proof));
        if (operation == 2) return abi.encodeCall(coGateway.revertRedeem, (transfer));
        if (operation == 3) return abi.encodeCall(coGateway.progressRevertRedeem, (transfer, proof));
        if (operation == 5) return abi.encodeCall(gateway.confirmRedeem, (transfer, proof));
        if (operation == 6) return abi.encodeCall(gateway.progressUnstakeWithProof, (transfer, status, proof));
        return abi.encodeCall(gateway.confirmRevertRedeem, (transfer, proof));
    }

    function _proof(bool staked, bool atSource) private returns (RemoteProof memory) {
        if (staked) return atSource ? auxiliaryInboxProof(messageHash) : originProof(messageHash);
        return atSource ? originInboxProof(messageHash) : auxiliaryProof(messageHash);
    }

    /// @dev The co-gateway burns or returns the same redemption more than once here.
    function _refill() private {
        vm.prank(address(coGateway));
        utility.mint(address(coGateway), AMOUNT);
    }

    function _lockedSlot() private view returns (uint256 slot) {
        while (uint256(vm.load(address(gateway), bytes32(slot))) != gateway.locked() || gateway.locked() == 0) ++slot;
    }

    /* THE SECRET */

    function test_progressInboxNeedsDeclared() public {
        transfer = transferAt(0);
        messageHash = stake(transfer);
        bytes32 slot = bytes32(FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_INBOX));
        for (uint256 here; here < STATUSES; ++here) {
            vm.store(address(coGateway), slot, bytes32(here));
            (bool success,) = address(coGateway).call(abi.encodeCall(coGateway.progressMint, (transfer, SECRET)));
            vm.assertEq(success, here == 1);
            (success,) = address(gateway).call(abi.encodeCall(gateway.progressUnstake, (transfer, SECRET)));
            vm.assertFalse(success);
        }
    }
}
