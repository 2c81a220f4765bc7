"""What a check is: a pure function of a Devnet and its History that never talks to a node.

It says ``passed``, ``failed`` or ``unknown``; a check that crashes, or has too little to go by, is unknown and
never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from devnet.config.network import Devnet
from devnet.history import Readable


class Verdict(Enum):
    """What a check says about a run."""

    PASSED = "passed"
    """The invariant held in everything recorded."""
    FAILED = "failed"
    """It did not; the reason names the first violation."""
    UNKNOWN = "unknown"
    """The History does not suffice, or the check crashed."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's verdict on one run."""

    check: str
    """Name of the check."""
    verdict: Verdict
    """What it said."""
    reason: str
    """Why, in one sentence."""


class Check(Protocol):
    """Judges a finished History (or an arm of it, as it stood)."""

    @property
    def name(self) -> str:
        """Short name: ``S1``."""

    @property
    def title(self) -> str:
        """What it checks, in one sentence."""

    def __call__(self, devnet: Devnet, history: Readable) -> CheckResult:
        """The verdict. Changes nothing, asks nobody; equal arguments, equal verdict."""


class HistoryInsufficient(Exception):
    """Raised inside a check when too little was recorded to say anything: the verdict is unknown."""


Findings: TypeAlias = "Sequence[str] | str"
"""What a judge returns: the violations, or, if there is none, what was looked at."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """A check made of one function that lists violations."""

    name: str
    """Short name: ``S1``."""
    title: str
    """What it checks, in one sentence."""
    judge: Callable[[Devnet, Readable], Findings]
    """Lists violations, or says in a sentence what it found in order."""

    def __call__(self, devnet: Devnet, history: Readable) -> CheckResult:
        """The verdict; whatever goes wrong inside is unknown."""
        try:
            findings = self.judge(devnet, history)
        except HistoryInsufficient as error:
            return CheckResult(self.name, Verdict.UNKNOWN, str(error))
        except Exception as error:
            return CheckResult(self.name, Verdict.UNKNOWN, f"the check crashed: {type(error).__name__}: {error}")
        if isinstance(findings, str):
            return CheckResult(self.name, Verdict.PASSED, findings)
        if not findings:
            return CheckResult(self.name, Verdict.UNKNOWN, "the check said nothing")
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        return CheckResult(self.name, Verdict.FAILED, findings[0] + more)


def run_check(check: Check, devnet: Devnet, history: Readable) -> CheckResult:
    """The verdict of one check; unknown if it raises."""
    try:
        return check(devnet, history)
    except Exception as error:
        return CheckResult(check.name, Verdict.UNKNOWN, f"the check crashed: {type(error).__name__}: {error}")


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Failed before unknown before passed; nothing checked is unknown."""
    for verdict in (Verdict.FAILED, Verdict.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return Verdict.PASSED if verdicts else Verdict.UNKNOWN
