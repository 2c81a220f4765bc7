"""What tests of transfers share: balances, the steps of a message, running until it ends, halting a core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from devnet.chain.link import DirectLink
from devnet.checks import CHECKS, GATEWAY_CHECKS, Verdict, run_check
from devnet.contracts.gas import gas_limit
from devnet.contracts.handle import ContractHandle
from devnet.contracts.send import Sender
from devnet.mosaic.votes import Domain, Vote, sign_vote
from devnet.types import TOKEN
from devnet.world.following import Following
from devnet.world.world import World

AUXILIARY = "auxiliary-1"
FACILITATORS = ("facilitator-1", "facilitator-2")
BLOCKS = 150
"""Origin blocks in which any transfer ends; seen: 100, a redemption that is taken back."""


def assert_gateways_stand(world: World) -> None:
    """Every check of gateways passed; without any transfer most can say nothing, and say so."""
    world.running.take_over()
    results = [run_check(CHECKS[name], world.devnet, world.history) for name in GATEWAY_CHECKS]
    assert len(results) == 9
    begun = [event for kind in ("StakeDeclared", "RedeemDeclared") for event in world.history.effective_events(kind)]
    unknown = {result.reason for result in results if result.verdict is Verdict.UNKNOWN}
    assert unknown <= (set() if begun else {"no transfer was declared"})
    assert [result for result in results if result.verdict is Verdict.FAILED] == []


def link_to(world: World, chain: str) -> DirectLink:
    return DirectLink(world.chains[chain])


def balance(world: World, token: ContractHandle, chain: str, account: bytes) -> int:
    return int(token.read(link_to(world, chain), "balanceOf", account))


def coins(world: World, chain: str, address: bytes) -> int:
    return int(link_to(world, chain).call("eth_getBalance", ("0x" + address.hex(), "latest")), 16)


def steps_of(world: World, message: str) -> dict[str, dict[str, Any]]:
    """The steps by name; each comes once."""
    steps: list[Any] = world.transfers.find(message)["steps"]  # type: ignore[assignment]
    by_name = {step["step"]: step for step in steps}
    assert len(by_name) == len(steps)
    return by_name


def ends_of(world: World, message: str) -> tuple[Any, Any]:
    row = world.transfers.find(message)
    return row["outbox"], row["inbox"]


def finish_all(world: World, *followings: Following, between: Callable[[], None] = lambda: None) -> None:
    """Run until all have ended; ``between`` is called after every tick."""

    def are_over() -> bool:
        between()
        for following in followings:
            following.look()
        return all(following.is_over for following in followings)

    assert world.run_until(are_over, BLOCKS), [following.row for following in followings]


def funded(world: World, amount: int = 3 * TOKEN, **more: Any) -> int:
    """Stake that much, so that there is something to redeem; what arrived."""
    message = world.transfers.stake(AUXILIARY, amount, **more)
    assert world.transfers.finish(message, blocks=BLOCKS)
    return int(steps_of(world, message)["progressed at target"]["received_wei"])


def calls_of_facilitators(world: World) -> list[tuple[str, int, int, bool]]:
    """Every transaction of theirs: function, gas used, gas limit, whether it succeeded."""
    made = []
    for event in world.history.effective_events("MessageCarried"):
        link = link_to(world, str(event.chain))
        receipt, transaction = link.batch(
            [
                ("eth_getTransactionReceipt", (event.payload["hash"],)),
                ("eth_getTransactionByHash", (event.payload["hash"],)),
            ]
        )
        used, limit = int(receipt["gasUsed"], 16), int(transaction["gas"], 16)
        made.append((str(event.payload["function"]), used, limit, receipt["status"] == "0x1"))
    return made


def conserved(world: World) -> bool:
    """Nothing in flight: what is locked is what was minted, to the wei (R70)."""
    pair = world.handles.pair("TKN")
    locked = pair.gateway.read(link_to(world, "origin"), "locked")
    held = balance(world, pair.token, "origin", pair.gateway.address)
    return bool(locked == held == pair.utility_token.read(link_to(world, AUXILIARY), "totalSupply"))


def halt_core(world: World) -> None:
    """Show origin that two validators, more than a third, each signed two votes for one height (R40, R53)."""
    core, reporter = world.handles.core_of(AUXILIARY), world.devnet.accounts[2]
    domain = Domain(world.devnet.origin.chain_id, core.core.address)
    sender = Sender(link_to(world, "origin"), reporter, world.devnet.origin.chain_id)
    for spec in world.devnet.validators[:2]:
        first = Vote(core.deployment.core_id, bytes(32), b"\x01" * 32, b"\x02" * 32, 700, 701)
        votes = [sign_vote(one, domain, spec.auxiliary_key.secret) for one in (first, replace(first, target=bytes(32)))]
        evidence = [part for signed in votes for part in (signed.vote.fields(), signed.signature)]
        sender.send(core.stake.address, core.stake.calldata("slash", *evidence), gas_limit("Stake", "slash"))
    world.step(2)
    assert core.core.read(link_to(world, "origin"), "isHalted")
