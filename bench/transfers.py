"""Value across the chains under load: 200 transfers in flight at once, over two auxiliaries, with two facilitators.

All of them end, and what is locked is what is minted, or there are no figures. Senders reveal their secrets once the
other side has confirmed, but for those who vanish; facilitators carry everything else, with proofs.
"""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.figure import Figure
from devnet.checks import CHECKS, Verdict, run_check
from devnet.errors import ProtocolViolation, WaitTimeout
from devnet.mosaic.transfers import Direction
from devnet.types import TOKEN
from devnet.world.embedded import Choice, embed
from devnet.world.transfer_ends import Wish
from devnet.world.world import World

RESULTS = Path(__file__).parent / "results"

ACCOUNTS = 50
"""Each has one transfer in flight in either direction of either auxiliary: 200 in all."""

AMOUNT = 10 * TOKEN

BLOCKS = 600
"""Origin blocks in which all transfers of one load end; seen: 72."""

VANISHING = 4
"""Every fourth sender declares and is not heard of again (R68)."""

LOOK_EVERY = 4
"""Blocks from one look at all transfers to the next; senders reveal secrets then."""

MANIFEST = """
name: transfers-load
runtime: process
mode: lockstep
chains:
  - role: origin
  - role: auxiliary
  - role: auxiliary
validators: 4
fishermen: 1
accounts: {accounts}
gateways:
  - auxiliary: auxiliary-1
  - auxiliary: auxiliary-2
facilitators: 2
"""


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one kind of step cost, over all transfers of a load."""

    direction: str
    """``stake`` or ``redeem``."""
    step: str
    """As ``devnet transfer`` calls it."""
    count: int
    """How often it was taken."""
    gas: float
    """Gas of its transaction, the median."""
    proof_bytes: float | None
    """Size of the proof that it brought, the median; None if it needs none."""


@dataclass(frozen=True, slots=True)
class Load:
    """One load and how it went."""

    transfers: int
    """Transfers in flight at once."""
    seconds: float
    """Wall time in which chains and actors moved until the last one had ended."""
    blocks: int
    """Origin blocks in that time."""
    steps: tuple[StepCost, ...]
    """What the steps cost."""


def measure(runs: int) -> list[Figure]:
    """One load per run, all alike: gas and blocks repeat, time does not. Writes ``transfers.json`` and ``.csv``."""
    loads = [_load() for _ in range(runs)]
    write(RESULTS, loads)
    count = loads[0].transfers
    figures = [
        Figure(f"{count} transfers in flight, lockstep", "1/s", tuple(one.transfers / one.seconds for one in loads)),
        Figure(f"{count} transfers, from the first declared to the last ended", "origin blocks", _blocks(loads)),
    ]
    for cost in loads[0].steps:
        name = f"{cost.direction}: {cost.step}"
        figures.append(Figure(f"{name}, gas", "gas", (cost.gas,)))
        if cost.proof_bytes is not None:
            figures.append(Figure(f"{name}, proof", "bytes", (cost.proof_bytes,)))
    return figures


def write(directory: Path, loads: Sequence[Load]) -> None:
    """The loads as JSON, and what the steps cost as a table."""
    directory.mkdir(exist_ok=True)
    document = [asdict(load) for load in loads]
    (directory / "transfers.json").write_text(json.dumps(document, indent=2) + "\n")
    with (directory / "transfers.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["direction", "step", "count", "gas", "proof_bytes"])
        for cost in loads[0].steps:
            proof = "" if cost.proof_bytes is None else f"{cost.proof_bytes:g}"
            rows.writerow([cost.direction, cost.step, cost.count, f"{cost.gas:g}", proof])


def costs(transfers: Sequence[Mapping[str, Any]]) -> tuple[StepCost, ...]:
    """What every kind of step cost, from transfers as ``Transfers.find`` tells them, in the order of being taken."""
    gas: dict[tuple[str, str], list[int]] = {}
    proofs: dict[tuple[str, str], list[int]] = {}
    for transfer in transfers:
        for step in transfer["steps"]:
            key = str(transfer["direction"]), f"{step['step']}{' by proof' if step.get('by_proof') else ''}"
            gas.setdefault(key, []).append(int(step["gas_used"]))
            if step["proof_bytes"] is not None:
                proofs.setdefault(key, []).append(int(step["proof_bytes"]))
    return tuple(
        StepCost(*key, len(used), median(used), median(proofs[key]) if key in proofs else None)
        for key, used in gas.items()
    )


def carry_all(world: World) -> tuple[list[str], float, int]:
    """Run the load on a network of ``MANIFEST``, until all have ended: messages, seconds and origin blocks it took.

    Raises WaitTimeout if some have not ended after ``BLOCKS``.
    """
    # Whoever is to redeem must own something first.
    _carry(world, (Direction.STAKE,), 2 * AMOUNT)
    return _carry(world, tuple(Direction), AMOUNT)


def _blocks(loads: Sequence[Load]) -> tuple[float, ...]:
    return tuple(float(one.blocks) for one in loads)


def _load() -> Load:
    with _world() as world:
        messages, seconds, blocks = carry_all(world)
        _require_conserved(world)
        return Load(len(messages), seconds, blocks, costs([world.transfers.find(one) for one in messages]))


@contextmanager
def _world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as directory:
        manifest = Path(directory) / "transfers-load.yaml"
        manifest.write_text(MANIFEST.format(accounts=ACCOUNTS))
        with embed(Choice(manifest=str(manifest)), Path(directory) / "run") as serving:
            yield serving.world


def _carry(world: World, directions: Sequence[Direction], amount: int) -> tuple[list[str], float, int]:
    """Declare one transfer of every account, in those directions, on every auxiliary, and run until all have ended."""
    messages = [
        world.transfers.declare(Wish(direction, chain.name, amount, sender=str(account)))
        for chain in world.devnet.auxiliaries
        for direction in directions
        for account in range(ACCOUNTS)
    ]
    origin = world.chains[world.devnet.origin.name]
    first, seconds = origin.head.number, 0.0
    open_ones, silent = set(messages), set(messages[::VANISHING])
    while open_ones:
        if origin.head.number >= first + BLOCKS:
            raise WaitTimeout(f"{len(open_ones)} of {len(messages)} transfers have not ended after {BLOCKS} blocks")
        begin = time.monotonic()
        world.step(LOOK_EVERY)
        seconds += time.monotonic() - begin
        rows = [row for row in world.transfers.all() if row["message"] in open_ones]
        open_ones -= {str(row["message"]) for row in rows if row["over"]}
        for row in rows:
            message = str(row["message"])
            if row["inbox"] == "declared" and message not in silent:
                silent.add(message)
                world.transfers.reveal(message)
    return messages, seconds, origin.head.number - first


def _require_conserved(world: World) -> None:
    """Raises ProtocolViolation unless what is locked is what is minted, now and at every step before."""
    for row in world.gateways.pairs():
        if row["locked_wei"] != row["minted_wei"]:
            raise ProtocolViolation(f"{row['name']}: {row['locked_wei']} locked, {row['minted_wei']} minted")
    for name in ("G1", "G2", "G3", "G8"):
        result = run_check(CHECKS[name], world.devnet, world.history)
        if result.verdict is not Verdict.PASSED:
            raise ProtocolViolation(f"{name} {result.verdict.value}: {result.reason}")
