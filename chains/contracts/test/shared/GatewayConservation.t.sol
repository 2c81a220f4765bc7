// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, LastProof } from "../../src/interfaces/IExits.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { FixedSlots } from "../../src/libraries/FixedSlots.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Bridge } from "../support/Bridge.sol";

/// @notice R70 with a random caller: whoever calls what with whatever root, the minted supply and what is in flight are
/// what is locked; no message ends Progressed on one side and Revoked on the other; every message pays once. Then the
/// core halts, at any moment, and everything leaves to the wei (R73, R74).
contract GatewayConservationTest is Bridge {
    uint256 private constant STEPS = 40;
    uint256 private constant PEOPLE = 3;
    /// @dev The operations of R63, as `_call` numbers them.
    uint256 private constant PROGRESS = 0;
    uint256 private constant PROGRESS_BY_PROOF = 1;
    uint256 private constant REVOKE = 2;
    uint256 private constant PROGRESS_REVOCATION = 3;
    uint256 private constant CONFIRM = 5;
    uint256 private constant PROGRESS_TARGET = 7;
    uint256 private constant PROGRESS_TARGET_BY_PROOF = 8;
    uint256 private constant CONFIRM_REVOCATION = 9;

    struct Flight {
        Transfer transfer;
        bytes32 messageHash;
        bool staked;
    }

    Flight[] private flights;
    address[PEOPLE] private people;
    uint256 private coins;
    mapping(uint256 direction => mapping(MessageStatus => uint256)) private endings;
    uint256 private accepted;
    uint256 private settled;
    uint256 private claims;
    uint256 private departures;

    function setUp() public {
        deployBridge();
        for (uint256 i; i < PEOPLE; ++i) {
            people[i] = address(uint160(0xA000 + i));
            holders.push(people[i]);
            fund(people[i]);
            mintTo(people[i], AMOUNT);
        }
        commit();
        finalise();
        coins = _coins();
    }

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_nothingIsLostOrMadeUp(uint256 seed) public {
        _live(seed, STEPS);
        _leaveAll(seed);
    }

    /// @dev The random caller is worth something: it reaches every ending of both directions, before a halt and after.
    function test_everyEndingIsReached() public {
        for (uint256 seed; seed < 4; ++seed) {
            delete flights;
            setUp();
            _live(seed, 2 * STEPS);
            _count();
            _leaveAll(seed);
        }
        for (uint256 i; i < 2; ++i) {
            vm.assertGt(endings[i][MessageStatus.Progressed], 0);
            vm.assertGt(endings[i][MessageStatus.Revoked], 0);
        }
        vm.assertGt(accepted, 0);
        vm.assertGt(settled, 0);
        vm.assertGt(claims, 0);
        vm.assertGt(departures, 0);
    }

    function _live(uint256 seed, uint256 steps) private {
        for (uint256 i; i < steps; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
            _check();
        }
    }

    function _count() private {
        for (uint256 i; i < flights.length; ++i) {
            (MessageStatus source, MessageStatus target) = _statuses(flights[i]);
            if (source == target) ++endings[flights[i].staked ? 1 : 0][source];
        }
    }

    /* STEPS */

    function _step(uint256 random) private {
        uint256 kind = random % 16;
        if (kind < 3) return _declare(random >> 8);
        if (kind == 3) {
            commit();
            return;
        }
        if (kind == 4) {
            finalise();
            return;
        }
        if (flights.length == 0) return;
        Flight memory flight = flights[(random >> 8) % flights.length];
        bool sensible = (random >> 16) % 2 == 0;
        _call(flight, sensible ? _sensible(flight, random >> 24) : kind - 5, random >> 32);
    }

    /// @dev What somebody who wants the message to end would try next.
    function _sensible(Flight memory flight, uint256 random) private view returns (uint256) {
        (MessageStatus source, MessageStatus target) = _statuses(flight);
        if (target == MessageStatus.Undeclared) return CONFIRM;
        if (source == MessageStatus.DeclaredRevocation) {
            if (target == MessageStatus.Declared) return CONFIRM_REVOCATION;
            return target == MessageStatus.Revoked ? PROGRESS_REVOCATION : PROGRESS_BY_PROOF;
        }
        if (source == MessageStatus.Declared && random % 2 == 0) return REVOKE;
        return source == MessageStatus.Declared ? PROGRESS : PROGRESS_TARGET;
    }

    function _declare(uint256 random) private {
        address person = people[random % PEOPLE];
        bool staked = (random >> 8) % 2 == 0;
        Transfer memory transfer = transferAt(staked ? gateway.nextNonce(person) : coGateway.nextNonce(person));
        transfer.sender = person;
        transfer.beneficiary = people[(random >> 16) % PEOPLE];
        transfer.amount = bounded(random >> 24, 1, AMOUNT);
        (transfer.gasPrice, transfer.gasLimit) = (bounded(random >> 32, 0, transfer.amount / 100_000), 99_999);
        bytes memory data = abi.encodeCall(staked ? gateway.stake : coGateway.redeem, (transfer, ""));
        vm.prank(person);
        (bool success, bytes memory result) =
            (staked ? address(gateway) : address(coGateway)).call{ value: BOUNTY }(data);
        if (!success) return;
        bytes32 messageHash = abi.decode(result, (bytes32));
        messages.push(messageHash);
        flights.push(Flight(transfer, messageHash, staked));
    }

    /// @dev Any operation, with a proof under any root there ever was; most are refused.
    function _call(Flight memory flight, uint256 operation, uint256 random) private {
        Transfer memory transfer = flight.transfer;
        MessageStatus status = (random >> 8) % 2 == 0 ? MessageStatus.Declared : MessageStatus.Progressed;
        bool atOrigin = flight.staked == (operation < CONFIRM);
        RemoteProof memory proof = _proof(flight, operation, random >> 16);
        bytes memory data = flight.staked
            ? _stakeCall(operation, transfer, status, proof)
            : _redeemCall(operation, transfer, status, proof);
        vm.prank(operation == REVOKE ? transfer.sender : people[(random >> 24) % PEOPLE]);
        (bool success,) =
            (atOrigin ? address(gateway) : address(coGateway)).call{ value: operation == REVOKE ? PENALTY : 0 }(data);
        if (success) ++accepted;
    }

    function _proof(Flight memory flight, uint256 operation, uint256 random) private returns (RemoteProof memory) {
        bool atSource = operation < CONFIRM;
        uint256 box = atSource ? FixedSlots.GATEWAY_INBOX : FixedSlots.GATEWAY_OUTBOX;
        bool fromOrigin = flight.staked != atSource;
        uint64 last = fromOrigin ? observer.committedHeight() : core.committedHeight();
        uint64 height = random % 3 == 0 ? uint64(bounded(random >> 8, 1, last)) : last;
        if (random % 3 == 1) height = fromOrigin ? finalise() : commit();
        return
            fromOrigin
                ? originProofAt(height, flight.messageHash, box)
                : auxiliaryProofAt(height, flight.messageHash, box);
    }

    function _stakeCall(uint256 operation, Transfer memory transfer, MessageStatus status, RemoteProof memory proof)
        private
        view
        returns (bytes memory)
    {
        if (operation == PROGRESS || operation == 4) return abi.encodeCall(gateway.progressStake, (transfer, SECRET));
        if (operation == PROGRESS_BY_PROOF) {
            return abi.encodeCall(gateway.progressStakeWithProof, (transfer, status, proof));
        }
        if (operation == REVOKE) return abi.encodeCall(gateway.revertStake, (transfer));
        if (operation == PROGRESS_REVOCATION) return abi.encodeCall(gateway.progressRevertStake, (transfer, proof));
        if (operation < PROGRESS_TARGET) return abi.encodeCall(coGateway.confirmStake, (transfer, proof));
        if (operation == PROGRESS_TARGET) return abi.encodeCall(coGateway.progressMint, (transfer, SECRET));
        if (operation == PROGRESS_TARGET_BY_PROOF) {
            return abi.encodeCall(coGateway.progressMintWithProof, (transfer, status, proof));
        }
        return abi.encodeCall(coGateway.confirmRevertStake, (transfer, proof));
    }

    function _redeemCall(uint256 operation, Transfer memory transfer, MessageStatus status, RemoteProof memory proof)
        private
        view
        returns (bytes memory)
    {
        if (operation == PROGRESS || operation == 4) {
            return abi.encodeCall(coGateway.progressRedeem, (transfer, SECRET));
        }
        if (operation == PROGRESS_BY_PROOF) {
            return abi.encodeCall(coGateway.progressRedeemWithProof, (transfer, status, proof));
        }
        if (operation == REVOKE) return abi.encodeCall(coGateway.revertRedeem, (transfer));
        if (operation == PROGRESS_REVOCATION) return abi.encodeCall(coGateway.progressRevertRedeem, (transfer, proof));
        if (operation < PROGRESS_TARGET) return abi.encodeCall(gateway.confirmRedeem, (transfer, proof));
        if (operation == PROGRESS_TARGET) return abi.encodeCall(gateway.progressUnstake, (transfer, SECRET));
        if (operation == PROGRESS_TARGET_BY_PROOF) {
            return abi.encodeCall(gateway.progressUnstakeWithProof, (transfer, status, proof));
        }
        return abi.encodeCall(gateway.confirmRevertRedeem, (transfer, proof));
    }

    /* INVARIANTS */

    function _check() private view {
        uint256 stakesInFlight;
        uint256 burned;
        uint256 released;
        uint256 originBounties;
        uint256 auxiliaryBounties;
        for (uint256 i; i < flights.length; ++i) {
            Flight memory flight = flights[i];
            (MessageStatus source, MessageStatus target) = _statuses(flight);
            vm.assertFalse(source == MessageStatus.Revoked && target != MessageStatus.Revoked);
            vm.assertFalse(target == MessageStatus.Revoked && source == MessageStatus.Progressed);
            bool open = source == MessageStatus.Declared || source == MessageStatus.DeclaredRevocation;
            if (flight.staked) {
                originBounties += open ? BOUNTY : 0;
                bool locked = source != MessageStatus.Revoked && target != MessageStatus.Progressed;
                stakesInFlight += locked ? flight.transfer.amount : 0;
            } else {
                auxiliaryBounties += open ? BOUNTY : 0;
                // Either may come first.
                burned += source == MessageStatus.Progressed ? flight.transfer.amount : 0;
                released += target == MessageStatus.Progressed ? flight.transfer.amount : 0;
            }
        }
        vm.assertEq(utility.totalSupply() + stakesInFlight + burned, gateway.locked() + released);
        vm.assertEq(token.balanceOf(address(gateway)), gateway.locked());
        vm.assertEq(address(gateway).balance, originBounties);
        vm.assertEq(address(coGateway).balance, auxiliaryBounties);
        vm.assertEq(_coins(), coins);
    }

    function _statuses(Flight memory flight) private view returns (MessageStatus source, MessageStatus target) {
        return flight.staked
            ? (gateway.outbox(flight.messageHash), coGateway.inbox(flight.messageHash))
            : (coGateway.outbox(flight.messageHash), gateway.inbox(flight.messageHash));
    }

    function _coins() private view returns (uint256 sum) {
        sum = address(gateway).balance + address(coGateway).balance + Coins.BURNED.balance;
        sum += address(this).balance;
        for (uint256 i; i < PEOPLE; ++i) {
            sum += people[i].balance;
        }
    }

    /* HALT */

    /// @dev The last root may be any number of steps old; what auxiliary did since does not count.
    function _leaveAll(uint256 seed) private {
        if (seed % 2 == 0) commit();
        for (uint256 i; i < seed % 8; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "after", i)));
            if (flights.length == 0) break;
            // On auxiliary alone, and nothing is committed any more.
            Flight memory flight = flights[random % flights.length];
            bytes memory data = flight.staked
                ? abi.encodeCall(coGateway.progressMint, (flight.transfer, SECRET))
                : abi.encodeCall(coGateway.progressRedeem, (flight.transfer, SECRET));
            (bool success,) = address(coGateway).call(data);
            if (success) ++accepted;
        }
        core.halt();
        vm.roll(block.number + 31_536_000);
        for (uint256 round; round < 2; ++round) {
            for (uint256 i; i < flights.length; ++i) {
                _end(flights[i]);
            }
            for (uint256 i; i < PEOPLE; ++i) {
                _exit(people[i]);
            }
            vm.assertEq(gateway.locked(), 0);
            vm.assertEq(token.balanceOf(address(gateway)), 0);
        }
        for (uint256 i; i < PEOPLE; ++i) {
            if (gateway.returnedBounties(people[i]) > 0) gateway.withdrawBounties(people[i]);
        }
        vm.assertEq(address(gateway).balance, 0);
        vm.assertEq(_coins(), coins);
    }

    /// @dev Everything that anyone may try; the second round finds nothing.
    function _end(Flight memory flight) private {
        Transfer memory transfer = flight.transfer;
        LastProof memory proof = flight.staked ? lastInbox(flight.messageHash) : lastOutbox(flight.messageHash);
        address claimant = flight.staked ? transfer.beneficiary : transfer.sender;
        CodeProof memory code = lastCode(claimant);
        (bool success,) = address(gateway)
            .call(
                flight.staked
                    ? abi.encodeCall(gateway.settleStake, (transfer, proof))
                    : abi.encodeCall(gateway.settleRedeem, (transfer, proof))
            );
        vm.prank(claimant);
        (bool claimed,) = address(gateway)
            .call(
                flight.staked
                    ? abi.encodeCall(gateway.claimStake, (transfer, proof, code))
                    : abi.encodeCall(gateway.claimRedeem, (transfer, proof, code))
            );
        vm.assertFalse(success && claimed);
        if (success) ++settled;
        if (claimed) ++claims;
    }

    function _exit(address person) private {
        (LastProof memory balance, CodeProof memory code) = (lastBalance(person), lastCode(person));
        vm.prank(person);
        (bool success,) = address(gateway).call(abi.encodeCall(gateway.exit, (balance, code)));
        if (success) ++departures;
    }
}
