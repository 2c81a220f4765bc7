"""R73, R74 on real geth: a core halts with transfers in every state, a year passes, and everything ends to the wei."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devnet.chain.link import DirectLink
from devnet.checks import CHECKS, Verdict, run_check
from devnet.config.network import Key
from devnet.contracts.handles import PairHandles
from devnet.contracts.pairs import HOLDING
from devnet.types import TOKEN
from devnet.world.serving import Serving
from tests.e2e.gateways.halting import CLAIMED, MANIFEST, NOTHING, Case, Halt

YEAR_S = 365 * 24 * 3600


class Leaving:
    """What everybody does once the core has halted, each thing twice."""

    def __init__(self, halt: Halt) -> None:
        self.halt = halt
        self.ferry = halt.ferry
        self.pair: PairHandles = halt.pair
        self.gateway = halt.pair.gateway
        self._calls: list[tuple[Key, str, tuple[Any, ...]]] = []

    def settle(self) -> None:
        """Everything in flight ends as its row says; what has nothing to settle is refused."""
        for case in self.halt.stakes:
            self._end(case, "Stake", self.ferry.inbox_proof(case.journey), case.journey.transfer.beneficiary)
        for case in self.halt.redemptions:
            self._end(case, "Redeem", self.ferry.outbox_proof(case.journey), case.journey.transfer.sender)
        self._send_all()

    def exit(self) -> None:
        """Every holder leaves with its balance under the last root."""
        for key in self.halt.people:
            if self.owned(key) > 0:
                proofs = self.ferry.balance_proof(key.address), self.ferry.code_proof(key.address)
                self._calls.append((key, "exit", proofs))
        self._send_all()

    def withdraw(self) -> None:
        """Whoever locked a bounty on origin fetches it."""
        for key in self.halt.people:
            if self.gateway.read(self.halt.link, "returnedBounties", key.address) > 0:
                self._calls.append((key, "withdrawBounties", (key.address,)))
        self._send_all()

    def owned(self, key: Key) -> int:
        """Utility tokens under the last root."""
        link = DirectLink(self.halt.world.chains[self.pair.deployment.auxiliary])
        block = self.ferry.committed_block()
        return int(self.pair.utility_token.read(link, "balanceOf", key.address, block=block))

    def _end(self, case: Case, word: str, proof: object, who: bytes) -> None:
        """Settle or claim, whichever the row says; the other one, or both, are refused."""
        fields, anybody = case.journey.transfer.fields(), self.halt.people[-1]
        claimant = next((key for key in (*self.halt.people, self.halt.stranger) if key.address == who), anybody)
        ways: dict[str, tuple[Key, str, tuple[Any, ...]]] = {
            "settle": (anybody, f"settle{word}", (fields, proof)),
            "claim": (claimant, f"claim{word}", (fields, proof, self.ferry.code_proof(who))),
        }
        right = {NOTHING: "", CLAIMED: "claim"}.get(case.ending, "settle")
        for way, (key, function, arguments) in ways.items():
            if way == right:
                self._calls.append((key, function, arguments))
            else:
                assert self.ferry.refusal(key, self.gateway, function, *arguments) == "NothingToSettle"

    def _send_all(self) -> None:
        """Every call in one block; the same again is refused."""
        calls, self._calls = self._calls, []
        assert calls
        for key, function, arguments in calls:
            items = {"nodes": 40, "code_bytes": 0} if function.startswith(("exit", "claim")) else {"nodes": 20}
            self.ferry.call(key, self.gateway, function, *arguments, **({} if "withdraw" in function else items))
        self.halt.world.step(2)
        again = {self.ferry.refusal(key, self.gateway, function, *arguments) for key, function, arguments in calls}
        assert again <= {"NothingToSettle", "AlreadyClaimed", "AlreadyExited", "NothingToWithdraw"}


def test_everything_ends_once_and_to_the_wei_a_year_after_the_halt(run_network: Callable[[str], Serving]) -> None:
    world = run_network(MANIFEST).world
    halt = Halt(world)
    halt.prepare()
    halt.declare()
    halt.advance()
    halt.finish()
    for case in (*halt.stakes, *halt.redemptions):
        assert halt.ferry.statuses(case.journey) == (case.outbox, case.inbox)
    world.warp(YEAR_S)
    world.step()
    fund(halt, halt.stranger)
    leaving = Leaving(halt)
    leaving.settle()
    leaving.exit()
    leaving.withdraw()
    gateway, token = halt.pair.gateway, halt.pair.token
    assert gateway.read(halt.link, "locked") == token.read(halt.link, "balanceOf", gateway.address) == 0
    assert int(halt.link.call("eth_getBalance", ("0x" + gateway.address.hex(), "latest")), 16) == 0
    couriers = (one.origin_key for one in world.devnet.facilitators)
    everybody = (*world.devnet.accounts, halt.stranger, *couriers)
    owned = [token.read(halt.link, "balanceOf", key.address) for key in everybody]
    assert sum(owned) == HOLDING * len(world.devnet.accounts)
    results = [run_check(CHECKS[f"G{number}"], world.devnet, world.history) for number in range(1, 10)]
    assert [result for result in results if result.verdict is not Verdict.PASSED] == []


def fund(halt: Halt, key: Key) -> None:
    """Give somebody coins on origin, enough for the highest fee of a few calls."""
    halt.sender(halt.people[-1]).send(key.address, b"", 21_000, 10 * TOKEN)
    halt.world.step()
