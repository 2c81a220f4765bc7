"""Every attack of the catalogue is played where there is value to be lost (R70)."""

from __future__ import annotations

import pytest

from devnet.checks import CHECKS, GATEWAY_CHECKS
from devnet.config.load import load_manifest
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.scenarios.base import Scenario
from devnet.scenarios.catalogue import SCENARIOS

cards = pytest.mark.parametrize("card", SCENARIOS.values(), ids=list(SCENARIOS))


@cards
def test_every_auxiliary_of_a_card_has_gateways_and_somebody_who_carries_messages(card: Scenario) -> None:
    devnet = resolve(load_manifest(find_manifest(card.manifest)))
    assert {pair.auxiliary for pair in devnet.pairs} == {chain.name for chain in devnet.auxiliaries}
    assert devnet.facilitators


@cards
def test_no_card_names_a_check_that_judges_it_anyway(card: Scenario) -> None:
    assert not set(card.checks) & set(GATEWAY_CHECKS)
    assert set(card.checks) <= set(CHECKS)


@cards
def test_what_must_fail_in_an_arm_is_judged_there(card: Scenario) -> None:
    judged = {*card.checks, *GATEWAY_CHECKS}
    assert [(arm.name, arm.fails) for arm in card.arms if not set(arm.fails) <= judged] == []


def test_gateways_are_judged_by_every_check_that_there_is_of_them() -> None:
    assert [name for name in CHECKS if name.startswith("G")] == list(GATEWAY_CHECKS)
