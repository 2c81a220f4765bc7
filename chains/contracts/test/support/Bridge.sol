// SPDX-License-Identifier: MIT
pragma solidity ^0.8.27;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { UtilityToken } from "../../src/auxiliary/UtilityToken.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { CodeProof, LastProof } from "../../src/interfaces/IExits.sol";
import { GatewayParameters } from "../../src/interfaces/IGateway.sol";
import { CoreIdentifier } from "../../src/libraries/CoreIdentifier.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { MessageHash } from "../../src/libraries/MessageHash.sol";
import { Signing } from "../../src/libraries/Signing.sol";
import { Gateway } from "../../src/origin/Gateway.sol";
import { MessageBox } from "../../src/shared/MessageBox.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Roots, TestToken } from "./GatewayFakes.sol";
import { Entry, TrieBuilder } from "./TrieBuilder.sol";
import { ForgeTest } from "./Vm.sol";

/// @title Bridge
/// @notice Both gateways on one EVM. Roots are roots of real tries over what the contracts store at that moment, and
/// every proof is a proof of such a trie.
abstract contract Bridge is ForgeTest {
    uint256 internal constant ORIGIN_CHAIN = 1337;
    uint256 internal constant AUXILIARY_CHAIN = 2001;
    uint256 internal constant BOUNTY = 0.1 ether;
    uint256 internal constant PENALTY = 0.15 ether;
    uint256 internal constant AMOUNT = 1000 ether;
    uint256 internal constant GAS_PRICE = 1 gwei;
    uint256 internal constant GAS_LIMIT = 100_000;
    bytes32 internal constant SECRET = keccak256("secret");
    bytes32 internal constant CODE_HASH = keccak256("a contract");
    address internal constant DEACTIVATOR = address(0xDEAC);
    address internal constant BENEFICIARY = address(0xBE);
    address internal constant FACILITATOR = address(0xFAC);
    address internal constant STRANGER = address(0x57);

    struct Snapshot {
        Entry[] accounts;
        mapping(address account => Entry[]) words;
    }

    /// @dev Where the co-gateway is; another chain's id for tests of replays.
    uint256 internal auxiliaryChain = AUXILIARY_CHAIN;
    uint256 internal senderSecret = uint256(keccak256("sender"));
    address internal sender = vm.addr(senderSecret);
    Roots internal core;
    Roots internal observer;
    TestToken internal token;
    UtilityToken internal utility;
    Gateway internal gateway;
    CoGateway internal coGateway;

    bytes32[] internal messages;
    address[] internal holders;
    mapping(address account => bytes) internal codes;
    /// @dev Kept here, since a call to ask for it would use up a prank or an expectation.
    uint64 private lastHeight;
    mapping(address roots => mapping(uint64 height => Snapshot)) private snapshots;

    receive() external payable { }

    function deployBridge() internal {
        vm.chainId(ORIGIN_CHAIN);
        (core, observer, token) = (new Roots(), new Roots(), new TestToken());
        uint256 nonce = vm.getNonce(address(this));
        address nextUtility = vm.computeCreateAddress(address(this), nonce + 1);
        address nextCoGateway = vm.computeCreateAddress(address(this), nonce + 2);
        gateway = newGateway(gatewayParameters(nextCoGateway, nextUtility));
        utility = new UtilityToken("Utility", "UT", 18, nextCoGateway);
        vm.chainId(auxiliaryChain);
        coGateway = newCoGateway(coGatewayParameters());
        vm.chainId(ORIGIN_CHAIN);
        holders = [sender, BENEFICIARY, FACILITATOR, STRANGER, address(coGateway)];
        codes[address(coGateway)] = "a contract";
        fund(sender);
        fund(FACILITATOR);
    }

    /// @dev Tests of other gateways put theirs here.
    function newGateway(GatewayParameters memory parameters) internal virtual returns (Gateway) {
        return new Gateway(parameters);
    }

    function newCoGateway(CoGatewayParameters memory parameters) internal virtual returns (CoGateway) {
        return new CoGateway(parameters);
    }

    function gatewayParameters(address nextCoGateway, address nextUtility)
        internal
        view
        returns (GatewayParameters memory)
    {
        return GatewayParameters({
            core: address(core),
            auxiliaryChainId: AUXILIARY_CHAIN,
            token: address(token),
            coGateway: nextCoGateway,
            utilityToken: nextUtility,
            bounty: BOUNTY,
            deactivator: DEACTIVATOR
        });
    }

    function coGatewayParameters() internal view returns (CoGatewayParameters memory) {
        return CoGatewayParameters({
            coreId: CoreIdentifier.compose(ORIGIN_CHAIN, address(core)),
            originObserver: address(observer),
            gateway: address(gateway),
            utilityToken: address(utility),
            bounty: BOUNTY
        });
    }

    /* PEOPLE */

    function fund(address owner) internal {
        vm.deal(owner, 1000 ether);
        token.mint(owner, 10 * AMOUNT);
        vm.prank(owner);
        token.approve(address(gateway), type(uint256).max);
        vm.prank(owner);
        utility.approve(address(coGateway), type(uint256).max);
    }

    function transferAt(uint256 nonce) internal view returns (Transfer memory) {
        return Transfer(AMOUNT, BENEFICIARY, GAS_PRICE, GAS_LIMIT, sender, nonce, MessageHash.lockOf(SECRET));
    }

    function sign(bytes32 messageHash) internal view returns (bytes memory) {
        bytes32 digest = Signing.digest(Signing.domainOf(gateway.coreId()), messageHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(senderSecret, digest);
        return abi.encodePacked(r, s, v);
    }

    /* STEPS */

    function stake(Transfer memory transfer) internal returns (bytes32 messageHash) {
        vm.prank(transfer.sender);
        messageHash = gateway.stake{ value: BOUNTY }(transfer, "");
        messages.push(messageHash);
    }

    function redeem(Transfer memory transfer) internal returns (bytes32 messageHash) {
        vm.prank(transfer.sender);
        messageHash = coGateway.redeem{ value: BOUNTY }(transfer, "");
        messages.push(messageHash);
    }

    /// @dev Gives `holder` utility tokens that are locked on origin.
    function mintTo(address holder, uint256 amount) internal {
        Transfer memory transfer = transferAt(gateway.nextNonce(sender));
        transfer.amount = amount;
        transfer.beneficiary = holder;
        (transfer.gasPrice, transfer.gasLimit) = (0, 0);
        bytes32 messageHash = stake(transfer);
        coGateway.confirmStake(transfer, originProof(messageHash));
        gateway.progressStake(transfer, SECRET);
        coGateway.progressMint(transfer, SECRET);
    }

    /// @dev A redemption of the sender, as far as Declared here and there.
    function confirmedRedeem() internal returns (Transfer memory transfer, bytes32 messageHash) {
        mintTo(sender, AMOUNT);
        transfer = transferAt(coGateway.nextNonce(sender));
        messageHash = redeem(transfer);
        gateway.confirmRedeem(transfer, auxiliaryProof(messageHash));
    }

    function confirmedStake() internal returns (Transfer memory transfer, bytes32 messageHash) {
        transfer = transferAt(gateway.nextNonce(sender));
        messageHash = stake(transfer);
        coGateway.confirmStake(transfer, originProof(messageHash));
    }

    /* ROOTS AND PROOFS */

    /// @dev The core commits auxiliary's state as it is now.
    function commit() internal returns (uint64) {
        return lastHeight = _take(core, coGateway);
    }

    /// @dev The observer finalises origin's state as it is now.
    function finalise() internal returns (uint64) {
        return _take(observer, gateway);
    }

    function _take(Roots roots, MessageBox box) private returns (uint64 height) {
        height = roots.committedHeight() + 1;
        Snapshot storage taken = snapshots[address(roots)][height];
        _takeMessages(taken.words[address(box)], box);
        taken.accounts.push(TrieBuilder.account(address(box), TrieBuilder.root(taken.words[address(box)]), CODE_HASH));
        if (address(roots) == address(core)) _takeHolders(taken);
        roots.add(TrieBuilder.root(taken.accounts));
    }

    function _takeMessages(Entry[] storage words, MessageBox box) private {
        for (uint256 i; i < messages.length; ++i) {
            _takeWord(words, address(box), FixedSlots.entry(uint256(messages[i]), FixedSlots.GATEWAY_OUTBOX));
            _takeWord(words, address(box), FixedSlots.entry(uint256(messages[i]), FixedSlots.GATEWAY_INBOX));
        }
    }

    function _takeHolders(Snapshot storage taken) private {
        Entry[] storage words = taken.words[address(utility)];
        for (uint256 i; i < holders.length; ++i) {
            uint256 slot = FixedSlots.entry(uint160(holders[i]), FixedSlots.UTILITY_TOKEN_BALANCES);
            _takeWord(words, address(utility), slot);
            if (holders[i] == address(coGateway) || holders[i] == STRANGER) continue;
            bytes32 codeHash = keccak256(codes[holders[i]]);
            taken.accounts.push(TrieBuilder.account(holders[i], TrieBuilder.root(new Entry[](0)), codeHash));
        }
        taken.accounts.push(TrieBuilder.account(address(utility), TrieBuilder.root(words), keccak256("token")));
    }

    function _takeWord(Entry[] storage words, address account, uint256 slot) private {
        uint256 value = uint256(vm.load(account, bytes32(slot)));
        if (value != 0) words.push(TrieBuilder.word(slot, value));
    }

    /// @dev What origin says about a message now, for the co-gateway.
    function originProof(bytes32 messageHash) internal returns (RemoteProof memory) {
        return originProofAt(finalise(), messageHash, FixedSlots.GATEWAY_OUTBOX);
    }

    function originInboxProof(bytes32 messageHash) internal returns (RemoteProof memory) {
        return originProofAt(finalise(), messageHash, FixedSlots.GATEWAY_INBOX);
    }

    function auxiliaryProof(bytes32 messageHash) internal returns (RemoteProof memory) {
        return auxiliaryProofAt(commit(), messageHash, FixedSlots.GATEWAY_OUTBOX);
    }

    function auxiliaryInboxProof(bytes32 messageHash) internal returns (RemoteProof memory) {
        return auxiliaryProofAt(commit(), messageHash, FixedSlots.GATEWAY_INBOX);
    }

    function originProofAt(uint64 height, bytes32 messageHash, uint256 box) internal view returns (RemoteProof memory) {
        LastProof memory proof = _prove(observer, height, address(gateway), FixedSlots.entry(uint256(messageHash), box));
        return RemoteProof(height, proof.accountProof, proof.storageProof);
    }

    function auxiliaryProofAt(uint64 height, bytes32 messageHash, uint256 box)
        internal
        view
        returns (RemoteProof memory)
    {
        LastProof memory proof = _prove(core, height, address(coGateway), FixedSlots.entry(uint256(messageHash), box));
        return RemoteProof(height, proof.accountProof, proof.storageProof);
    }

    function _prove(Roots roots, uint64 height, address account, uint256 slot)
        private
        view
        returns (LastProof memory proof)
    {
        Snapshot storage taken = snapshots[address(roots)][height];
        proof.accountProof = TrieBuilder.prove(taken.accounts, keccak256(abi.encodePacked(account)));
        proof.storageProof = TrieBuilder.prove(taken.words[account], keccak256(abi.encode(slot)));
    }

    /* HALT */

    /// @dev A last commit of auxiliary's state as it is now, then the halt.
    function commitAndHalt() internal {
        commit();
        core.halt();
    }

    /// @dev A last root that knows the co-gateway not at all.
    function haltWithoutCoGateway() internal {
        Snapshot storage taken = snapshots[address(core)][core.committedHeight() + 1];
        _takeHolders(taken);
        lastHeight = core.add(TrieBuilder.root(taken.accounts));
        core.halt();
    }

    function lastInbox(bytes32 messageHash) internal view returns (LastProof memory) {
        return _last(address(coGateway), FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_INBOX));
    }

    function lastOutbox(bytes32 messageHash) internal view returns (LastProof memory) {
        return _last(address(coGateway), FixedSlots.entry(uint256(messageHash), FixedSlots.GATEWAY_OUTBOX));
    }

    function lastBalance(address holder) internal view returns (LastProof memory) {
        return _last(address(utility), FixedSlots.entry(uint160(holder), FixedSlots.UTILITY_TOKEN_BALANCES));
    }

    function lastCode(address account) internal view returns (CodeProof memory) {
        Snapshot storage taken = snapshots[address(core)][lastHeight];
        bytes[] memory proof = TrieBuilder.prove(taken.accounts, keccak256(abi.encodePacked(account)));
        return CodeProof(proof, codes[account]);
    }

    function _last(address account, uint256 slot) private view returns (LastProof memory) {
        return _prove(core, lastHeight, account, slot);
    }

    /* CHECKS */

    function checkStatuses(bytes32 messageHash, MessageStatus outboxStatus, MessageStatus inboxStatus, bool staked)
        internal
        view
    {
        MessageBox source = staked ? MessageBox(gateway) : MessageBox(coGateway);
        MessageBox target = staked ? MessageBox(coGateway) : MessageBox(gateway);
        vm.assertEq(uint256(source.outbox(messageHash)), uint256(outboxStatus));
        vm.assertEq(uint256(target.inbox(messageHash)), uint256(inboxStatus));
    }
}
