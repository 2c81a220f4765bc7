"""Runs an attack card: one world, every arm from the same mark, each judged afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from devnet.checks import CHECKS, GATEWAY_CHECKS, run_check
from devnet.errors import ChainError, DevnetError, WaitTimeout
from devnet.faults.base import Fault
from devnet.scenarios.base import Arm, ArmReport, Scenario, judge, overall
from devnet.scenarios.ends import slashed_on_origin
from devnet.scenarios.in_flight import set_out
from devnet.types import Json, Mode, RuntimeKind
from devnet.world.embedded import Choice, embed
from devnet.world.snapshot import Mark
from devnet.world.world import HISTORY, World

AS_THE_CARD_SAYS = Choice()
"""In the card's own network, with the seed of its manifest."""


@dataclass(frozen=True, slots=True)
class AttackReport:
    """How an attack went."""

    attack: str
    """Name of the card."""
    seed: int
    """What was drawn derives from it."""
    mode: Mode
    """Live or lockstep."""
    runtime: RuntimeKind
    """Where the nodes ran."""
    verdict: str
    """``passed``, ``failed`` or ``invalid``."""
    arms: tuple[ArmReport, ...]
    """In order of running."""
    history: Path
    """The run's History."""
    history_digest: str
    """Repeats for the same seed in lockstep, in either runtime."""
    findings: tuple[Mapping[str, Json], ...] = ()
    """Rows of the card's own table; none unless it has one."""

    def as_json(self) -> dict[str, Json]:
        """As ``devnet attack run --json`` prints it."""
        return {
            "attack": self.attack,
            "seed": self.seed,
            "mode": self.mode.value,
            "runtime": self.runtime.value,
            "verdict": self.verdict,
            "arms": [_arm_json(report) for report in self.arms],
            "findings": [dict(row) for row in self.findings],
            "history": str(self.history),
            "history_digest": self.history_digest,
        }


@dataclass(frozen=True, slots=True)
class Series:
    """How several attacks went."""

    reports: tuple[AttackReport, ...]
    """Of those that came to their end, in order of running."""
    errors: Mapping[str, DevnetError]
    """What ended the others, by the name of the card."""

    @property
    def exit_code(self) -> int:
        """0 only if every single one was run and passed; else that of what ended the first that broke off, or 1."""
        if self.errors:
            return next(iter(self.errors.values())).exit_code
        is_passed = all(report.verdict == "passed" for report in self.reports)
        return 0 if is_passed else DevnetError.exit_code


def run_card(
    scenario: Scenario,
    directory: Path,
    choice: Choice = AS_THE_CARD_SAYS,
    report: Callable[[str], None] = lambda line: None,
) -> AttackReport:
    """Run every arm of a card on a network of its own, in ``directory``, and judge it.

    The network and its contracts are the card's, everything else is as chosen.
    Raises what starting a network raises; nothing is left running.
    """
    own = replace(choice, manifest=scenario.manifest, variants=scenario.variants)
    with embed(own, directory, report) as serving:
        world = serving.world
        set_out(world)
        mark = world.mark()
        reports = tuple(_run_arm(scenario, arm, world, mark) for arm in scenario.arms)
        report(f"{scenario.name}: {overall(reports)}")
        return AttackReport(
            attack=scenario.name,
            seed=world.devnet.seed,
            mode=world.devnet.mode,
            runtime=world.runtime_kind,
            verdict=overall(reports),
            arms=reports,
            history=directory / HISTORY,
            history_digest=world.history.digest(),
            findings=scenario.findings(world.history),
        )


def run_series(
    scenarios: Sequence[Scenario],
    directory: Path,
    choice: Choice = AS_THE_CARD_SAYS,
    report: Callable[[str], None] = lambda line: None,
) -> Series:
    """Run cards one after the other, each in a directory of its own; one that breaks off does not end the others.

    Raises what starting a network raises where the next card could do no better: the user's or the machine's fault.
    """
    reports, errors = [], {}
    for card in scenarios:
        own = directory / card.name
        try:
            reports.append(run_card(card, own, choice, report))
        except (ChainError, WaitTimeout) as error:
            report(f"{card.name}: {error}")
            errors[card.name] = error
    return Series(tuple(reports), errors)


def _checks(scenario: Scenario, world: World) -> tuple[str, ...]:
    """The card's own, and those of gateways where the network has any."""
    return scenario.checks + GATEWAY_CHECKS if world.devnet.pairs else scenario.checks


def _run_arm(scenario: Scenario, arm: Arm, world: World, mark: Mark) -> ArmReport:
    world.rewind(mark)
    world.history.append("ArmStarted", time=world.clock.now(), payload={"arm": arm.name})
    world.report(f"{scenario.name}: arm {arm.name}")
    faults = arm.faults(world.devnet)
    try:
        missing, finished = _play(arm, world, faults)
    finally:
        for fault in reversed(faults):
            fault.heal(world)
    slashed = slashed_on_origin(world.devnet, world.history)
    results = tuple(run_check(CHECKS[name], world.devnet, world.history) for name in _checks(scenario, world))
    objections = arm.objections(world.devnet, world.history)
    report = judge(arm, slashed, results, missing, finished, objections)
    said: dict[str, Json] = {result.check: result.verdict.value for result in results}
    payload: dict[str, Json] = {"arm": arm.name, "verdict": report.verdict, "checks": said}
    world.history.append("ArmEnded", time=world.clock.now(), payload=payload)
    return report


def _play(arm: Arm, world: World, faults: tuple[Fault, ...]) -> tuple[tuple[str, ...], bool]:
    """What had no observed effect, and whether the arm came to the end that its card names."""
    for fault in faults:
        fault.inject(world)
    for actor, behaviour in arm.behaviours.items():
        world.recast(actor, behaviour)
    for actor in arm.absent:
        world.dismiss(actor)
    missing = arm.play(world) if arm.play is not None else ()
    finished = world.run_until(lambda: arm.done is not None and arm.done(world.devnet, world.history), arm.blocks)
    took = {event.actor for event in world.history.effective_events() if event.kind == "BehaviourTook"}
    effects = [fault.effect(world) for fault in faults]
    without_effect = (
        *missing,
        *(effect.evidence for effect in effects if not effect.observed),
        *(
            f"{actor} was cast as {name}, no deviating message was seen"
            for actor, name in arm.behaviours.items()
            if actor not in took
        ),
    )
    return without_effect, finished or arm.done is None


def _arm_json(report: ArmReport) -> Json:
    checks: list[Json] = [
        {"check": result.check, "verdict": result.verdict.value, "reason": result.reason} for result in report.checks
    ]
    return {
        "arm": report.arm,
        "verdict": report.verdict,
        "slashed": list(report.slashed),
        "checks": checks,
        "reasons": list(report.reasons),
    }
