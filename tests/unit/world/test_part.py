"""Parts of a world: there from their stage on, and not before."""

import pytest

from devnet.errors import UsageError
from devnet.world.part import Part


class Staged:
    """Something that comes about in stages."""

    name = Part[str]("prepare")


def test_a_part_that_is_not_there_yet_says_which_stage_makes_it() -> None:
    with pytest.raises(UsageError, match=r"call prepare\(\) first"):
        Staged().name  # noqa: B018


def test_a_part_belongs_to_the_one_whose_stage_made_it() -> None:
    one, other = Staged(), Staged()
    one.name = "ring"
    assert one.name == "ring"
    with pytest.raises(UsageError):
        other.name  # noqa: B018
