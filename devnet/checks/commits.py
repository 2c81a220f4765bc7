"""What a core committed is what its auxiliary chain finalised (G6)."""

from __future__ import annotations

from collections.abc import Iterator

from devnet.checks.base import Findings, HistoryInsufficient, Invariant
from devnet.checks.votes import data, name_of, number
from devnet.config.network import Devnet
from devnet.history import Event, Readable
from devnet.mosaic.identity import is_origin_identifier


def judge_commits(devnet: Devnet, history: Readable) -> Findings:
    """Every checkpoint that a core committed was finalised by its auxiliary, on whichever branch (R29, R80).

    A violation names everybody whose vote sealed it: there is no other defence once it is committed. Without a
    commit nothing was put to the test, and the invariant holds.
    """
    finalised = {
        (str(event.payload["auxiliary"]), str(event.payload["blockHash"]))
        for event in history.effective_events("CheckpointFinalised")
        if not is_origin_identifier(data(event.payload["coreId"]))
    }
    if not finalised:
        raise HistoryInsufficient("nothing was finalised")
    commits = history.effective_events("MetaBlockCommitted")
    found = [
        text
        for commit in commits
        if (str(commit.payload["auxiliary"]), str(commit.payload["checkpoint"])) not in finalised
        for text in _invented(devnet, history, commit)
    ]
    return found or f"{len(commits)} commits, each of a checkpoint that auxiliary finalised"


def _invented(devnet: Devnet, history: Readable, commit: Event) -> Iterator[str]:
    auxiliary, proposal = commit.payload["auxiliary"], commit.payload["transitionHash"]
    signers = {
        data(signer)
        for event in history.effective_events("VotesVerified")
        if (event.payload["auxiliary"], event.payload["proposalId"]) == (auxiliary, proposal)
        and event.payload["target"] == commit.payload["target"]
        for signer in _signers(event)
    }
    names = ", ".join(sorted(name_of(devnet, signer) for signer in signers)) or "nobody"
    yield (
        f"{auxiliary}: meta-block {number(commit, 'height')} (event {commit.sequence}) committed "
        f"{commit.payload['checkpoint']} at height {commit.payload['checkpointHeight']}, which auxiliary never "
        f"finalised; signed by {names}"
    )


def _signers(event: Event) -> list[object]:
    signers = event.payload["signers"]
    return list(signers) if isinstance(signers, list) else []


G6 = Invariant("G6", "what a core committed is what its auxiliary finalised", judge_commits)
"""Committed roots are finalised roots (R29, R61)."""
