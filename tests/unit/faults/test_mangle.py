"""Every proof that was tampered with is refused, under the honest root and under one that commits to it (R69)."""

from __future__ import annotations

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from devnet.faults import mangle
from devnet.faults.mangle import MANGLES, Nodes
from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.proofs import InvalidProof, verify_inclusion


def prove(content: dict[bytes, bytes], key: bytes) -> tuple[bytes, Nodes]:
    trie = HexaryTrie({})
    for one, value in content.items():
        trie[one] = value
    encoded = [rlp.encode(node) for node in trie.get_proof(key) if node != b""]
    return trie.root_hash, tuple(node for index, node in enumerate(encoded) if index == 0 or len(node) >= 32)


# Short keys over few nibbles give extensions and embedded nodes; hashed ones are what a node's own tries have.
keys = st.binary(min_size=1, max_size=4).map(lambda key: bytes(byte & 0x33 for byte in key))
hashed = st.integers(0, 2**32).map(lambda number: keccak(number.to_bytes(32)))
values = st.binary(min_size=1, max_size=50)
contents = st.one_of(
    st.dictionaries(keys, values, min_size=1, max_size=12), st.dictionaries(hashed, values, min_size=1, max_size=16)
)


@settings(max_examples=60)
@given(content=contents, chosen=st.integers(0, 100), seed=st.integers(0, 2**64 - 1))
def test_a_mangled_proof_is_refused(content: dict[bytes, bytes], chosen: int, seed: int) -> None:
    key = sorted(content)[chosen % len(content)]
    root, nodes = prove(content, key)
    verify_inclusion(root, key, content[key], nodes)
    for name in MANGLES:
        note(name)
        after = mangle.mangled(name, nodes, seed)
        if after is None or after == nodes:
            continue
        with pytest.raises(InvalidProof):
            verify_inclusion(root, key, content[key], after)
        forged = mangle.committed(nodes, after)
        if forged is not None:
            with pytest.raises(InvalidProof):
                verify_inclusion(forged.root, key, content[key], forged.nodes)


CONTENT = {keccak(bytes([n])): bytes([1 + n % 5]) for n in range(40)} | {b"\x11\x13": b"ab", b"\x11\x12": b"c"}
KEY = b"\x11\x13"
SHARED = {b"\x11\x12": b"a" * 40, b"\x11\x13": b"b" * 40}


@pytest.mark.parametrize("name", list(MANGLES))
def test_every_way_applies_somewhere(name: str) -> None:
    proofs = [prove(CONTENT, KEY)[1], prove(CONTENT, keccak(b"\x01"))[1], prove(SHARED, b"\x11\x12")[1]]
    assert any(mangle.mangled(name, nodes, seed) is not None for nodes in proofs for seed in range(20))


def test_the_same_seed_tampers_in_the_same_way() -> None:
    _, nodes = prove(CONTENT, KEY)
    for name in MANGLES:
        assert mangle.mangled(name, nodes, 7) == mangle.mangled(name, nodes, 7)


def test_nothing_is_made_of_no_proof() -> None:
    assert mangle.mangled("surplus node", (), 1) is None
    assert mangle.committed((), ()) is None


def test_an_unknown_way_is_an_error() -> None:
    with pytest.raises(KeyError):
        mangle.mangled("sideways", (b"\xc0",), 1)


def test_a_committed_change_reaches_the_root() -> None:
    key = keccak(b"\x01")
    root, nodes = prove(CONTENT, key)
    assert len(nodes) > 1
    changed = mangle.other_value(nodes, len(nodes) - 1)
    assert changed is not None
    forged = mangle.committed(nodes, changed)
    assert forged is not None
    assert forged.root != root
    verify_inclusion(forged.root, key, bytes([CONTENT[key][0] ^ 1]), forged.nodes)


def test_anybody_who_may_choose_the_root_proves_anything() -> None:
    forged = mangle.one_entry(keccak(b"key"), b"value")
    verify_inclusion(forged.root, keccak(b"key"), b"value", forged.nodes)


def test_a_proof_is_cut_at_its_first_extension() -> None:
    _, nodes = prove(SHARED, b"\x11\x12")
    assert mangle.cut_at_extension(nodes) == nodes[:1]
    assert mangle.cut_at_extension(nodes[1:]) is None


def test_the_padded_short_node_reads_like_the_reference() -> None:
    _, nodes = prove(CONTENT, keccak(b"\x01"))
    (short,) = set(mangle.short_node(nodes, 1)) - set(nodes)
    assert short + keccak(nodes[1])[31:] == keccak(nodes[1])


def test_a_needless_length_is_all_that_is_wrong_about_a_long_node_too() -> None:
    (after,) = mangle.wrap_byte((rlp.encode([b"a" * 60, b"\x05"]),), 0) or ()
    assert after == b"\xf8\x40" + rlp.encode(b"a" * 60) + b"\x81\x05"
    assert mangle.wrap_byte((rlp.encode([b"a" * 60, b"\x85"]),), 0) is None


def test_a_root_stands_inside_no_parent() -> None:
    nodes = prove(SHARED, b"\x11\x12")[1]
    assert len(nodes) > 1
    assert mangle.embed_node(nodes, 0) is None
    assert mangle.embed_node(nodes, 1) is not None
