"""Where the museum's contracts stand: deploys them on a running network, sends transactions, waits for what they need.

An attack is a generator of ``Wait``: many attacks take their steps together and share blocks and roots.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Any, Final, TypeAlias, TypeVar

from devnet.artifacts.contracts import load_contracts
from devnet.chain.link import DirectLink
from devnet.config.network import ChainSpec, Key
from devnet.contracts.creation import Creation, creation_gas, sign_creations
from devnet.contracts.errors import ContractReverted, Reason, decode_reason, revert_data
from devnet.contracts.handle import ContractHandle, parse_bytes
from devnet.contracts.send import Transaction, contract_address, transaction_hash
from devnet.errors import ChainError, RpcError, WaitTimeout
from devnet.faults.base import World
from devnet.scenarios.calls import contract
from devnet.types import Address, Hash32, Wei

BLOCKS: Final = 120
"""Origin blocks in which what was sent is mined, or a root is finalised, with room; seen: 3 and 30."""

CALL_GAS: Final = 4_000_000
"""Gas limit of every call: what an attack costs is not the question here."""

_HOLDERS: Final = 2
"""Owners that a token is created with, at most."""


class Account(IntEnum):
    """Who acts, by the index of the user account."""

    CURATOR = 0
    """Deploys."""
    ATTACKER = 1
    """Wants what is not its own."""
    VICTIM = 2
    """Stakes honestly."""
    FOUNDER = 3
    """Deploys on both chains with the same nonces, so that the same addresses come about."""


class Wait(Enum):
    """What an attack waits for."""

    MINED = auto()
    """Everything that was sent is in a block."""
    FINALISED = auto()
    """Auxiliary has a root of origin's state as it is now."""


T = TypeVar("T")

Steps: TypeAlias = Generator[Wait, None, T]
"""An attack, or part of one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract on a chain."""

    chain: str
    """Name of the chain."""
    handle: ContractHandle
    """The contract."""

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.handle.address


@dataclass(frozen=True, slots=True)
class Root:
    """A state of origin that auxiliary relies on."""

    height: int
    """Checkpoint height."""
    number: int
    """Block number."""


