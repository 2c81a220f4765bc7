"""What a meta-block costs on origin: against the gas that auxiliary executed, and against the number of validators.

The first is to be constant, for origin checks a transition's votes and never its transactions; the second grows
with the signatures. Cost is the gas of ``propose``, of every ``verifyVotes`` and of ``commit``.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figure import Figure
from bench.plot import plot
from devnet.chain.link import DirectLink
from devnet.config.network import Key
from devnet.contracts.gas import TRANSACTION_GAS_CAP
from devnet.contracts.send import Sender, Transaction, contract_address
from devnet.errors import ChainError
from devnet.history import Event
from devnet.world.embedded import Choice, embed
from devnet.world.world import World

RESULTS = Path(__file__).parent / "results"

AUXILIARY = "auxiliary-1"

BURNED_PER_BLOCK = (0, 10_000_000, 100_000_000, 950_000_000)
"""Gas that users burn in every auxiliary block, meta-block after meta-block: over three orders of magnitude in all."""

VALIDATORS = (4, 10, 25, 50, 100, 200)

BLOCKS = 200
"""Origin blocks in which a meta-block is committed; seen: 40."""

MANIFEST = """
name: origin-cost
runtime: process
mode: lockstep
chains:
  - role: origin
  - role: auxiliary
    gas_limit: 1000000000
validators: {validators}
fishermen: 0
accounts: 1
parameters:
  max_kernel_changes: 256
  gas_target: 1000000000000
  commit_every: {commit_every}
