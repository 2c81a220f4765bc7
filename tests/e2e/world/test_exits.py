"""Leaving a halted core as a user does: balances exit, what was in flight is claimed, each once (R73, R74)."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from devnet.checks import CHECKS, Verdict, run_check
from devnet.errors import ManifestError, UsageError
from devnet.types import TOKEN
from devnet.world.exits import Departure
from devnet.world.world import World
from tests.e2e.world.transfers import (
    AUXILIARY,
    BLOCKS,
    FACILITATORS,
    balance,
    coins,
    ends_of,
    funded,
    halt_core,
    link_to,
    steps_of,
)

pytestmark = [pytest.mark.geth, pytest.mark.devnet(manifest="transfers")]

YEAR_S = 365 * 24 * 3600
MANY_GWEI = 10**11


def delegate(world: World) -> bytes:
    """Let the first account run another's code on auxiliary (EIP-7702); its code from then on."""
    key, link = world.devnet.accounts[0], link_to(world, AUXILIARY)
    signer, chain_id = Account.from_key(key.secret), world.devnet.chain(AUXILIARY).chain_id
    target = world.handles.pair("TKN").utility_token.address
    delegation = signer.sign_authorization({"chainId": chain_id, "address": to_checksum_address(target), "nonce": 1})
    signed = signer.sign_transaction(
        {
            "type": 4,
            "chainId": chain_id,
            "nonce": 0,
            "gas": 100_000,
            "maxFeePerGas": MANY_GWEI,
            "maxPriorityFeePerGas": 1,
            "to": signer.address,
            "value": 0,
            "data": "0x",
            "authorizationList": [delegation],
        }
    )
    link.call("eth_sendRawTransaction", ("0x" + bytes(signed.raw_transaction).hex(),))
    world.step()
    return bytes.fromhex(link.call("eth_getCode", ("0x" + key.address.hex(), "latest"))[2:])


def await_root(world: World) -> None:
    """Run until a commit shows auxiliary as it is now."""
    now, epoch = world.chains[AUXILIARY].head.number, world.devnet.chain(AUXILIARY).epoch_length
    core = world.handles.core_of(AUXILIARY).core
    assert world.run_until(lambda: core.read(link_to(world, "origin"), "committedHeight") * epoch >= now, BLOCKS)


def done(world: World, departure: Departure) -> dict[str, dict[str, Any]]:
    """The steps by name that a departure took."""
    world.step()
    steps: list[Any] = world.transfers.steps_in(departure.transactions)
    return {step["step"]: step for step in steps}


def refused(world: World, sentence: str, *message: str, **more: Any) -> None:
    """An exit, or a claim of a message, that is refused before anything is sent."""
    transfers, waiting = world.transfers, world.chains["origin"].pending()
    with pytest.raises((UsageError, ManifestError), match=sentence):
        transfers.claim(*message, **more) if message else transfers.exit(AUXILIARY, **more)
    assert world.chains["origin"].pending() == waiting


def test_everybody_leaves_a_halted_core_once_a_year_later(world: World) -> None:
    assert delegate(world)[:3].hex() == "ef0100"
    refused(world, "the core of auxiliary-1 runs: .* devnet transfer redeem")
    held = funded(world)
    await_root(world)
    late, declared, burned = halted_in_flight(world)
    holdings_exit(world, held)
    arrival_is_claimed(world, late)
    stake_is_settled(world, declared)
    for act in (world.transfers.reveal, world.transfers.revert):
        with pytest.raises(UsageError, match=r"the core of auxiliary-1 has halted, .* devnet transfer claim 0x"):
            act(burned)
    refused(world, "was claimed already", late)
    refused(world, "all of it is back with its sender", declared)
    refused(world, "its sender holds them: leave with devnet transfer exit", burned)
    refused(world, "no transfer 0x5757", "0x" + "57" * 32)
    # What is left belongs to the facilitator that was paid for the first transfer.
    assert locked(world) == 3 * TOKEN - held
    require_checks(world)


def halted_in_flight(world: World) -> tuple[str, str, str]:
    """A stake that arrived after the last root, one and a redemption that nobody confirmed; a year after the halt."""
    transfers = world.transfers
    late = transfers.stake(AUXILIARY, 2 * TOKEN, sender="1")
    refused(world, "no block has the declaration", late)
    assert world.run_until(lambda: ends_of(world, late)[1] == "declared", BLOCKS)
    refused(world, "the core of auxiliary-1 runs: .* devnet transfer watch", late)
    transfers.reveal(late)
    world.step(3)
    for name in FACILITATORS:
        world.dismiss(name)
    declared, burned = transfers.stake(AUXILIARY, TOKEN, sender="2"), transfers.redeem(AUXILIARY, TOKEN)
    world.step()
    halt_core(world)
    world.warp(YEAR_S)
    world.step()
    # Whatever auxiliary says since the last root: minted there, burned there.
    assert [ends_of(world, one) for one in (late, declared, burned)] == [
        ("progressed", "progressed"),
        ("declared", "undeclared"),
        ("declared", "undeclared"),
    ]
    assert [row["ending"] for row in transfers.all()] == ["over", "claimed", "returned", "over"]
    return late, declared, burned


