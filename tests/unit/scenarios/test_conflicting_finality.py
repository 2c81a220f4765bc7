"""How a set is divided so that twins can finalise two branches."""

import pytest

from devnet.mosaic.quorum import is_quorum, is_third
from devnet.scenarios.conflicting_finality import sides


@pytest.mark.parametrize(
    "weights",
    [(40, 38, 36, 34), (1, 1, 1), (34, *[1] * 66), (40, 38, 36, 34, 45), (5, 4, 3, 2, 1, 1, 1)],
    ids=["demo", "three equal", "one large", "five", "seven"],
)
def test_both_sides_reach_a_quorum_and_twins_are_a_third(weights: tuple[int, ...]) -> None:
    named = {f"v{index}": weight for index, weight in enumerate(weights)}
    twins, apart = sides(named)
    total, both = sum(weights), sum(named[name] for name in twins)
    far = both + sum(named[name] for name in apart)
    assert is_quorum(far, total)
    assert is_quorum(both + total - far, total)
    assert is_third(both, total)
    assert not set(twins) & set(apart)


def test_two_validators_cannot_be_divided() -> None:
    with pytest.raises(ValueError, match="no 2 weights"):
        sides({"a": 1, "b": 1})