"""

# Deploys INVALID, which takes all the gas that a transaction has, at once; to a block all gas is alike.
INSATIABLE = bytes.fromhex("60fe60005360016000f3")


@dataclass(frozen=True, slots=True)
class ByGas:
    """One meta-block after so much gas on auxiliary."""

    auxiliary_gas: int
    """Gas of the auxiliary blocks that it covers."""
    commit_gas: int
    """Gas on origin."""


@dataclass(frozen=True, slots=True)
class ByValidators:
    """One meta-block of so many validators."""

    validators: int
    """How many signed it."""
    commit_gas: int
    """Gas on origin."""


def measure(runs: int) -> list[Figure]:
    """Both series once: they are the same in every run. Writes ``origin-cost.json``, ``.csv`` and ``.png``."""
    by_gas = _by_auxiliary_gas()
    by_validators = [_by_validators(count) for count in VALIDATORS]
    write(RESULTS, by_gas, by_validators)
    costs = [point.commit_gas for point in by_gas]
    spread = (max(costs) - min(costs)) / min(costs)
    figures = [
        Figure("commit on origin: spread over auxiliary gas x 1,000", "", (spread,), 0.05),
        Figure("commit on origin: off a straight line in validators", "", (_off_line(by_validators),), 0.1),
    ]
    figures += [
        Figure(f"commit after {one.auxiliary_gas:.3g} gas on auxiliary", "gas", (one.commit_gas,)) for one in by_gas
    ]
    figures += [Figure(f"commit by {one.validators} validators", "gas", (one.commit_gas,)) for one in by_validators]
    return figures


def write(directory: Path, by_gas: Sequence[ByGas], by_validators: Sequence[ByValidators]) -> None:
    """The series as JSON, as a table and as a picture."""
    directory.mkdir(exist_ok=True)
    document = {
        "by_auxiliary_gas": [asdict(point) for point in by_gas],
        "by_validators": [asdict(point) for point in by_validators],
    }
    (directory / "origin-cost.json").write_text(json.dumps(document, indent=2) + "\n")
    with (directory / "origin-cost.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["auxiliary_gas", "validators", "commit_gas"])
        rows.writerows([point.auxiliary_gas, VALIDATORS[0], point.commit_gas] for point in by_gas)
        rows.writerows(["", point.validators, point.commit_gas] for point in by_validators)
    gas = [(point.auxiliary_gas, point.commit_gas) for point in by_gas]
    validators = [(point.validators, point.commit_gas) for point in by_validators]
    plot(directory / "origin-cost.png", gas, validators)


def _by_auxiliary_gas() -> list[ByGas]:
    points = []
    with _world(VALIDATORS[0], commit_every=5) as world:
        burner = _Burner(world)
        # The first meta-block carries the deployment and is not counted.
        _run_to(world, 1)
        for meta_height, burned in enumerate(BURNED_PER_BLOCK, start=2):
            _run_to(world, meta_height, burner, burned)
            before, after = (_accumulated(world, height) for height in (meta_height - 1, meta_height))
            points.append(ByGas(after - before, _cost(world, meta_height)))
    return points


def _by_validators(count: int) -> ByValidators:
    with _world(count, commit_every=1) as world:
        _run_to(world, 2)
        return ByValidators(count, _cost(world, 2))


@contextmanager
def _world(validators: int, commit_every: int) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as directory:
        manifest = Path(directory) / "origin-cost.yaml"
        manifest.write_text(MANIFEST.format(validators=validators, commit_every=commit_every))
        with embed(Choice(manifest=str(manifest)), Path(directory) / "run") as serving:
            yield serving.world


class _Burner:
    """Spends gas on auxiliary."""

    def __init__(self, world: World) -> None:
        spec, key = world.devnet.chain(AUXILIARY), world.devnet.accounts[0]
        self._sender = Sender(DirectLink(world.chains[AUXILIARY]), key, spec.chain_id)
        self._contract = _deploy(world, key)

    def burn(self, gas: int) -> None:
        """Send transactions that use up so much gas, all in the next block."""
        self._sender.begin()
        while gas > 0:
            self._sender.send(self._contract, b"", min(gas, TRANSACTION_GAS_CAP))
            gas -= TRANSACTION_GAS_CAP


def _deploy(world: World, key: Key) -> bytes:
    chain = world.chains[AUXILIARY]
    transaction = Transaction(chain.spec.chain_id, 0, None, INSATIABLE, 200_000)
    chain.submit(transaction.sign(key))
    world.step(2)
    return contract_address(key.address, 0)


def _run_to(world: World, meta_height: int, burner: _Burner | None = None, burned: int = 0) -> None:
    last = world.chains["origin"].head.number + BLOCKS
    while world.running.finality.committed[AUXILIARY] < meta_height:
        if world.chains["origin"].head.number >= last:
            raise ChainError(f"meta-block {meta_height} is not committed within {BLOCKS} origin blocks")
        if burner is not None:
            burner.burn(burned)
        world.step()


def _commit(world: World, meta_height: int) -> Event:
    commits = world.history.effective_events("MetaBlockCommitted")
    return next(event for event in commits if event.payload["height"] == str(meta_height))


def _proposal(world: World, commit: Event) -> Event:
    proposals = world.history.effective_events("Proposed")
    return next(event for event in proposals if event.payload["proposalId"] == commit.payload["transitionHash"])


def _accumulated(world: World, meta_height: int) -> int:
    transition = _proposal(world, _commit(world, meta_height)).payload["transition"]
    assert isinstance(transition, dict)
    return int(str(transition["accumulatedGas"]))


def _cost(world: World, meta_height: int) -> int:
    """Gas used by every transaction that brought the meta-block about."""
    commit = _commit(world, meta_height)
    proposal = _proposal(world, commit)
    digest = proposal.payload["proposalId"]
    verified = [e for e in world.history.effective_events("VotesVerified") if e.payload["proposalId"] == digest]
    transactions = sorted({str(event.payload["transaction"]) for event in (commit, proposal, *verified)})
    origin = world.chains["origin"]
    return sum(int(origin.rpc("eth_getTransactionReceipt", [one])["gasUsed"], 16) for one in transactions)


def _off_line(points: Sequence[ByValidators]) -> float:
    """Greatest relative distance from the line through the first and the last point."""
    first, last = points[0], points[-1]
    slope = (last.commit_gas - first.commit_gas) / (last.validators - first.validators)
    expected = [first.commit_gas + slope * (point.validators - first.validators) for point in points]
    return max(abs(point.commit_gas - line) / line for point, line in zip(points, expected, strict=True))
