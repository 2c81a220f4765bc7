"""What an attack is: a card with arms, and how an arm is judged.

Every scenario has at least three arms: the *attack*, *defence off* (the same with the one thing that stops it
removed: it must succeed) and the *honest control* (nobody is slashed). All arms start from the same mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devnet.checks.base import CheckResult, Verdict
from devnet.config.network import Devnet
from devnet.faults.base import Fault, World
from devnet.history import History
from devnet.types import Json


@dataclass(frozen=True, slots=True)
class Arm:
    """One way through a scenario."""

    name: str
    """``attack``, ``defence off``, ``honest control``, or the card's own word."""
    behaviours: Mapping[str, str] = field(default_factory=dict)
    """Actors that deviate, by name, with the behaviour they take."""
    absent: tuple[str, ...] = ()
    """Actors that are missing in this arm: the defence that is off."""
    faults: Callable[[Devnet], tuple[Fault, ...]] = lambda devnet: ()
    """Makes the faults injected at the arm's start and healed at its end."""
    play: Callable[[World], tuple[str, ...]] | None = None
    """The arm's own schedule, run first; answers what of it had no observed effect, one sentence each."""
    done: Callable[[Devnet, History], bool] | None = None
    """The arm ends once this holds, and fails if it never does; without it, after ``blocks``."""
    blocks: int = 40
    """Origin blocks after which the arm ends in any case."""
    slashed: tuple[str, ...] = ()
    """Validators that must be slashed on origin at the end: these and no others."""
    fails: tuple[str, ...] = ()
    """Checks that must fail in this arm; every other check must pass."""
    objections: Callable[[Devnet, History], tuple[str, ...]] = lambda devnet, history: ()
    """What the History says against the card at the end, one sentence each: the arm fails by it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An attack card."""

    name: str
    """What ``devnet attack run`` takes."""
    summary: str
    """One sentence in the attacker's terms."""
    source: str
    """Where the attack comes from: row of the catalogue, paper section, rule."""
    manifest: str
    """Name of the network it runs on."""
    checks: tuple[str, ...]
    """Names of the checks that judge it."""
    arms: tuple[Arm, ...]
    """In order of running."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Contracts deployed in another one's place, by contract or ``auxiliary:contract``: a defence that is off."""
    findings: Callable[[History], tuple[Mapping[str, Json], ...]] = lambda history: ()
    """Rows of a table that the card's report has beside its arms, from all of them."""


@dataclass(frozen=True, slots=True)
class ArmReport:
    """How one arm went."""

    arm: str
    """Name of the arm."""
    verdict: str
    """``passed`` if it went as its card says, else ``failed`` or ``invalid``."""
    slashed: tuple[str, ...]
    """Validators slashed on origin."""
    checks: tuple[CheckResult, ...]
    """What every check said."""
    reasons: tuple[str, ...] = ()
    """Why the verdict is not ``passed``."""


def judge(
    arm: Arm,
    slashed: tuple[str, ...],
    results: tuple[CheckResult, ...],
    missing: tuple[str, ...],
    finished: bool = True,
    objections: tuple[str, ...] = (),
) -> ArmReport:
    """The arm's verdict: invalid if an effect is missing or a check is unknown, failed if the card is not met.

    ``missing`` says, one sentence each, which faults and behaviours had no observed effect; ``finished``,
    whether the arm came to the end that its card names; ``objections``, what else is not as the card says.
    """
    unknown = tuple(f"{r.check} is unknown: {r.reason}" for r in results if r.verdict is Verdict.UNKNOWN)
    wrong = [
        f"{r.check} was expected to {'fail' if r.check in arm.fails else 'pass'}, it {r.verdict.value}: {r.reason}"
        for r in results
        if r.verdict is not Verdict.UNKNOWN and (r.verdict is Verdict.FAILED) != (r.check in arm.fails)
    ]
    if not finished:
        wrong.append(f"the end that the card names was not reached within {arm.blocks} origin blocks")
    if set(slashed) != set(arm.slashed):
        wrong.append(f"slashed on origin: expected {_names(arm.slashed)}, found {_names(slashed)}")
    wrong += objections
    if missing or unknown:
        return ArmReport(arm.name, "invalid", slashed, results, (*missing, *unknown, *wrong))
    return ArmReport(arm.name, "failed" if wrong else "passed", slashed, results, tuple(wrong))


def overall(reports: tuple[ArmReport, ...]) -> str:
    """The attack's verdict: passed only if every arm is; invalid if any arm is, else failed."""
    verdicts = {report.verdict for report in reports}
    if not reports or "invalid" in verdicts:
        return "invalid"
    return "failed" if "failed" in verdicts else "passed"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"
