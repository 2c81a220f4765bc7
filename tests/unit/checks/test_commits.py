"""G6: what a core committed is what its auxiliary finalised."""

import pytest

from devnet.checks import Verdict
from devnet.types import Json
from tests.unit.checks.conftest import EPOCH, Story, hexed

FORGED = b"\x0f" * 32
PROPOSAL, TARGET = "0x" + "01" * 32, "0x" + "02" * 32


def commit(story: Story, checkpoint: bytes, **changes: Json) -> None:
    """A commit, sealed by validators 1 to 3 in two transactions."""
    for signers in ((0, 1), (2,)):
        addresses: list[Json] = [hexed(story.validator(index).auxiliary_key.address) for index in signers]
        shown = {"auxiliary": "auxiliary-1", "proposalId": PROPOSAL, "target": TARGET}
        story.append("VotesVerified", "origin", 8, **shown, signers=addresses)
    payload: dict[str, Json] = {
        "auxiliary": "auxiliary-1",
        "height": "1",
        "checkpoint": hexed(checkpoint),
        "checkpointHeight": "2",
        "transitionHash": PROPOSAL,
        "target": TARGET,
    }
    story.append("MetaBlockCommitted", "origin", 9, **(payload | changes))


def test_g6_passes_when_the_committed_checkpoint_was_finalised(story: Story) -> None:
    story.honest_run(4)
    commit(story, story.hash("auxiliary-1", 2 * EPOCH))
    assert story.verdict("G6").verdict is Verdict.PASSED


def test_g6_passes_without_a_commit(story: Story) -> None:
    story.honest_run(4)
    assert story.verdict("G6").verdict is Verdict.PASSED


def test_g6_fails_and_names_every_signer_when_the_checkpoint_is_made_up(story: Story) -> None:
    story.honest_run(4)
    commit(story, FORGED)
    result = story.verdict("G6")
    assert result.verdict is Verdict.FAILED
    assert hexed(FORGED) in result.reason
    assert "signed by validator-1, validator-2, validator-3" in result.reason


def test_g6_fails_when_the_checkpoint_is_another_auxiliarys(story: Story) -> None:
    story.honest_run(4)
    commit(story, story.hash("auxiliary-1", 2 * EPOCH), auxiliary="auxiliary-2")
    assert story.verdict("G6").verdict is Verdict.FAILED


def test_g6_fails_when_the_checkpoint_was_only_justified(story: Story) -> None:
    story.honest_run(4)
    commit(story, story.hash("auxiliary-1", 4 * EPOCH))
    assert story.verdict("G6").verdict is Verdict.FAILED


@pytest.mark.parametrize("blocks", [0, 8])
def test_g6_is_unknown_when_nothing_was_finalised(story: Story, blocks: int) -> None:
    story.blocks("auxiliary-1", 1, blocks)
    assert story.verdict("G6").verdict is Verdict.UNKNOWN
