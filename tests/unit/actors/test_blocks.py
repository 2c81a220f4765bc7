"""The newest blocks are kept in full, of every other its hash and sums."""

from __future__ import annotations

import pytest

from devnet.actors.blocks import Blocks
from devnet.errors import ChainError
from devnet.mosaic.transitions import accumulate
from tests.unit.actors.nodes import chain_of

HEADERS = chain_of(12, gas_used=7)


def filled() -> Blocks:
    blocks = Blocks()
    for header in HEADERS:
        blocks.append(header, header.hash)
    return blocks


def test_every_block_is_known_by_its_number_with_its_sums() -> None:
    blocks = filled()
    assert len(blocks) == 12
    assert [block.number for block in blocks] == list(range(12))
    assert [block.header for block in blocks] == HEADERS
    assert blocks[-1].sums == accumulate(HEADERS[1:])


def test_a_hash_is_that_of_its_block_and_beyond_the_head_there_is_none() -> None:
    blocks = filled()
    assert [blocks.hash_at(number) for number in range(12)] == [header.hash for header in HEADERS]
    for number in (-1, 12):
        with pytest.raises(IndexError, match=f"block {number} is not one of 12"):
            blocks.hash_at(number)


def test_another_hash_contradicts_a_block_and_none_contradicts_what_is_not_there_yet() -> None:
    blocks = filled()
    assert [blocks.has_other(number, HEADERS[5].hash) for number in (4, 5, 6, 12)] == [True, False, True, False]


def test_an_old_block_keeps_its_hash_and_sums_alone() -> None:
    blocks = filled()
    sums = blocks[4].sums
    blocks.forget_headers_below(5)
    assert blocks.first == 5
    assert (blocks[4].hash, blocks[4].sums) == (HEADERS[4].hash, sums)
    assert blocks[5].header == HEADERS[5]
    with pytest.raises(ChainError, match="header of block 4"):
        _ = blocks[4].header


@pytest.mark.parametrize("above", [4, 5, 8, 11])
def test_what_is_above_is_forgotten_and_may_come_again(above: int) -> None:
    blocks = filled()
    blocks.forget_headers_below(5)
    blocks.forget_above(above)
    assert len(blocks) == above + 1
    for header in HEADERS[above + 1 :]:
        blocks.append(header, header.hash)
    assert [block.hash for block in blocks] == [header.hash for header in HEADERS]
    assert [blocks[number].header for number in range(5, 12)] == HEADERS[5:]


@pytest.mark.parametrize("number", [12, -13])
def test_there_is_no_block_beyond_the_head(number: int) -> None:
    with pytest.raises(IndexError):
        filled()[number]


def test_a_forged_header_with_endless_gas_breaks_nothing() -> None:
    blocks = Blocks()
    for header in chain_of(4, gas_used=2**255):
        blocks.append(header, header.hash)
    assert blocks[-1].sums.gas == 2**255


def test_a_copy_does_not_change_with_the_original() -> None:
    blocks = filled()
    copy = blocks.copy()
    blocks.forget_headers_below(5)
    blocks.forget_above(6)
    assert [block.header for block in copy] == HEADERS
