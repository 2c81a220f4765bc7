"""S11: what auxiliaries finalised about origin is origin's own."""

from devnet.checks import Verdict
from tests.unit.checks.conftest import EPOCH, Story, hexed


def test_s11_passes_when_the_observed_block_is_on_origins_branch(story: Story) -> None:
    story.honest_run(4)
    assert story.verdict("S11").verdict is Verdict.PASSED


def test_s11_fails_when_origin_took_the_block_back(story: Story) -> None:
    story.honest_run(4)
    story.append("BlockProduced", "origin", EPOCH, hash=hexed(b"\x77" * 32), parent=hexed(bytes(32)), view="main")
    result = story.verdict("S11")
    assert result.verdict is Verdict.FAILED
    assert "0x" + "77" * 32 in result.reason


def test_s11_is_unknown_when_nothing_about_origin_was_finalised(story: Story) -> None:
    story.blocks("auxiliary-1", 1, 8)
    story.finalised(1, 1, 8)
    assert story.verdict("S11").verdict is Verdict.UNKNOWN
