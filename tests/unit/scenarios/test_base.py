"""How an arm and an attack are judged."""

import pytest

from devnet.checks.base import CheckResult, Verdict
from devnet.errors import ManifestError
from devnet.scenarios.base import Arm, ArmReport, judge, overall
from devnet.scenarios.catalogue import SCENARIOS, find_scenario, find_scenarios


def said(check: str, verdict: Verdict) -> CheckResult:
    return CheckResult(check, verdict, "because")


ATTACK = Arm("attack", slashed=("validator-2",))
DEFENCE_OFF = Arm("defence off", fails=("S7",))
GOOD = (said("S1", Verdict.PASSED), said("S7", Verdict.PASSED))


def test_arm_passes_when_all_checks_pass_and_exactly_the_attacker_is_slashed() -> None:
    report = judge(ATTACK, ("validator-2",), GOOD, ())
    assert report.verdict == "passed"
    assert report.reasons == ()


def test_arm_fails_when_nobody_is_slashed() -> None:
    report = judge(ATTACK, (), GOOD, ())
    assert report.verdict == "failed"
    assert "expected validator-2, found nobody" in report.reasons[0]


def test_arm_fails_when_an_honest_validator_is_slashed_too() -> None:
    assert judge(ATTACK, ("validator-1", "validator-2"), GOOD, ()).verdict == "failed"


def test_arm_fails_when_a_check_fails_that_should_pass() -> None:
    results = (said("S1", Verdict.FAILED), said("S7", Verdict.PASSED))
    assert judge(ATTACK, ("validator-2",), results, ()).verdict == "failed"


def test_defence_off_passes_when_its_check_fails_as_expected() -> None:
    assert judge(DEFENCE_OFF, (), (said("S7", Verdict.FAILED),), ()).verdict == "passed"


def test_defence_off_fails_when_its_check_passes_nevertheless() -> None:
    report = judge(DEFENCE_OFF, (), (said("S7", Verdict.PASSED),), ())
    assert report.verdict == "failed"
    assert "S7 was expected to fail" in report.reasons[0]


def test_arm_fails_when_its_end_was_not_reached() -> None:
    report = judge(ATTACK, ("validator-2",), GOOD, (), finished=False)
    assert report.verdict == "failed"
    assert "not reached within 40 origin blocks" in report.reasons[0]


def test_arm_is_invalid_when_a_fault_had_no_observed_effect() -> None:
    assert judge(ATTACK, ("validator-2",), GOOD, ("no second branch",)).verdict == "invalid"


def test_arm_is_invalid_when_a_check_is_unknown() -> None:
    assert judge(ATTACK, ("validator-2",), (said("S1", Verdict.UNKNOWN),), ()).verdict == "invalid"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (("passed", "passed"), "passed"),
        (("passed", "failed"), "failed"),
        (("failed", "invalid"), "invalid"),
        (("passed", "invalid"), "invalid"),
        ((), "invalid"),
    ],
)
def test_attack_passes_only_if_all_arms_do(verdicts: tuple[str, ...], expected: str) -> None:
    assert overall(tuple(ArmReport("arm", verdict, (), ()) for verdict in verdicts)) == expected


def test_unknown_attack_names_the_nearest_one() -> None:
    with pytest.raises(ManifestError, match="did you mean 'double-vote'"):
        find_scenario("duble-vote")


def test_several_names_are_several_cards_each_once_in_that_order() -> None:
    found = find_scenarios(("late-vote", "double-vote", "late-vote"))
    assert [card.name for card in found] == ["late-vote", "double-vote"]


def test_all_means_every_card_and_excuses_no_unknown_name() -> None:
    assert find_scenarios(("double-vote", "all")) == tuple(SCENARIOS.values())
    with pytest.raises(ManifestError, match="unknown attack 'nonsense'"):
        find_scenarios(("all", "nonsense"))


def test_every_card_has_an_attack_a_defence_off_and_an_honest_arm() -> None:
    for scenario in SCENARIOS.values():
        names = [arm.name for arm in scenario.arms]
        assert {"attack", "defence off", "honest control"} <= set(names)
        control = next(arm for arm in scenario.arms if arm.name == "honest control")
        assert not control.behaviours
        assert not control.slashed
        assert not control.fails
