"""Invariants: pure functions of a Devnet and its finished History."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from devnet.checks.base import Check, CheckResult, Verdict, run_check, worst
from devnet.checks.commits import G6
from devnet.checks.conservation import G1
from devnet.checks.gas_rule import E4
from devnet.checks.liveness import L1
from devnet.checks.messages import G2, G3, G4, G7
from devnet.checks.observation import S11
from devnet.checks.payments import G8
from devnet.checks.proven import G5, G9
from devnet.checks.quorums import S4
from devnet.checks.rewards import E5
from devnet.checks.safety import S1, S2, S5, S6
from devnet.checks.sets import S9, S10
from devnet.checks.slashing import S3, S7, S8

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.name: check
        for check in (S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, L1, E4, E5, G1, G2, G3, G4, G5, G6, G7, G8, G9)
    }
)
"""Every check by its name."""

GATEWAY_CHECKS = tuple(check.name for check in (G1, G2, G3, G4, G5, G6, G7, G8, G9))
"""Checks of gateways and of the roots they rely on, in order: they pass where there is no pair."""

__all__ = ["CHECKS", "GATEWAY_CHECKS", "Check", "CheckResult", "Verdict", "run_check", "worst"]
