// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoGateway } from "../../src/auxiliary/CoGateway.sol";
import { CoGatewayParameters } from "../../src/interfaces/ICoGateway.sol";
import { Coins } from "../../src/libraries/Coins.sol";
import { Gateway } from "../../src/origin/Gateway.sol";
import { MessageStatus, RemoteProof, Transfer } from "../../src/types/Messages.sol";
import { Flaw, Flaws } from "../support/Flaws.sol";
import { Flight, Operation, RandomCaller } from "../support/RandomCaller.sol";

/// @notice R62-R69 with a random caller, half of whose calls are broken in one thing. No broken call is accepted. An
/// accepted one takes one step of R63's table and no other message anywhere changes; what it proves was so at that
/// height, by a record of the test's own; coins and tokens move as the step says, to the wei.
contract GatewayInvariantsTest is RandomCaller {
    uint256 private constant STEPS = 60;

    struct Balances {
        uint256 locked;
        uint256 supply;
        uint256 gateway;
        uint256 coGateway;
        uint256 burned;
        uint256 caller;
        uint256 tokens;
        uint256 utility;
    }

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

    function setUp() public {
        gatherPeople();
        vm.deal(STRANGER, 1000 ether);
        otherGateway = new Gateway(gatewayParameters(address(0x0C), address(0x0D)));
        vm.chainId(AUXILIARY_CHAIN);
        CoGatewayParameters memory parameters = coGatewayParameters();
        parameters.gateway = address(otherGateway);
        otherCoGateway = new CoGateway(parameters);
        vm.chainId(ORIGIN_CHAIN);
        commitNow();
        finaliseNow();
    }

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_everyStepIsOneOfTheTable(uint256 seed) public {
        for (uint256 i; i < STEPS; ++i) {
            _step(uint256(keccak256(abi.encode(seed, i))));
        }
    }

    /// @dev The random caller is worth something: every operation succeeds, and every flaw is refused.
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
        Balances memory before = _balances(somebody(random), address(0));
        if (!declare(random)) return;
        Flight memory flight = flights[flights.length - 1];
        known[flight.messageHash] = Statuses(MessageStatus.Declared, MessageStatus.Undeclared);
        Balances memory expected = before;
        if (flight.staked) {
            expected.gateway += BOUNTY;
            expected.locked += flight.transfer.amount;
        } else {
            expected.coGateway += BOUNTY;
        }
        expected.caller -= BOUNTY;
        _assertSame(expected, _balances(somebody(random), address(0)));
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
        Balances memory before = _balances(attempt.caller, flight.transfer.beneficiary);
        if (!_send(flight, attempt, data)) {
            ++refused[attempt.flaw];
            _assertSame(before, _balances(attempt.caller, flight.transfer.beneficiary));
            return;
        }
        vm.assertEq(uint256(attempt.flaw), uint256(Flaw.Nothing));
        ++accepted[operation];
        _checkStatuses(flight, attempt);
        _checkBalances(flight, attempt, before);
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

    /// @dev Who got what: bounty, penalty, amount and reward, and nothing else.
    function _checkBalances(Flight memory flight, Attempt memory attempt, Balances memory expected) private view {
        Operation operation = attempt.operation;
        Transfer memory transfer = flight.transfer;
        Balances memory found = _balances(attempt.caller, transfer.beneficiary);
        bool ends = operation == Operation.Progress || operation == Operation.ProgressByProof;
        if (ends || operation == Operation.ProgressRevocation) {
            if (flight.staked) expected.gateway -= BOUNTY;
            else expected.coGateway -= BOUNTY;
            if (ends) expected.caller += BOUNTY;
            else expected.burned += BOUNTY;
        }
        if (operation == Operation.Revoke) {
            expected.caller -= PENALTY;
            expected.burned += PENALTY;
        }
        if (operation == Operation.ProgressRevocation && flight.staked) expected.locked -= transfer.amount;
        if (ends && !flight.staked) expected.supply -= transfer.amount;
        if (operation == Operation.ProgressTarget || operation == Operation.ProgressTargetByProof) {
            if (flight.staked) expected.supply += transfer.amount;
            else expected.locked -= transfer.amount;
            _checkReward(flight, attempt.caller, expected, found);
        }
        // Who has which tokens is said above for those who are paid; a sender's come back in full.
        (expected.tokens, expected.utility) = (found.tokens, found.utility);
        _assertSame(expected, found);
    }

    function _checkReward(Flight memory flight, address caller, Balances memory before, Balances memory found)
        private
        pure
    {
        Transfer memory transfer = flight.transfer;
        uint256 paid = flight.staked ? found.utility - before.utility : found.tokens - before.tokens;
        uint256 most = transfer.gasPrice * transfer.gasLimit;
        bool isOne = caller == transfer.beneficiary;
        vm.assertTrue(isOne ? paid == transfer.amount : paid <= transfer.amount && paid >= transfer.amount - most);
    }

    function _balances(address caller, address beneficiary) private view returns (Balances memory) {
        return Balances({
            locked: gateway.locked(),
            supply: utility.totalSupply(),
            gateway: address(gateway).balance,
            coGateway: address(coGateway).balance,
            burned: Coins.BURNED.balance,
            caller: caller.balance,
            tokens: token.balanceOf(beneficiary),
            utility: utility.balanceOf(beneficiary)
        });
    }

    function _assertSame(Balances memory expected, Balances memory found) private pure {
        vm.assertEq(abi.encode(expected), abi.encode(found));
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
