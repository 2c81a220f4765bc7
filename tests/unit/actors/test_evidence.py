"""Evidence is on disk before it is used, survives a restart, and goes back with a rewind."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.actors.evidence import Evidence, EvidenceStore
from devnet.errors import EnvironmentFailure
from devnet.mosaic.offences import Offence
from tests.unit.actors.fakes import make_vote, signed

ALICE = b"\xaa" * 20
EVIDENCE = Evidence(
    "auxiliary-1",
    Offence.DOUBLE_VOTE,
    signed(make_vote(0, 1), ALICE),
    signed(make_vote(0, 1, target=b"\x99" * 32), ALICE),
)


def test_what_was_added_is_there_after_a_restart(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "evidence.json")
    assert store.all == ()
    store.add(EVIDENCE)
    assert EvidenceStore(tmp_path / "evidence.json").all == (EVIDENCE,)
    assert EVIDENCE.validator == ALICE


def test_a_rewind_takes_evidence_back_on_disk_too(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "evidence.json")
    before = store.all
    store.add(EVIDENCE)
    store.restore(before)
    assert EvidenceStore(tmp_path / "evidence.json").all == ()


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"auxiliary": "a"}]', "\x00"])
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "evidence.json").write_text(text)
    with pytest.raises(EnvironmentFailure, match="remove it to start anew"):
        EvidenceStore(tmp_path / "evidence.json")


def test_a_disk_that_refuses_is_an_environment_failure(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "gone" / "evidence.json")
    with pytest.raises(EnvironmentFailure, match="cannot be kept"):
        store.add(EVIDENCE)
    assert store.all == ()
