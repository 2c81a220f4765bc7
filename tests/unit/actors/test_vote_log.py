"""Votes that were read stay evidence after a restart (R53)."""

from __future__ import annotations

from pathlib import Path

import pytest

from devnet.actors.vote_log import VoteLog
from devnet.errors import EnvironmentFailure, UsageError
from devnet.mosaic.votes import SignedVote, Vote


def signed(number: int) -> SignedVote:
    core, transition, source, target = (bytes([number + index]) * 32 for index in range(4))
    vote = Vote(core, transition, source, target, number, 2**64 - 1)
    return SignedVote(vote, bytes([number]) * 20, bytes([number]) * 65)


VOTES = [signed(number) for number in range(1, 6)]


def test_votes_come_back_in_order_after_the_file_is_opened_again(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "votes.sqlite")
    log.add(VOTES[:2])
    log.add([])
    log.add(VOTES[2:])
    log.close()
    again = VoteLog(tmp_path / "votes.sqlite")
    assert (again.size, list(again.votes())) == (5, VOTES)
    again.close()


def test_votes_are_on_disk_when_the_process_dies(tmp_path: Path) -> None:
    log, other = VoteLog(tmp_path / "votes.sqlite"), tmp_path / "copy.sqlite"
    log.add(VOTES)
    # Nothing was closed: what is in the files now is what a killed process leaves.
    for suffix in ("", "-wal"):
        other.with_name(other.name + suffix).write_bytes((tmp_path / f"votes.sqlite{suffix}").read_bytes())
    survivor = VoteLog(other)
    assert list(survivor.votes()) == VOTES
    survivor.close()
    log.close()


def test_a_rewind_takes_out_what_was_read_since(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "votes.sqlite")
    log.add(VOTES[:3])
    log.forget_after(1)
    log.forget_after(4)
    log.add(VOTES[3:])
    assert (log.size, list(log.votes())) == (3, [VOTES[0], *VOTES[3:]])
    log.close()


def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "votes.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(EnvironmentFailure, match=r"votes\.sqlite.*remove the file"):
        VoteLog(path)


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "votes.sqlite")
    log.close()
    log.close()
    with pytest.raises(UsageError, match="closed"):
        log.add(VOTES)