def holdings_exit(world: World, held: int) -> None:
    """What the first account held by the last root leaves, once; nobody else has anything to leave with."""
    transfers, pair, user = world.transfers, world.handles.pair("TKN"), world.devnet.accounts[0].address
    before = balance(world, pair.token, "origin", user)
    leaving = transfers.exit(AUXILIARY)
    assert (leaving.amount_wei, "only that counts" in leaving.warnings[0]) == (held, True)
    step = done(world, leaving)["exited"]
    assert (int(step["received_wei"]), step["proof_bytes"] > 0, step["chain"]) == (held, True, "origin")
    assert balance(world, pair.token, "origin", user) == before + held
    refused(world, "has left already with its TKN")
    refused(world, "holds no TKN by the last committed root", sender="1")
    refused(world, "is the CoGateway", sender="0x" + pair.co_gateway.address.hex())
    refused(world, "runs code of its own", sender="0x" + pair.utility_token.address.hex())
    refused(world, "no account '0x5757", sender="0x" + "57" * 20)
    refused(world, "no pair 'NONE'", pair="NONE")


def arrival_is_claimed(world: World, late: str) -> None:
    """What the root does not show minted is claimed by its beneficiary alone."""
    other = world.devnet.accounts[1].address
    refused(world, f"only 0x{other.hex()} may claim", late, sender="0")
    claimed = done(world, world.transfers.claim(late))["claimed"]
    assert (int(claimed["received_wei"]), claimed["by"]) == (2 * TOKEN, "0x" + other.hex())


def stake_is_settled(world: World, declared: str) -> None:
    """Anybody may settle a stake that never arrived: it returns to its sender, with the bounty."""
    pair, third = world.handles.pair("TKN"), world.devnet.accounts[2].address
    tokens, paid = balance(world, pair.token, "origin", third), coins(world, "origin", pair.gateway.address)
    settled = done(world, world.transfers.claim(declared, sender="1"))
    assert (list(settled), int(settled["settled"]["received_wei"])) == (["settled", "bounty withdrawn"], TOKEN)
    assert balance(world, pair.token, "origin", third) == tokens + TOKEN
    assert coins(world, "origin", pair.gateway.address) == paid - pair.deployment.bounty_wei
    assert list(steps_of(world, declared)) == ["declared", "settled"]


def test_redemptions_end_by_the_last_root_too(world: World) -> None:
    """One that the root shows open is paid to its beneficiary; one that was taken back by half is claimed."""
    transfers, pair = world.transfers, world.handles.pair("TKN")
    held = [funded(world, sender=sender) for sender in "01"]
    torn = transfers.redeem(AUXILIARY, TOKEN, sender="1")
    assert world.run_until(lambda: ends_of(world, torn)[1] == "declared", BLOCKS)
    transfers.revert(torn)
    paid = transfers.redeem(AUXILIARY, TOKEN, beneficiary="0x" + "57" * 20)
    assert world.run_until(lambda: ends_of(world, torn)[1] == "revoked", BLOCKS)
    for name in FACILITATORS:
        world.dismiss(name)
    halt_core(world)
    assert [row["ending"] for row in transfers.all()] == ["over", "over", "claimed", "paid"]

    assert int(done(world, transfers.claim(paid, sender="2"))["settled"]["received_wei"]) == TOKEN
    assert balance(world, pair.token, "origin", b"\x57" * 20) == TOKEN
    refused(world, "its beneficiary was paid on origin", paid)
    refused(world, "may claim this message, with its own key", torn, sender="0")
    assert int(done(world, transfers.claim(torn))["claimed"]["received_wei"]) == TOKEN
    refused(world, "was claimed already", torn)
    left = [transfers.exit(AUXILIARY, sender=sender).amount_wei for sender in "01"]
    assert left == [amount - TOKEN for amount in held]
    world.step()
    assert locked(world) == 6 * TOKEN - sum(held)
    require_checks(world)


def test_a_core_that_halts_before_its_first_commit_returns_every_stake(world: World) -> None:
    """Its last root is that of auxiliary's genesis, where there was no gateway yet: its absence is proven."""
    for name in FACILITATORS:
        world.dismiss(name)
    message = world.transfers.stake(AUXILIARY, TOKEN)
    halt_core(world)
    assert world.transfers.find(message)["ending"] == "returned"
    refused(world, "the genesis of auxiliary-1: no commit yet")
    assert list(done(world, world.transfers.claim(message))) == ["settled", "bounty withdrawn"]
    assert locked(world) == 0
    require_checks(world)


def locked(world: World) -> int:
    return int(world.handles.pair("TKN").gateway.read(link_to(world, "origin"), "locked"))


def require_checks(world: World) -> None:
    """The History stands before G1-G9."""
    world.running.take_over()
    results = [run_check(check, world.devnet, world.history) for name, check in CHECKS.items() if name.startswith("G")]
    assert [result for result in results if result.verdict is not Verdict.PASSED] == []
