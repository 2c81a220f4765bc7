"""The tree of blocks: ancestors, paths, leaves, and what lies on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devnet.chain.block import Block, Envelope
from devnet.chain.spool import Spool
from devnet.chain.transaction import decode_transaction
from devnet.chain.tree import PACKED_BEFORE, BlockTree, Entry
from devnet.errors import ChainError
from tests.unit.chain.conftest import CHAIN_ID, GENESIS


@pytest.fixture
def tree(block: Callable[..., Block]) -> BlockTree:
    """Genesis - 1 - 2 - 3, and 2' - 3' on 1; hashes are the names."""
    made = BlockTree(block(number=0, hash=GENESIS, parent=b""), [0, 1])
    for name, parent, number in (
        (b"1", GENESIS, 1),
        (b"2", b"1", 2),
        (b"3", b"2", 3),
        (b"2'", b"1", 2),
        (b"3'", b"2'", 3),
    ):
        made.add(Entry(block(number=number, hash=name, parent=parent), Envelope({}, ())), [0])
    return made


def test_ancestors_and_paths_follow_the_parents(tree: BlockTree) -> None:
    assert tree.common_ancestor(b"3", b"3'").hash == b"1"
    assert tree.common_ancestor(b"3", b"1").hash == b"1"
    assert [entry.block.hash for entry in tree.path(b"1", b"3'")] == [b"2'", b"3'"]
    assert tree.is_ancestor(b"1", b"3'")
    assert tree.is_ancestor(b"3", b"3")
    assert not tree.is_ancestor(b"2", b"3'")
    assert not tree.is_ancestor(b"3", b"1")
    with pytest.raises(ChainError, match="not an ancestor"):
        tree.path(b"2", b"3'")
    with pytest.raises(ChainError, match="unknown block"):
        tree.block(b"x")


def test_leaves_are_known_per_node(tree: BlockTree, block: Callable[..., Block]) -> None:
    assert dict(tree.leaves) == {GENESIS: {1}, b"3": {0}, b"3'": {0}}
    mark = tree.leaves
    tree.share([0, 1])
    assert dict(tree.leaves) == {b"3": {0, 1}, b"3'": {0, 1}}
    tree.add(Entry(block(number=4, hash=b"4", parent=b"3"), Envelope({}, ())), [1])
    assert dict(tree.leaves) == {b"3": {0}, b"3'": {0, 1}, b"4": {1}}
    tree.restore(mark)
    assert dict(tree.leaves) == {GENESIS: {1}, b"3": {0}, b"3'": {0}}
    assert b"4" in tree


def test_the_newest_blocks_come_oldest_first(tree: BlockTree) -> None:
    assert [entry.block.hash for entry in tree.recent(2)] == [b"2'", b"3'"]
    assert len(tree.recent(100)) == 5


def test_old_blocks_lie_on_disk_and_come_back_as_they_were(
    block: Callable[..., Block], sign: Callable[..., bytes], tmp_path: Path
) -> None:
    tree = BlockTree(block(number=0, hash=GENESIS, parent=b""), [0])
    tree.keep_old(tmp_path)
    payload = {"logsBloom": "0x" + "0" * 512, "transactions": ["0x02"]}
    transaction = decode_transaction(sign(0, 0), CHAIN_ID)
    entries, parent = [], GENESIS
    for number in range(1, PACKED_BEFORE + 3):
        entry = Entry(block(number=number, hash=bytes([7, *number.to_bytes(2)]), parent=parent), Envelope(payload, ()))
        entries.append(entry)
        tree.add(entry, [0])
        parent = entry.block.hash
    packed = Entry(entries[0].block, Envelope(payload, ("0x01",)), (transaction,))
    spool = Spool(tmp_path)
    packed.pack(spool)
    packed.pack(spool)
    assert packed.envelope == Envelope(payload, ("0x01",))
    assert packed.transactions == (transaction,)
    assert [isinstance(entry._content, int) for entry in entries] == [True] * 2 + [False] * PACKED_BEFORE
    assert [entry.envelope for entry in tree.path(GENESIS, parent)] == [Envelope(payload, ())] * len(entries)
    assert tree.ancestor_at(parent, 1) == entries[0].block
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_the_disk_does_not_take_stays_in_memory(block: Callable[..., Block], tmp_path: Path) -> None:
    entry = Entry(block(), Envelope({"number": "0x1"}, ()))
    entry.pack(Spool(tmp_path / "missing"))
    assert entry.envelope == Envelope({"number": "0x1"}, ())
    entry.pack(Spool(tmp_path))
    assert entry.envelope == Envelope({"number": "0x1"}, ())


def test_what_is_spooled_comes_back_from_its_place_and_its_file_ends_with_it(tmp_path: Path) -> None:
    spool, contents = Spool(tmp_path), [b"first", b"", bytes(100_000)]
    places = [spool.add(content) for content in contents]
    assert [spool.read(place) for place in reversed(places)] == contents[::-1]
    descriptor = spool._descriptor
    del spool
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
