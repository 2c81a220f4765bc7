"""Every attack that ``devnet attack run`` knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from devnet.errors import ManifestError
from devnet.scenarios import (
    censored_evidence,
    conflicting_finality,
    double_vote,
    exit_then_equivocate,
    expired_set,
    false_accusation,
    honest_reorg,
    honesty_guard,
    invalid_transition,
    late_vote,
    origin_reorg,
    skipped_checkpoint,
    surround_vote,
    transition_conflict,
)
from devnet.scenarios.base import Scenario
from devnet.scenarios.museum import card as museum

_CARDS = (
    double_vote.SCENARIO,
    surround_vote.SURROUNDING,
    surround_vote.SURROUNDED,
    transition_conflict.SCENARIO,
    conflicting_finality.SCENARIO,
    censored_evidence.SCENARIO,
    false_accusation.SCENARIO,
    origin_reorg.SCENARIO,
    honest_reorg.SCENARIO,
    exit_then_equivocate.SCENARIO,
    expired_set.SCENARIO,
    skipped_checkpoint.SCENARIO,
    honesty_guard.SCENARIO,
    invalid_transition.SCENARIO,
    late_vote.SCENARIO,
    museum.SCENARIO,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({card.name: card for card in _CARDS})
"""The cards by name."""


ALL = "all"
"""The name that stands for every card."""


def find_scenarios(names: Sequence[str]) -> tuple[Scenario, ...]:
    """The cards of those names, each once, in that order. Raises ManifestError for the first unknown one."""
    chosen = tuple(find_scenario(name) for name in dict.fromkeys(names) if name != ALL)
    return tuple(SCENARIOS.values()) if ALL in names else chosen


def find_scenario(name: str) -> Scenario:
    """The card of that name. Raises ManifestError naming the nearest one."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = get_close_matches(name.lower(), [*SCENARIOS, ALL], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ManifestError(f"unknown attack {name!r}{hint} (devnet attack ls lists {len(SCENARIOS)})")
