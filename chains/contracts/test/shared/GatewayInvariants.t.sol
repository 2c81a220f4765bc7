// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { Gateway } from "../../src/origin/Gateway.sol";
import { MessageBox } from "../../src/shared/MessageBox.sol";
import { MessageStatus, RemoteProof } from "../../src/types/Messages.sol";
import { Flaw, Flaws } from "../support/Flaws.sol";
import { Owners } from "../support/Owners.sol";
import { Flight, Operation } from "../support/RandomCaller.sol";

/// @notice R62-R69 with a random caller, half of whose calls are broken in one thing. No broken call is accepted. An
/// accepted one takes one step of R63's table and no other message anywhere changes; what it proves was so at that
/// height, by a record of the test's own; coins and tokens move as the step says, to the wei.
contract GatewayInvariantsTest is Owners {
    uint256 private constant STEPS = 60;

    struct Statuses {
        MessageStatus source;
        MessageStatus target;
    }

    struct Attempt {
        Operation operation;
        Flaw flaw;
        MessageStatus status;
        uint64 height;
        address caller;
    }

    Gateway private otherGateway;
    CoGateway private otherCoGateway;
    mapping(bytes32 messageHash => Statuses) private known;
    mapping(bytes32 messageHash => mapping(uint64 height => MessageStatus)) private sourceAt;
    mapping(bytes32 messageHash => mapping(uint64 height => MessageStatus)) private targetAt;
    mapping(Operation => uint256) private accepted;
    mapping(Flaw => uint256) private refused;
    uint256 private limited;
    uint256 private measured;

    function setUp() public {
        gatherPeople();
        vm.deal(STRANGER, 1000 ether);
        otherGateway = new Gateway(gatewayParameters(address(0x0C), address(0x0D)));
        vm.chainId(AUXILIARY_CHAIN);
        CoGatewayParameters memory parameters = coGatewayParameters();
        parameters.gateway = address(otherGateway);
        otherCoGateway = new CoGateway(parameters);
        vm.chainId(ORIGIN_CHAIN);
        gatherOwners();
        vm.assertEq(balances().elsewhere, 0);
        commitNow();
        finaliseNow();
    }

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_everyStepIsOneOfTheTable(uint256 seed) public {
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
        }
    }

    /// @dev The random caller is worth something: every operation succeeds, every flaw is refused, and
    /// rewards end at their limit and below it.
    function test_everyOperationAndFlawIsTried() public {
        for (uint256 i; i < 5 * STEPS; ++i) {
            _step(uint256(keccak256(abi.encode("every", i))));
        }
        for (uint256 i; i < OPERATIONS; ++i) {
            vm.assertEq(accepted[Operation(i)] > 0 ? 1 : 0, 1, string.concat("operation ", vm.toString(i)));
        }
        for (uint256 i = uint256(Flaw.Secret); i <= uint256(Flaw.Caller); ++i) {
            vm.assertEq(refused[Flaw(i)] > 0 ? 1 : 0, 1, string.concat("flaw ", vm.toString(i)));
        }
        vm.assertGt(limited, 0);
        vm.assertGt(measured, 0);
    }

    /* STEPS */

    function _step(uint256 random) private {
        if (random % 5 == 0 || flights.length == 0) {
            _declare(random >> 8);
        } else {
            Flight memory flight = flights[(random >> 8) % flights.length];
            bool isSensible = (random >> 16) % 4 > 0;
            Operation operation = isSensible ? sensible(flight, random >> 24) : Operation((random >> 24) % OPERATIONS);
            _try(flight, operation, random >> 32);
        }
        for (uint256 i; i < flights.length; ++i) {
            (MessageStatus source, MessageStatus target) = statuses(flights[i]);
            vm.assertEq(uint256(source), uint256(known[flights[i].messageHash].source));
            vm.assertEq(uint256(target), uint256(known[flights[i].messageHash].target));
        }
    }

    function _declare(uint256 random) private {
        Balances memory expected = balances();
        if (!declare(random)) return assertSame(expected, balances());
        Flight memory flight = flights[flights.length - 1];
        known[flight.messageHash] = Statuses(MessageStatus.Declared, MessageStatus.Undeclared);
        (address sender, address box) = (flight.transfer.sender, sourceOf(flight));
        move(expected.coins, sender, box, BOUNTY);
        move(flight.staked ? expected.tokens : expected.utility, sender, box, flight.transfer.amount);
        if (flight.staked) expected.locked += flight.transfer.amount;
        assertSame(expected, balances());
    }

    function _try(Flight memory flight, Operation operation, uint256 random) private {
        Attempt memory attempt;
        attempt.operation = operation;
        attempt.flaw = random % 2 == 0 ? Flaw.Nothing : _someFlaw(operation, random >> 8);
        attempt.status = (random >> 16) % 2 == 0 ? MessageStatus.Declared : MessageStatus.Progressed;
        attempt.height = someHeight(flight, operation, random >> 24);
        attempt.caller = somebody(random >> 64);
        if (operation == Operation.Revoke) {
            attempt.caller = attempt.flaw == Flaw.Caller ? STRANGER : flight.transfer.sender;
        }
        bytes memory data = _dataOf(flight, attempt, random >> 32);
        Balances memory expected = balances();
        vm.recordLogs();
        if (!_send(flight, attempt, data)) {
            ++refused[attempt.flaw];
            return assertSame(expected, balances());
        }
        vm.assertEq(uint256(attempt.flaw), uint256(Flaw.Nothing));
        ++accepted[operation];
        uint256 gasUsed = vm.lastCallGas().gasTotalUsed;
        _checkStatuses(flight, attempt);
        _expect(flight, attempt, expected, gasUsed);
        assertSame(expected, balances());
    }

    /// @dev One that the operation can have; every operation can be about another transfer.
    function _someFlaw(Operation operation, uint256 random) private pure returns (Flaw) {
        if (takesSecret(operation) && random % 3 == 0) return Flaw.Secret;
        if (operation == Operation.Revoke && random % 3 == 0) return Flaw.Caller;
        if (takesProof(operation) && random % 2 == 0) {
            return Flaw(uint256(Flaw.Bit) + (random >> 8) % (uint256(Flaw.Amount) - uint256(Flaw.Bit)));
        }
        return Flaw(uint256(Flaw.Amount) + (random >> 16) % (uint256(Flaw.Caller) - uint256(Flaw.Amount)));
    }

    function _dataOf(Flight memory flight, Attempt memory attempt, uint256 random) private view returns (bytes memory) {
        RemoteProof memory proof = proofOf(flight, attempt.operation, attempt.height);
        Flaws.breakProof(attempt.flaw, proof, random);
        bool isOthers = attempt.flaw == Flaw.Secret;
        bytes32 secret = secretOf(flight.transfer, flight.staked != isOthers);
        return calldataOf(Flaws.renamed(flight, attempt.flaw), attempt.operation, secret, attempt.status, proof);
    }

    function _send(Flight memory flight, Attempt memory attempt, bytes memory data) private returns (bool success) {
        bool isOther = attempt.flaw == Flaw.OtherPair;
        address box = isAtOrigin(flight, attempt.operation)
            ? address(isOther ? otherGateway : gateway)
            : address(isOther ? otherCoGateway : coGateway);
        vm.prank(attempt.caller);
        (success,) = box.call{ value: attempt.operation == Operation.Revoke ? PENALTY : 0 }(data);
    }

    /* EFFECTS */

    /// @dev What an accepted call has made of the message, by the table of R63 and by what was proven.
    function _checkStatuses(Flight memory flight, Attempt memory attempt) private {
        Statuses storage record = known[flight.messageHash];
        (Operation operation, uint64 height) = (attempt.operation, attempt.height);
        MessageStatus shown =
            isAtSource(operation) ? targetAt[flight.messageHash][height] : sourceAt[flight.messageHash][height];
        if (operation == Operation.Progress) {
            _same(record.source, MessageStatus.Declared);
            record.source = MessageStatus.Progressed;
        } else if (operation == Operation.ProgressByProof) {
            _same(shown, attempt.status);
            bool revoking = record.source == MessageStatus.DeclaredRevocation;
            vm.assertTrue(revoking ? shown == MessageStatus.Progressed : record.source == MessageStatus.Declared);
            record.source = MessageStatus.Progressed;
        } else if (operation == Operation.Revoke) {
            _same(record.source, MessageStatus.Declared);
            record.source = MessageStatus.DeclaredRevocation;
        } else if (operation == Operation.ProgressRevocation) {
            _same(shown, MessageStatus.Revoked);
            _same(record.source, MessageStatus.DeclaredRevocation);
            record.source = MessageStatus.Revoked;
        } else {
            _checkTarget(record, operation, attempt.status, shown);
        }
        vm.assertFalse(record.source == MessageStatus.Revoked && record.target != MessageStatus.Revoked);
        vm.assertFalse(record.target == MessageStatus.Revoked && record.source == MessageStatus.Progressed);
    }

    function _checkTarget(Statuses storage record, Operation operation, MessageStatus status, MessageStatus shown)
        private
    {
        if (operation == Operation.Confirm) {
            _same(shown, MessageStatus.Declared);
            _same(record.target, MessageStatus.Undeclared);
            record.target = MessageStatus.Declared;
            return;
        }
        _same(record.target, MessageStatus.Declared);
        if (operation == Operation.ProgressTargetByProof) _same(shown, status);
        if (operation == Operation.ConfirmRevocation) _same(shown, MessageStatus.DeclaredRevocation);
        bool revoked = operation == Operation.ConfirmRevocation;
        record.target = revoked ? MessageStatus.Revoked : MessageStatus.Progressed;
    }

    function _same(MessageStatus found, MessageStatus expected) private pure {
        vm.assertEq(uint256(found), uint256(expected));
    }

    /// @dev Who gets what: bounty, penalty, amount and reward, and nobody anything else.
    function _expect(Flight memory flight, Attempt memory attempt, Balances memory expected, uint256 gasUsed) private {
        (Operation operation, address source) = (attempt.operation, sourceOf(flight));
        (address sender, uint256 amount) = (flight.transfer.sender, flight.transfer.amount);
        if (operation == Operation.Progress || operation == Operation.ProgressByProof) {
            move(expected.coins, source, attempt.caller, BOUNTY);
            if (flight.staked) return;
            expected.utility[indexOf[source]] -= amount;
            expected.supply -= amount;
        } else if (operation == Operation.Revoke) {
            move(expected.coins, sender, Coins.BURNED, PENALTY);
        } else if (operation == Operation.ProgressRevocation) {
            move(expected.coins, source, Coins.BURNED, BOUNTY);
            move(flight.staked ? expected.tokens : expected.utility, source, sender, amount);
            if (flight.staked) expected.locked -= amount;
        } else if (operation == Operation.ProgressTarget || operation == Operation.ProgressTargetByProof) {
            _expectPaid(flight, attempt.caller, expected, _reward(flight, gasUsed));
        }
    }

    function _expectPaid(Flight memory flight, address caller, Balances memory expected, uint256 reward) private view {
        uint256 amount = flight.transfer.amount;
        uint256[] memory paid = flight.staked ? expected.utility : expected.tokens;
        paid[indexOf[flight.transfer.beneficiary]] += amount - reward;
        paid[indexOf[caller]] += reward;
        if (flight.staked) {
            expected.supply += amount;
        } else {
            expected.tokens[indexOf[address(gateway)]] -= amount;
            expected.locked -= amount;
        }
    }

    /// @dev What was said to be paid for gas (R64): all that the limit allows if the confirmation alone used that much,
    /// and otherwise at least the confirmation's gas and at most that and the whole call's.
    function _reward(Flight memory flight, uint256 gasUsed) private returns (uint256 reward) {
        (uint256 price, uint256 limit) = (flight.transfer.gasPrice, flight.transfer.gasLimit);
        uint256 confirmation = (flight.staked ? coGateway : MessageBox(gateway)).confirmationGas(flight.messageHash);
        vm.assertGt(confirmation, 0);
        reward = toldReward(flight);
        if (confirmation >= limit) {
            ++limited;
            vm.assertEq(reward, limit * price);
            return reward;
        }
        if (price == 0) return reward;
        vm.assertEq(reward % price, 0);
        vm.assertGt(reward, confirmation * price);
        if (confirmation + gasUsed < limit) ++measured;
        vm.assertLt(reward, (confirmation + gasUsed) * price);
        vm.assertLt(reward, limit * price + 1);
    }

    /* ROOTS */

    function commitNow() internal override returns (uint64 height) {
        height = commit();
        _note(height, false);
    }

    function finaliseNow() internal override returns (uint64 height) {
        height = finalise();
        _note(height, true);
    }

    /// @dev What a root shows, kept without any trie.
    function _note(uint64 height, bool origin) private {
        for (uint256 i; i < flights.length; ++i) {
            bytes32 messageHash = flights[i].messageHash;
            bool isSource = flights[i].staked == origin;
            if (isSource) sourceAt[messageHash][height] = known[messageHash].source;
            else targetAt[messageHash][height] = known[messageHash].target;
        }
    }
}
