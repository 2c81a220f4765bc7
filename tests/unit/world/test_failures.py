"""What a status shows of failures in the background."""

from devnet.errors import ChainError
from devnet.world.failures import FAILURES_KEPT, Failures


def test_a_failure_names_whom_it_happened_to_once() -> None:
    failures = Failures()
    failures.tell("origin", ChainError("no answer"))
    failures.tell("origin", ChainError("origin: no answer"))
    assert list(failures) == ["origin: no answer"] * 2


def test_only_the_newest_failures_are_kept() -> None:
    failures = Failures()
    for number in range(FAILURES_KEPT + 2):
        failures.tell("origin", ChainError(str(number)))
    assert len(failures) == FAILURES_KEPT
    assert next(iter(failures)) == "origin: 2"