class Hall:
    """One arm of the museum: all attacks on the broken contracts, or all on ours."""

    def __init__(self, world: World, is_broken: bool) -> None:
        self.is_broken: Final = is_broken
        """Whether the contracts with the flaws are shown."""
        self.origin: Final = world.devnet.origin.name
        """Name of origin."""
        self.auxiliary: Final = world.devnet.auxiliaries[0].name
        """Name of the auxiliary."""
        self.core: Final = contract(world, "Core")
        """The network's core, on origin."""
        self.observer: Final = contract(world, "OriginObserver")
        """Its observer, on auxiliary."""
        self.root = Root(0, 0)
        """The last state of origin that was waited for."""
        self._world = world
        self._links = {name: DirectLink(world.chains[name]) for name in (self.origin, self.auxiliary)}
        self._compiled = load_contracts()
        self._nonces: dict[tuple[str, Account], int] = {}
        self._unmined: list[tuple[str, Hash32]] = []

    # -- who and what

    def address(self, account: Account) -> Address:
        """Address of an account, the same on both chains."""
        return self._key(account).address

    def pick(self, broken: str, ours: str) -> str:
        """Name of the contract that this arm shows."""
        return broken if self.is_broken else ours

    def chain_id(self, chain: str) -> int:
        """EIP-155 id of a chain."""
        return self._spec(chain).chain_id

    def next_address(self, chain: str, ahead: int = 0, by: Account = Account.CURATOR) -> Address:
        """Where the account's next contract will be, or the one so many transactions later."""
        return contract_address(self.address(by), self._nonce(chain, by) + ahead)

    def at(self, chain: str, name: str, address: Address) -> Standing:
        """What stands at an address, taken for a contract of that name."""
        return Standing(chain, ContractHandle(name, address, self._compiled.get(name).abi))

    # -- sending

    def deploy(
        self, chain: str, name: str, *arguments: object, by: Account = Account.CURATOR, value: Wei = 0
    ) -> Standing:
        """Create a contract; it is there after ``Wait.MINED``."""
        standing = self.at(chain, name, self.next_address(chain, by=by))
        creation = Creation(name, arguments, creation_gas(_HOLDERS), value)
        nonce = self._take_nonce(chain, by)
        (raw,) = sign_creations([creation], self._key(by), self._spec(chain), nonce, self._compiled)
        self._submit(chain, raw)
        return standing

    def send(self, to: Standing, function: str, *arguments: object, by: Account, value: Wei = 0) -> Hash32:
        """Send a call; its hash."""
        data = to.handle.calldata(function, *arguments)
        nonce = self._take_nonce(to.chain, by)
        call = Transaction(self.chain_id(to.chain), nonce, to.address, data, CALL_GAS, value)
        return self._submit(to.chain, call.sign(self._key(by)))

    def ask(self, to: Standing, function: str, *arguments: object, by: Account, value: Wei = 0) -> Reason | None:
        """Why a call would revert now; None if it would not."""
        call = {
            "from": "0x" + self.address(by).hex(),
            "to": "0x" + to.address.hex(),
            "data": "0x" + to.handle.calldata(function, *arguments).hex(),
            "value": hex(value),
            "gas": hex(CALL_GAS),
        }
        try:
            self._links[to.chain].call("eth_call", (call, "latest"))
        except RpcError as error:
            data = revert_data(error)
            if data is None:
                raise
            named = (to.handle.abi, *(self._compiled.get(name).abi for name in ("Gateway", "CoGateway")))
            return decode_reason(data, named)
        return None

    def tell(
        self, to: Standing, function: str, *arguments: object, by: Account = Account.ATTACKER, value: Wei = 0
    ) -> Steps[Reason | None]:
        """Ask and send; why it reverted, None if it did not. Raises ChainError if answer and receipt disagree."""
        reason = self.ask(to, function, *arguments, by=by, value=value)
        digest = self.send(to, function, *arguments, by=by, value=value)
        yield Wait.MINED
        receipt = self._links[to.chain].call("eth_getTransactionReceipt", ("0x" + digest.hex(),))
        is_refused = int(receipt["status"], 16) == 0
        if is_refused != (reason is not None):
            said = f"to revert: {reason}" if reason is not None else "to succeed"
            raise ChainError(f"{to.handle.name}.{function}: expected {said}, found status {receipt['status']}")
        return reason

    def attempt(
        self, to: Standing, function: str, *arguments: object, by: Account = Account.ATTACKER, value: Wei = 0
    ) -> Steps[None]:
        """The same, and no further if it is refused. Raises ContractReverted."""
        reason = yield from self.tell(to, function, *arguments, by=by, value=value)
        if reason is not None:
            raise ContractReverted(to.handle.name, function, reason)

    # -- reading

    def read(self, of: Standing, function: str, *arguments: object) -> Any:
        """Result of a view call."""
        return of.handle.read(self._links[of.chain], function, *arguments)

    def prove(self, account: Address, slot: Hash32) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Proofs of an account of origin and of a word of its storage under the root that was waited for."""
        question = ("0x" + account.hex(), ["0x" + slot.hex()], hex(self.root.number))
        answer = self._links[self.origin].call("eth_getProof", question)
        return _nodes(answer["accountProof"]), _nodes(answer["storageProof"][0]["proof"])

    def observed_root(self) -> Hash32:
        """State root of origin that was waited for, as auxiliary has it."""
        return bytes(self.observer.read(self._links[self.auxiliary], "stateRoot", self.root.height))

    # -- waiting

    def settle(self) -> None:
        """Wait until everything that was sent is mined. Raises WaitTimeout."""
        if not self._world.run_until(self._is_settled, BLOCKS):
            raise WaitTimeout(f"{len(self._unmined)} transactions were not mined within {BLOCKS} blocks")

    def await_root(self) -> None:
        """Wait until auxiliary has a root of origin's state as it is now. Raises WaitTimeout."""
        wanted = self._world.chains[self.origin].head.number
        if not self._world.run_until(lambda: self._finalised().number >= wanted, BLOCKS):
            raise WaitTimeout(f"no root of origin at block {wanted} or later was finalised within {BLOCKS} blocks")
        self.root = self._finalised()

    def _finalised(self) -> Root:
        height = int(self.observer.read(self._links[self.auxiliary], "lastFinalised")["height"])
        return Root(height, height * self._world.devnet.origin.epoch_length)

    def _is_settled(self) -> bool:
        self._unmined = [
            (chain, digest)
            for chain, digest in self._unmined
            if self._links[chain].call("eth_getTransactionReceipt", ("0x" + digest.hex(),)) is None
        ]
        return not self._unmined

    # -- private

    def _key(self, account: Account) -> Key:
        return self._world.devnet.accounts[account]

    def _spec(self, chain: str) -> ChainSpec:
        return self._world.devnet.chain(chain)

    def _nonce(self, chain: str, account: Account) -> int:
        if (chain, account) not in self._nonces:
            answer = self._links[chain].call("eth_getTransactionCount", ("0x" + self.address(account).hex(), "pending"))
            self._nonces[chain, account] = int(answer, 16)
        return self._nonces[chain, account]

    def _take_nonce(self, chain: str, account: Account) -> int:
        nonce = self._nonce(chain, account)
        self._nonces[chain, account] = nonce + 1
        return nonce

    def _submit(self, chain: str, raw: bytes) -> Hash32:
        self._links[chain].call("eth_sendRawTransaction", ("0x" + raw.hex(),))
        digest = transaction_hash(raw)
        self._unmined.append((chain, digest))
        return digest


def _nodes(found: Sequence[object]) -> tuple[bytes, ...]:
    return tuple(parse_bytes(node) for node in found)
