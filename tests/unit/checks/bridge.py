"""Hand-made histories of transfers: every event that the contracts write, one step to a block, on both chains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from devnet.checks import GATEWAY_CHECKS, CheckResult, Verdict
from devnet.config.network import Key, PairSpec
from devnet.mosaic.messages import Intent, Message, hash_lock
from devnet.types import Json
from tests.unit.checks.conftest import EPOCH, Story, hexed

ORIGIN, AUXILIARY = "origin", "auxiliary-1"
GATEWAY, CO_GATEWAY = b"\x6a" * 20, b"\x6c" * 20
ALICE, BOB, COURIER, CONTRACT, NOBODY = ("0x" + digit * 40 for digit in ("a", "b", "c", "d", "0"))
SECRET, NO_SECRET = "0x" + "5e" * 32, "0x" + "00" * 32
GAS_PRICE, GAS_LIMIT, GAS_USED = 2, 100, 60
TRANSACTION_GAS = 30_000
AMOUNT = 1000
REWARD = GAS_PRICE * GAS_LIMIT

NOTHING: Mapping[str, str] = MappingProxyType({})

Happening = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Flight:
    """One transfer on its way."""

    message: str
    is_stake: bool
    sender: str
    beneficiary: str
    transfer: Mapping[str, str] = field(repr=False)

    @property
    def source(self) -> str:
        return ORIGIN if self.is_stake else AUXILIARY

    @property
    def target(self) -> str:
        return AUXILIARY if self.is_stake else ORIGIN


class Bridge(Story):
    """Writes transfers of one pair; ``changes`` and ``omitted`` break the first event of a kind."""

    def __init__(self, pairs: int = 1) -> None:
        super().__init__(gateways=pairs)
        people = tuple(Key(b"", raw(address)) for address in (ALICE, BOB, COURIER))
        self.devnet = replace(self.devnet, accounts=people)
        self.pair = next(iter(self.devnet.pairs), PairSpec("none", AUXILIARY, 0))
        self.changes: dict[str, dict[str, Any]] = {}
        self.omitted: set[str] = set()
        self.heights = {ORIGIN: 0, AUXILIARY: 0}
        self.nonces: dict[tuple[bool, str], int] = {}
        self.commits = 0
        self.bounty = self.pair.bounty_wei
        for pair in self.devnet.pairs:
            where = {"gateway": hexed(GATEWAY), "coGateway": hexed(CO_GATEWAY), "bounty": str(self.bounty)}
            self.append("PairDeployed", None, auxiliary=AUXILIARY, pair=pair.name, **where)

    # -- blocks and roots

    def happen(self, chain: str, *happenings: Happening, contract: str = "Gateway") -> None:
        """The next block of a chain, with these events in one transaction."""
        self.grow(chain, 1)
        number = self.heights[chain]
        for kind, payload in happenings:
            if kind in self.omitted:
                self.omitted.remove(kind)
                continue
            known: dict[str, Any] = {
                "auxiliary": AUXILIARY,
                "pair": self.pair.name,
                "contract": contract,
                "view": "main",
            }
            known |= {"transaction": f"0x{chain}{number}", "transactionGas": TRANSACTION_GAS}
            self.append(kind, chain, number, **{**known, **payload, **self.changes.pop(kind, {})})

    def grow(self, chain: str, count: int) -> None:
        for _ in range(count):
            self.heights[chain] += 1
            self.block(chain, self.heights[chain])

    def observe(self) -> int:
        """Auxiliary finalises a checkpoint of origin as it is now; its checkpoint height."""
        self.grow(ORIGIN, EPOCH - self.heights[ORIGIN] % EPOCH)
        height = self.heights[ORIGIN] // EPOCH
        self.grow(ORIGIN, 2 * EPOCH)
        seen = {"coreId": hexed(self.origin_id), "height": str(height), "dynasty": "1"}
        seen["blockHash"] = hexed(self.hash(ORIGIN, height * EPOCH))
        self.happen(AUXILIARY, ("CheckpointFinalised", seen), contract="OriginObserver")
        return height

    def commit(self) -> int:
        """The core commits auxiliary as it is now; the checkpoint height."""
        self.grow(AUXILIARY, EPOCH - self.heights[AUXILIARY] % EPOCH)
        height = self.heights[AUXILIARY] // EPOCH
        block = hexed(self.hash(AUXILIARY, height * EPOCH))
        final = {"coreId": hexed(self.core_id), "height": str(height), "blockHash": block, "dynasty": "1"}
        self.happen(AUXILIARY, ("CheckpointFinalised", final), contract="AuxiliaryBlockStore")
        self.commits += 1
        sealed = {"height": str(self.commits), "checkpoint": block, "checkpointHeight": str(height)}
        self.happen(ORIGIN, ("MetaBlockCommitted", sealed), contract="Core")
        return height

    def halt(self) -> None:
        self.happen(ORIGIN, ("Halted", {"height": "2", "reason": "0"}), contract="Core")

    # -- the source

    def declare(
        self, is_stake: bool, sender: str = ALICE, beneficiary: str = BOB, changes: Mapping[str, str] = NOTHING
    ) -> Flight:
        flight = self.flight(is_stake, sender, beneficiary)
        kind, gateway = ("StakeDeclared", GATEWAY) if is_stake else ("RedeemDeclared", CO_GATEWAY)
        payload: dict[str, Json] = {"messageHash": flight.message, "sender": sender, "facilitator": sender}
        payload["transfer"] = {**flight.transfer, **changes}
        self.happen(flight.source, (kind, payload), moved(sender, hexed(gateway), AMOUNT))
        return flight

    def flight(self, is_stake: bool, sender: str, beneficiary: str) -> Flight:
        """A transfer with the sender's next nonce, and its hash."""
        nonce = self.nonces.get((is_stake, sender), 0)
        self.nonces[is_stake, sender] = nonce + 1
        chains = (self.devnet.origin.chain_id, GATEWAY, self.devnet.chain(AUXILIARY).chain_id, CO_GATEWAY)
        intent = Intent(AMOUNT, raw(beneficiary), *chains)
        digest = intent.stake_hash() if is_stake else intent.redeem_hash()
        lock = hash_lock(raw(SECRET))
        message = Message(digest, nonce, GAS_PRICE, GAS_LIMIT, raw(sender), lock).hash()
        transfer = {
            "amount": str(AMOUNT),
            "beneficiary": beneficiary,
            "gasPrice": str(GAS_PRICE),
            "gasLimit": str(GAS_LIMIT),
            "sender": sender,
            "nonce": str(nonce),
            "hashLock": hexed(lock),
        }
        return Flight(hexed(message), is_stake, sender, beneficiary, transfer)

    def progress_source(self, flight: Flight, by_proof: bool = False) -> None:
        payload = {"messageHash": flight.message, "sender": flight.sender, "facilitator": COURIER}
        payload |= {"amount": str(AMOUNT), **key(by_proof)}
        if flight.is_stake:
            self.happen(ORIGIN, ("StakeProgressed", payload))
        else:
            self.happen(AUXILIARY, ("RedeemProgressed", payload), moved(hexed(CO_GATEWAY), NOBODY, AMOUNT))

    def revoke(self, flight: Flight) -> None:
        kind = "StakeRevocationDeclared" if flight.is_stake else "RedeemRevocationDeclared"
        burned = str(self.bounty * 3 // 2)
        self.happen(flight.source, (kind, {"messageHash": flight.message, "sender": flight.sender, "burned": burned}))

    def take_back(self, flight: Flight) -> None:
        kind, gateway = ("StakeReverted", GATEWAY) if flight.is_stake else ("RedeemReverted", CO_GATEWAY)
        payload = {"messageHash": flight.message, "sender": flight.sender, "amount": str(AMOUNT)}
        self.happen(flight.source, (kind, payload), moved(hexed(gateway), flight.sender, AMOUNT))

    # -- the target

    def show(self, flight: Flight) -> int:
        """A root under which the source is as it is now."""
        return self.observe() if flight.is_stake else self.commit()

    def confirm(self, flight: Flight, height: int | None = None, revocation: bool = False) -> None:
        known = self.show(flight) if height is None else height
        word = "Stake" if flight.is_stake else "Redeem"
        seen = "originHeight" if flight.is_stake else "auxiliaryHeight"
        payload = {"messageHash": flight.message, "sender": flight.sender, seen: str(known)}
        if revocation:
            self.happen(flight.target, (f"{word}RevocationConfirmed", payload))
        else:
            self.happen(flight.target, (f"{word}Confirmed", payload | {"gasUsed": str(GAS_USED)}))

    def progress_target(self, flight: Flight, by_proof: bool = False) -> None:
        payload = {"messageHash": flight.message, "beneficiary": flight.beneficiary, "facilitator": COURIER}
        payload |= {"reward": str(REWARD), **key(by_proof)}
        paid, payer = AMOUNT - REWARD, NOBODY if flight.is_stake else hexed(GATEWAY)
        tokens = (moved(payer, flight.beneficiary, paid), moved(payer, COURIER, REWARD))
        kind, word = ("MintProgressed", "minted") if flight.is_stake else ("UnstakeProgressed", "released")
        self.happen(flight.target, (kind, payload | {word: str(paid)}), *tokens)

    # -- after a halt

    def settle(self, flight: Flight, returned: bool = True) -> None:
        payload = {"messageHash": flight.message, "amount": str(AMOUNT)}
        if not flight.is_stake:
            tokens = moved(hexed(GATEWAY), flight.beneficiary, AMOUNT)
            self.happen(ORIGIN, ("RedeemSettled", payload | {"beneficiary": flight.beneficiary}), tokens)
            return
        back = {"messageHash": flight.message, "owner": flight.sender, "amount": str(self.bounty)}
        settled: dict[str, Any] = {**payload, "sender": flight.sender, "returned": returned}
        happenings: list[Happening] = [("StakeSettled", settled)]
        happenings.append(("BountyReturned", back))
        if returned:
            happenings.append(moved(hexed(GATEWAY), flight.sender, AMOUNT))
        self.happen(ORIGIN, *happenings)

    def claim(self, flight: Flight, claimant: str) -> None:
        payload = {"messageHash": flight.message, "claimant": claimant, "amount": str(AMOUNT)}
        self.happen(ORIGIN, ("TransferClaimed", payload), moved(hexed(GATEWAY), claimant, AMOUNT))

    def leave(self, holder: str, amount: int) -> None:
        payload = {"holder": holder, "amount": str(amount)}
        self.happen(ORIGIN, ("HolderExited", payload), moved(hexed(GATEWAY), holder, amount))

    def withdraw(self, owner: str, amount: int) -> None:
        self.happen(ORIGIN, ("BountyWithdrawn", {"owner": owner, "amount": str(amount)}))

    # -- whole lives

    def carry(self, is_stake: bool, by_proof: bool = False, sender: str = ALICE, beneficiary: str = BOB) -> Flight:
        """A transfer from its declaration to its end on both sides."""
        flight = self.declare(is_stake, sender, beneficiary)
        self.confirm(flight)
        self.progress_source(flight, by_proof=False)
        if by_proof:
            self.show(flight)
        self.progress_target(flight, by_proof)
        return flight

    def undo(self, is_stake: bool) -> Flight:
        """A transfer that its sender takes back."""
        flight = self.declare(is_stake)
        self.confirm(flight)
        self.revoke(flight)
        self.confirm(flight, revocation=True)
        self.commit() if is_stake else self.observe()
        self.take_back(flight)
        return flight

    def everything(self) -> None:
        """Both directions, by secret and by proof, carried out and taken back."""
        self.carry(True, beneficiary=ALICE)
        self.carry(True, by_proof=True, beneficiary=ALICE)
        self.undo(True)
        for is_revoked in (False, True):
            if is_revoked:
                self.undo(False)
            else:
                self.carry(False)
        flight = self.declare(True)
        self.confirm(flight)
        self.progress_target(flight)
        self.commit()
        self.progress_source(flight, by_proof=True)

    def verdicts(self) -> dict[str, Verdict]:
        # Commits come about here without votes: what G6 says of them is tested by itself.
        return {name: self.verdict(name).verdict for name in GATEWAY_CHECKS if name != "G6"}

    def failing(self) -> set[str]:
        """The checks of gateways that do not pass."""
        return {name for name, verdict in self.verdicts().items() if verdict is not Verdict.PASSED}

    def fails(self, name: str) -> CheckResult:
        result = self.verdict(name)
        assert result.verdict is Verdict.FAILED, result
        return result


def moved(payer: str, payee: str, amount: int) -> Happening:
    return "Transfer", {"from": payer, "to": payee, "value": str(amount), "contract": "token"}


def key(by_proof: bool) -> dict[str, Any]:
    return {"byProof": by_proof, "secret": NO_SECRET if by_proof else SECRET}


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
