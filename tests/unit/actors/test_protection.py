"""The signing store: nothing slashable leaves (R24)."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from devnet.actors.protection import ProtectionStore, WouldBeSlashable
from devnet.errors import UsageError
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Vote
from tests.unit.actors.stores import ALICE, BOB, CORE, DOMAIN, ORIGIN, may_sign, vote


def test_an_honest_history_is_signed(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        for one in (vote(0, 1), vote(1, 2), vote(1, 3), vote(3, 4), vote(4, 9)):
            store.check_and_record(ALICE, one)


@pytest.mark.parametrize(
    ("first", "second", "offence"),
    [
        (vote(1, 2), vote(1, 2, to="x"), Offence.DOUBLE_VOTE),
        (vote(1, 2), vote(1, 2, at="x"), Offence.DOUBLE_VOTE),
        (vote(1, 2), vote(1, 2, transition="x"), Offence.DOUBLE_VOTE),
        (vote(1, 3), vote(2, 3), Offence.DOUBLE_VOTE),
        (vote(1, 4), vote(2, 3), Offence.SURROUND_VOTE),
        (vote(2, 3), vote(1, 4), Offence.SURROUND_VOTE),
        (vote(1, 2), vote(1, 3, transition="x"), Offence.TRANSITION_CONFLICT),
        (vote(1, 3, at="x"), vote(2, 4, at="x", transition="other"), Offence.TRANSITION_CONFLICT),
    ],
    ids=["target", "source", "transition", "height", "surrounded", "surrounds", "conflict", "conflict-lied-height"],
)
def test_an_offence_is_never_signed(tmp_path: Path, strategy: Any, first: Vote, second: Vote, offence: Offence) -> None:
    """R24."""
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        store.check_and_record(ALICE, first)
        with pytest.raises(WouldBeSlashable) as caught:
            store.check_and_record(ALICE, second)
        assert (caught.value.validator, caught.value.vote) == (ALICE, second)
        assert caught.value.offence is offence or strategy == "minimal"
        assert not may_sign(store, second)
        assert may_sign(store, second, BOB)


def test_the_same_vote_may_be_signed_again(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store:
        for _ in range(3):
            store.check_and_record(ALICE, vote(1, 2))


def test_complete_signs_late_votes_that_are_no_offence_and_minimal_does_not(tmp_path: Path) -> None:
    late = [vote(2, 5), vote(2, 4), vote(1, 2)]
    with ProtectionStore(tmp_path / "c", CORE) as complete, ProtectionStore(tmp_path / "m", CORE, "minimal") as minimal:
        assert [may_sign(complete, one) for one in late] == [True, True, True]
        assert [may_sign(minimal, one) for one in late] == [True, False, False]


def test_a_source_above_its_target_is_refused(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(WouldBeSlashable, match="above"):
        store.check_and_record(ALICE, vote(3, 2))


def test_a_vote_of_another_core_is_misuse(tmp_path: Path, strategy: Any) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(UsageError, match="under core"):
        store.check_and_record(ALICE, vote(1, 2, core=ORIGIN))


@pytest.mark.parametrize("heights", [(-1, 2), (1, 2**63)], ids=["negative", "too-large"])
def test_a_height_that_cannot_be_kept_is_misuse(tmp_path: Path, strategy: Any, heights: tuple[int, int]) -> None:
    with ProtectionStore(tmp_path / "s", CORE, strategy) as store, pytest.raises(UsageError, match="heights must be"):
        store.check_and_record(ALICE, vote(*heights))


def test_votes_about_origin_are_kept_under_the_domain_of_the_core(tmp_path: Path, strategy: Any) -> None:
    one = vote(1, 2, core=ORIGIN, transition="zero")
    with ProtectionStore(tmp_path / "s", ORIGIN, strategy, domain=DOMAIN) as store:
        store.check_and_record(ALICE, one)
        exported: Any = store.export_interchange()
    [root] = [entry["signing_root"] for entry in exported["data"][0]["signed_attestations"]]
    assert root == f"0x{one.digest(DOMAIN).hex()}"


def random_vote(rng: random.Random) -> Vote:
    source = rng.randrange(6)
    at, to, transition = (rng.choice(("", "", "", "x", "y")) for _ in range(3))
    return vote(source, source + rng.randrange(0, 6), at=at, to=to, transition=transition)


@pytest.mark.parametrize("seed", range(12))
def test_complete_refuses_exactly_the_offences_and_minimal_at_least_those(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    with ProtectionStore(tmp_path / "c", CORE) as complete, ProtectionStore(tmp_path / "m", CORE, "minimal") as minimal:
        kept: dict[str, list[Vote]] = {"complete": [], "minimal": []}
        for _ in range(25):
            one = random_vote(rng)
            for name, store in (("complete", complete), ("minimal", minimal)):
                offends = any(classify(one, other) for other in kept[name])
                signed = may_sign(store, one)
                assert not (signed and offends)
                assert signed or offends or name == "minimal"
                kept[name] += [one] if signed else []
        assert kept["minimal"]


def test_an_unknown_strategy_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found 'clever'"):
        ProtectionStore(tmp_path / "s", CORE, "clever")  # type: ignore[arg-type]


def test_a_closed_store_signs_nothing(tmp_path: Path) -> None:
    store = ProtectionStore(tmp_path / "s", CORE)
    store.close()
    store.close()
    with pytest.raises(UsageError, match="is closed"):
        store.check_and_record(ALICE, vote(1, 2))
