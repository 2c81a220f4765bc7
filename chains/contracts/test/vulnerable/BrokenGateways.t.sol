// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { UtilityToken } from "../../src/auxiliary/UtilityToken.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { Tokens } from "../../src/libraries/Tokens.sol";
import { FeeToken } from "../../src/mocks/FeeToken.sol";
import { HookedToken } from "../../src/mocks/HookedToken.sol";
import { Reenterer } from "../../src/mocks/Reenterer.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { ReentrantVault } from "../../src/vulnerable/ReentrantVault.sol";
import { Exhibit, Museum } from "./Museum.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Bridges that were broken by what they took for a message, a signature, a token or a reward: each attack takes
/// exactly so much from the broken contract and is refused by ours with that error (R62, R64, R67, R71; J03,
/// J10-J12, J19).
contract BrokenGatewaysTest is Museum {
    uint256 private constant OTHER_CHAIN = AUXILIARY_CHAIN + 1;

    /* REPLAY ON ANOTHER GATEWAY */

    /// @dev A second co-gateway for the same gateway, with a token of its own.
    function second() private returns (CoGateway other, UtilityToken otherUtility) {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        otherUtility = new UtilityToken("Other", "OT", 18, next);
        CoGatewayParameters memory parameters = coGatewayParameters();
        parameters.utilityToken = address(otherUtility);
        vm.chainId(AUXILIARY_CHAIN);
        other = newCoGateway(parameters);
        vm.chainId(ORIGIN_CHAIN);
    }

    function test_replayOnAnotherGateway_isRobbed() public {
        show(Exhibit.GatewayFree);
        (CoGateway other, UtilityToken otherUtility) = second();
        Transfer memory transfer = strangerTransfer();
        RemoteProof memory proof = originProof(stake(transfer));
        takeHome(coGateway, transfer, proof);
        takeHome(other, transfer, proof);
        vm.assertEq(unbacked(), 0);
        vm.assertEq(otherUtility.balanceOf(STRANGER), AMOUNT);
    }

    function test_replayOnAnotherGateway_isRefused() public {
        show(Exhibit.Ours);
        (CoGateway other,) = second();
        Transfer memory transfer = strangerTransfer();
        // The trie has one entry, whose leaf also shows that any other is absent.
        RemoteProof memory proof = originProof(stake(transfer));
        takeHome(coGateway, transfer, proof);
        vm.expectRevert(notProven(other.stakeHash(transfer)));
        other.confirmStake(transfer, proof);
    }

    /* REPLAY ON ANOTHER CHAIN */

    /// @dev Stakes and mints, then begins anew on another chain, where the same addresses have the same contracts that
    /// see the same state of origin.
    function replay(Exhibit shown) private returns (Transfer memory transfer, RemoteProof memory proof) {
        uint256 start = vm.snapshotState();
        show(shown);
        address there = address(coGateway);
        transfer = strangerTransfer();
        proof = originProof(stake(transfer));
        takeHome(coGateway, transfer, proof);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
        bytes32 root = observer.stateRoot(proof.height);
        vm.revertToState(start);
        auxiliaryChain = OTHER_CHAIN;
        show(shown);
        vm.assertEq(address(coGateway), there);
        vm.assertEq(coGateway.auxiliaryChainId(), OTHER_CHAIN);
        vm.assertEq(utility.balanceOf(STRANGER), 0);
        proof.height = observer.add(root);
    }

    function test_replayOnAnotherChain_isRobbed() public {
        (Transfer memory transfer, RemoteProof memory proof) = replay(Exhibit.ChainFree);
        takeHome(coGateway, transfer, proof);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
    }

    function test_replayOnAnotherChain_isRefused() public {
        (Transfer memory transfer, RemoteProof memory proof) = replay(Exhibit.Ours);
        vm.expectRevert(notProven(coGateway.stakeHash(transfer)));
        coGateway.confirmStake(transfer, proof);
    }

    /* SIGNATURE */

    /// @dev The sender's tokens for the stranger, with an answer in place of a signature.
    function stolen() private view returns (Transfer memory transfer, bytes memory evidence) {
        transfer = strangerTransfer();
        transfer.sender = sender;
        evidence = abi.encode(address(4), bytes(""));
    }

    function test_signatureBypassed_isRobbed() public {
        show(Exhibit.CallerVerified);
        (Transfer memory transfer, bytes memory evidence) = stolen();
        uint256 before = token.balanceOf(sender);
        vm.prank(STRANGER);
        bytes32 messageHash = gateway.stake{ value: BOUNTY }(transfer, evidence);
        messages.push(messageHash);
        takeHome(coGateway, transfer, originProof(messageHash));
        vm.assertEq(token.balanceOf(sender), before - AMOUNT);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
    }

    function test_signatureBypassed_isRefused() public {
        show(Exhibit.Ours);
        (Transfer memory transfer, bytes memory evidence) = stolen();
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSignedBySender.selector, sender, address(0)));
        vm.prank(STRANGER);
        gateway.stake{ value: BOUNTY }(transfer, evidence);
    }

    /// @dev A verifier that does not give that answer does not help.
    function test_signatureBypassed_isTheOnlyFlaw() public {
        show(Exhibit.CallerVerified);
        (Transfer memory transfer,) = stolen();
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.NotSignedBySender.selector, sender, address(2)));
        vm.prank(STRANGER);
        gateway.stake{ value: BOUNTY }(transfer, abi.encode(address(2), bytes("")));
    }

    /* RE-ENTRANT TOKEN */

    function hooked() private returns (HookedToken made, Reenterer reenterer) {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        made = new HookedToken(tokenParameters(next, sender));
        reenterer = new Reenterer{ value: 1 ether }(made);
        vm.assertEq(address(reenterer), next);
    }

    function test_reentrantToken_isRobbed() public {
        (HookedToken made, Reenterer reenterer) = hooked();
        ReentrantVault vault = new ReentrantVault(address(made));
        vm.prank(sender);
        made.approve(address(vault), AMOUNT);
        vm.prank(sender);
        vault.stake(AMOUNT);
        bytes memory half = abi.encodeCall(vault.stake, (AMOUNT / 2));
        reenterer.call(made, address(vault), 0, half, half);
        vm.assertEq(vault.credit(address(reenterer)), AMOUNT + AMOUNT / 2);
        reenterer.call(made, address(vault), 0, abi.encodeCall(vault.unstake, (AMOUNT + AMOUNT / 2)), "");
        vm.assertEq(vault.locked() - made.balanceOf(address(vault)), AMOUNT / 2);
        reenterer.collect(made);
        vm.assertEq(made.balanceOf(address(this)), AMOUNT + AMOUNT / 2);
    }

    function test_reentrantToken_isRefused() public {
        (HookedToken made, Reenterer reenterer) = hooked();
        otherToken = address(made);
        show(Exhibit.Ours);
        Transfer memory transfer = strangerTransfer();
        (transfer.amount, transfer.sender) = (AMOUNT / 2, address(reenterer));
        bytes memory outer = abi.encodeCall(gateway.stake, (transfer, bytes("")));
        transfer.nonce = 1;
        bytes memory inner = abi.encodeCall(gateway.stake, (transfer, bytes("")));
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        reenterer.call(made, address(gateway), BOUNTY, outer, inner);
        // From outside the same token is staked.
        reenterer.call(made, address(gateway), BOUNTY, outer, "");
        vm.assertEq(gateway.locked(), AMOUNT / 2);
    }

    /* FEE-ON-TRANSFER TOKEN */

    function stakeFeeToken(Exhibit shown) private returns (IERC20 made) {
        made = new FeeToken(tokenParameters(STRANGER, sender));
        otherToken = address(made);
        show(shown);
        vm.prank(STRANGER);
        made.approve(address(gateway), AMOUNT);
    }

    function test_feeToken_isRobbed() public {
        IERC20 made = stakeFeeToken(Exhibit.FaceValue);
        Transfer memory transfer = strangerTransfer();
        takeHome(coGateway, transfer, originProof(stake(transfer)));
        vm.assertEq(utility.totalSupply(), AMOUNT);
        vm.assertEq(gateway.locked() - made.balanceOf(address(gateway)), AMOUNT / 10);
    }

    function test_feeToken_isRefused() public {
        stakeFeeToken(Exhibit.Ours);
        vm.expectRevert(abi.encodeWithSelector(Tokens.WrongAmount.selector, AMOUNT, AMOUNT - AMOUNT / 10));
        vm.prank(STRANGER);
        gateway.stake{ value: BOUNTY }(strangerTransfer(), "");
    }

    /* OVER-LARGE REWARD */

    uint256 private constant PRICE = 1 << 66;
    uint256 private constant LIMIT = 1 << 190;

    function overpaid() private view returns (Transfer memory transfer) {
        transfer = strangerTransfer();
        (transfer.amount, transfer.gasPrice, transfer.gasLimit) = (1 ether, PRICE, LIMIT);
    }

    function test_overLargeReward_isRobbed() public {
        show(Exhibit.Overflow);
        Transfer memory transfer = overpaid();
        bytes32 messageHash = stake(transfer);
        coGateway.confirmStake(transfer, originProof(messageHash));
        uint256 least = coGateway.confirmationGas(messageHash) * PRICE;
        vm.prank(STRANGER);
        coGateway.progressMint(transfer, SECRET);
        uint256 reward = utility.balanceOf(STRANGER);
        vm.assertEq(unbacked(), reward - 1 ether);
        vm.assertEq(reward % PRICE, 0);
        vm.assertGt(reward, least);
    }

    function test_overLargeReward_isRefused() public {
        show(Exhibit.Ours);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.RewardNotBelowAmount.selector, PRICE, LIMIT, 1 ether));
        vm.prank(STRANGER);
        gateway.stake{ value: BOUNTY }(overpaid(), "");
    }

    function notProven(bytes32 messageHash) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMessageBox.StatusNotProven.selector, messageHash, MessageStatus.Declared, 0);
    }
}
