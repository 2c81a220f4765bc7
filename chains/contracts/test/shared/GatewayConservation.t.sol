// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CodeProof, LastProof } from "../../src/interfaces/IExits.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Flight, Operation, RandomCaller } from "../support/RandomCaller.sol";

/// @notice R70 with a random caller: whoever calls what with whatever root, the minted supply and what is in flight are
/// what is locked; no message ends Progressed on one side and Revoked on the other; every message pays once. Then the
/// core halts, at any moment, and everything leaves to the wei (R73, R74).
contract GatewayConservationTest is RandomCaller {
    uint256 private constant STEPS = 40;

    uint256 private coins;
    mapping(uint256 direction => mapping(MessageStatus => uint256)) private endings;
    uint256 private accepted;
    uint256 private settled;
    uint256 private claims;
    uint256 private departures;

    function setUp() public {
        gatherPeople();
        commit();
        finalise();
        coins = _coins();
    }

    /// @dev R70.
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
            (MessageStatus source, MessageStatus target) = statuses(flights[i]);
            if (source == target) ++endings[flights[i].staked ? 1 : 0][source];
        }
    }

    /* STEPS */

    /// @dev Any operation, with a proof under any root there ever was; most are refused.
    function _step(uint256 random) private {
        uint256 kind = random % 16;
        if (kind < 3 || flights.length == 0) {
            declare(random >> 8);
            return;
        }
        if (kind == 3) {
            commit();
            return;
        }
        if (kind == 4) {
            finalise();
            return;
        }
        Flight memory flight = flights[(random >> 8) % flights.length];
        bool isSensible = (random >> 16) % 2 == 0;
        Operation operation = isSensible ? sensible(flight, random >> 24) : Operation((random >> 24) % OPERATIONS);
        _call(flight, operation, random >> 32);
    }

    function _call(Flight memory flight, Operation operation, uint256 random) private {
        MessageStatus status = (random >> 8) % 2 == 0 ? MessageStatus.Declared : MessageStatus.Progressed;
        RemoteProof memory proof = proofOf(flight, operation, someHeight(flight, operation, random >> 16));
        bytes32 secret = secretOf(flight.transfer, flight.staked);
        bytes memory data = calldataOf(flight, operation, secret, status, proof);
        address box = isAtOrigin(flight, operation) ? address(gateway) : address(coGateway);
        bool revokes = operation == Operation.Revoke;
        vm.prank(revokes ? flight.transfer.sender : somebody(random >> 24));
        (bool success,) = box.call{ value: revokes ? PENALTY : 0 }(data);
        if (success) ++accepted;
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
            (MessageStatus source, MessageStatus target) = statuses(flight);
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
            bytes32 secret = secretOf(flight.transfer, flight.staked);
            bytes memory data = flight.staked
                ? abi.encodeCall(coGateway.progressMint, (flight.transfer, secret))
                : abi.encodeCall(coGateway.progressRedeem, (flight.transfer, secret));
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
