"""How long an attack takes, and how soon an offence is punished."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from devnet.history import Event, History
from devnet.scenarios.catalogue import find_scenario
from devnet.types import Mode, RuntimeKind
from devnet.world.attack import AttackReport, run_card
from devnet.world.embedded import Choice


def measure(runs: int) -> list[Figure]:
    """``double-vote``: wall time of the whole card in lockstep; blocks until the slash, live."""
    lockstep = [_timed(Mode.LOCKSTEP)[0] for _ in range(runs)]
    latency = tuple(_timed(Mode.LIVE)[1] for _ in range(runs))
    return [
        Figure("double-vote, three arms, lockstep, all in all", "s", tuple(lockstep), 10),
        Figure("second vote public until slashed on origin, live", "blocks", latency, 3),
    ]


def _timed(mode: Mode) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as directory:
        begin = time.monotonic()
        report = run_card(find_scenario("double-vote"), Path(directory), Choice(mode=mode, runtime=RuntimeKind.PROCESS))
        return time.monotonic() - begin, _latency(report)


def _latency(report: AttackReport) -> float:
    """Origin blocks made after the conflicting vote was in a block, up to the one that slashed."""
    with History.open(report.history) as history:
        public: Event = history.events("ConflictingVote")[0]
        slash = next(event for event in history.events("ValidatorSlashed") if event.chain == "origin")
        before = [e for e in history.events("BlockProduced") if e.chain == "origin" and e.sequence < public.sequence]
        assert slash.block is not None
        assert before[-1].block is not None
        return slash.block - before[-1].block
