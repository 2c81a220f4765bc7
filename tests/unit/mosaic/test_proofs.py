"""Merkle-Patricia proofs against py-trie: every true fact has one proof, nothing else has any (R69)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from devnet.mosaic import rlp
from devnet.mosaic.keccak import keccak
from devnet.mosaic.proofs import (
    EMPTY_CODE_HASH,
    EMPTY_TRIE_ROOT,
    Account,
    InvalidProof,
    verify_absence,
    verify_account,
    verify_inclusion,
    verify_storage,
)


def build(content: Mapping[bytes, bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for key, value in content.items():
        trie[key] = value
    return trie


def prove(trie: HexaryTrie, key: bytes) -> list[bytes]:
    """py-trie repeats embedded nodes; eth_getProof does not."""
    encoded = [rlp.encode(node) for node in trie.get_proof(key) if node != b""]
    return [node for index, node in enumerate(encoded) if index == 0 or len(node) >= 32]


# Keys of mixed length over few bytes share prefixes, end inside branches and give embedded nodes.
keys = st.binary(min_size=1, max_size=4).map(lambda key: bytes(byte & 0x33 for byte in key))
values = st.binary(min_size=1, max_size=50)
contents = st.dictionaries(keys, values, min_size=1, max_size=12)


@settings(max_examples=150)
@given(contents, keys)
def test_whatever_py_trie_proves_is_verified_and_nothing_more(content: dict[bytes, bytes], other: bytes) -> None:
    trie = build(content)
    for key in {*content, other}:
        nodes = prove(trie, key)
        stored = content.get(key)
        if stored is None:
            verify_absence(trie.root_hash, key, nodes)
            with pytest.raises(InvalidProof):
                verify_inclusion(trie.root_hash, key, b"x", nodes)
            continue
        verify_inclusion(trie.root_hash, key, stored, nodes)
        with pytest.raises(InvalidProof):
            verify_inclusion(trie.root_hash, key, stored + b"\0", nodes)
        with pytest.raises(InvalidProof):
            verify_absence(trie.root_hash, key, nodes)


@settings(max_examples=150)
@given(contents, st.data())
def test_a_proof_with_any_change_is_refused(content: dict[bytes, bytes], data: st.DataObject) -> None:
    trie = build(content)
    key = data.draw(st.sampled_from(sorted(content)))
    nodes = prove(trie, key)
    index = data.draw(st.integers(0, len(nodes) - 1))
    position = data.draw(st.integers(0, len(nodes[index]) - 1))
    flipped = bytearray(nodes[index])
    flipped[position] ^= data.draw(st.integers(1, 255))
    changes = [
        [*nodes[:index], bytes(flipped), *nodes[index + 1 :]],
        [*nodes[:index], *nodes[index + 1 :]],
        [*nodes[:index], nodes[index], *nodes[index:]],
        [*nodes[:index], nodes[index] + b"\0", *nodes[index + 1 :]],
        [*nodes, b""],
        [*nodes, b"\x80"],
        [*nodes, *nodes[-1:]],
    ]
    for changed in changes:
        with pytest.raises(InvalidProof):
            verify_inclusion(trie.root_hash, key, content[key], changed)


SECURE = {keccak(bytes([n])): keccak(bytes([n, 1])) for n in range(64)}


def test_proofs_in_a_secure_trie() -> None:
    trie = build(SECURE)
    for key, value in SECURE.items():
        verify_inclusion(trie.root_hash, key, value, prove(trie, key))
    absent = keccak(b"absent")
    verify_absence(trie.root_hash, absent, prove(trie, absent))


def test_a_proof_for_another_key_is_refused() -> None:
    trie = build(SECURE)
    first, second = sorted(SECURE)[:2]
    with pytest.raises(InvalidProof):
        verify_inclusion(trie.root_hash, second, SECURE[first], prove(trie, first))
    with pytest.raises(InvalidProof):
        verify_absence(trie.root_hash, keccak(b"absent"), prove(trie, first))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_the_key_must_end_where_the_value_is(length: int) -> None:
    trie = build(SECURE)
    key, value = next(iter(SECURE.items()))
    with pytest.raises(InvalidProof):
        verify_inclusion(trie.root_hash, (key + b"\0")[:length], value, prove(trie, key))


@pytest.mark.parametrize("root", [bytes(32), bytes(31), b"", bytes(33)], ids=["zero", "short", "empty", "long"])
def test_a_root_that_is_zero_or_no_hash_proves_nothing(root: bytes) -> None:
    verifiers: tuple[Callable[[], None], ...] = (
        lambda: verify_absence(root, b"k", []),
        lambda: verify_inclusion(root, b"k", b"v", []),
    )
    for verify in verifiers:
        with pytest.raises(InvalidProof, match="root must be"):
            verify()


def test_the_empty_trie_proves_absence_with_no_node() -> None:
    verify_absence(EMPTY_TRIE_ROOT, b"any", [])
    with pytest.raises(InvalidProof, match="proven absent"):
        verify_inclusion(EMPTY_TRIE_ROOT, b"any", b"v", [])
    with pytest.raises(InvalidProof, match="must have 0 nodes"):
        verify_absence(EMPTY_TRIE_ROOT, b"any", [b"\x80"])


def test_an_empty_proof_is_no_proof_of_absence() -> None:
    with pytest.raises(InvalidProof, match="lacks node"):
        verify_absence(build(SECURE).root_hash, keccak(b"absent"), [])


def test_an_empty_value_is_never_included() -> None:
    trie = build(SECURE)
    absent = keccak(b"absent")
    with pytest.raises(InvalidProof, match="empty value"):
        verify_inclusion(trie.root_hash, absent, b"", prove(trie, absent))


# Hand-made tries whose hashes fit but whose shape no real trie has.

LONG = b"v" * 40
LEAF = rlp.encode([b"\x20", LONG])
BRANCH_LEAF = rlp.encode([b"\x3a", LONG])


def branch(**children: Any) -> list[Any]:
    node: list[Any] = [b""] * 17
    for name, child in children.items():
        node[int(name[1:])] = child
    return node


def trie_of(*nodes: list[Any]) -> tuple[bytes, list[bytes]]:
    encoded = [rlp.encode(node) for node in nodes]
    return keccak(encoded[0]), encoded


SHAPES: dict[str, tuple[bytes, Callable[[], tuple[bytes, list[bytes]]]]] = {
    "extension-to-leaf": (b"\x1a", lambda: trie_of([b"\x11", keccak(BRANCH_LEAF)], [b"\x3a", LONG])),
    "extension-to-extension": (
        b"\x12\x0a",
        lambda: trie_of(
            [b"\x11", keccak(rlp.encode([b"\x12", keccak(rlp.encode(branch(_0=b"x" * 32, _16=LONG)))]))],
            [b"\x12", keccak(rlp.encode(branch(_0=b"x" * 32, _16=LONG)))],
            branch(_0=b"x" * 32, _16=LONG),
        ),
    ),
    "extension-without-path": (
        b"\x1a",
        lambda: trie_of(
            [b"\x00", keccak(rlp.encode(branch(_1=keccak(BRANCH_LEAF), _2=b"x" * 32)))],
            branch(_1=keccak(BRANCH_LEAF), _2=b"x" * 32),
            [b"\x3a", LONG],
        ),
    ),
    "branch-with-short-reference": (
        b"\x1a",
        lambda: trie_of(branch(_1=keccak(BRANCH_LEAF), _2=b"x" * 31), [b"\x3a", LONG]),
    ),
    "branch-with-big-embedded-node": (b"\x1a", lambda: trie_of(branch(_1=[b"\x3a", LONG], _2=b"x" * 32))),
    "branch-with-three-item-child": (
        b"\x1a",
        lambda: trie_of(branch(_1=keccak(BRANCH_LEAF), _2=[b"", b"", b""]), [b"\x3a", LONG]),
    ),
    "branch-with-list-value": (
        b"\x1a",
        lambda: trie_of(branch(_1=keccak(BRANCH_LEAF), _2=b"x" * 32, _16=[b"v"]), [b"\x3a", LONG]),
    ),
    "leaf-flag-four": (b"\x1a", lambda: trie_of([b"\x40\x1a", LONG])),
    "leaf-flag-with-dirty-nibble": (b"\x1a", lambda: trie_of([b"\x21\x1a", LONG])),
    "leaf-without-path-byte": (b"\x1a", lambda: trie_of([b"", LONG])),
    "leaf-path-a-list": (b"\x1a", lambda: trie_of([[b"\x20"], LONG])),
    "leaf-value-a-list": (b"\x1a", lambda: trie_of([b"\x20\x1a", [LONG]])),
    "leaf-value-empty": (b"\x1a", lambda: trie_of([b"\x20\x1a", b""])),
    "extension-read-as-leaf": (b"\x1a", lambda: trie_of([b"\x00\x1a", LONG])),
    "leaf-read-as-extension": (b"\x1a", lambda: trie_of([b"\x31", keccak(BRANCH_LEAF)], [b"\x3a", LONG])),
    "three-items": (b"\x1a", lambda: trie_of([b"\x20\x1a", LONG, b""])),
    "sixteen-items": (b"\x1a", lambda: trie_of([b""] * 16)),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_a_shape_that_no_trie_has_proves_nothing(name: str) -> None:
    key, make = SHAPES[name]
    root, nodes = make()
    with pytest.raises(InvalidProof):
        verify_inclusion(root, key, LONG, nodes)
    if name != "leaf-read-as-extension":
        with pytest.raises(InvalidProof):
            verify_absence(root, key, nodes)


def test_the_hand_made_shapes_differ_from_a_good_one_in_one_thing() -> None:
    good_branch = branch(_1=keccak(BRANCH_LEAF), _2=b"x" * 32)
    verify_inclusion(*trie_of(good_branch, [b"\x3a", LONG])[:1], b"\x1a", LONG, [rlp.encode(good_branch), BRANCH_LEAF])
    root, nodes = trie_of([b"\x20\x1a", LONG])
    verify_inclusion(root, b"\x1a", LONG, nodes)
    extension = [b"\x00\x1a", keccak(rlp.encode(branch(_0=b"x" * 32, _16=LONG)))]
    root, nodes = trie_of(extension, branch(_0=b"x" * 32, _16=LONG))
    verify_inclusion(root, b"\x1a", LONG, nodes)


def test_a_short_node_referenced_by_hash_is_refused() -> None:
    short = rlp.encode([b"\x3a", b"v"])
    root, nodes = trie_of(branch(_1=keccak(short), _2=b"x" * 32))
    with pytest.raises(InvalidProof, match="must stand inside its parent"):
        verify_inclusion(root, b"\x1a", b"v", [*nodes, short])


def test_an_embedded_node_is_followed_and_never_repeated() -> None:
    short = [b"\x3a", b"v"]
    root, nodes = trie_of(branch(_1=short, _2=b"x" * 32))
    verify_inclusion(root, b"\x1a", b"v", nodes)
    with pytest.raises(InvalidProof, match="must have 1 nodes, found 2"):
        verify_inclusion(root, b"\x1a", b"v", [*nodes, rlp.encode(short)])


def test_a_node_that_is_not_canonical_is_refused_even_if_its_hash_fits() -> None:
    sloppy = b"\xf8" + bytes([len(LEAF) - 1]) + LEAF[1:]
    with pytest.raises(InvalidProof, match="not canonical"):
        verify_inclusion(keccak(sloppy), b"", LONG, [sloppy])


ACCOUNT = Account(1, 10**18, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
ADDRESS = b"\xaa" * 20
STATE = build({keccak(ADDRESS): ACCOUNT.encode(), **SECURE})
SLOT, WORD = bytes(31) + b"\x05", 2**255 + 1
STORAGE = build({keccak(SLOT): rlp.encode(rlp.encode_integer(WORD)), **SECURE})


def test_an_account_is_proven_with_all_four_members() -> None:
    nodes = prove(STATE, keccak(ADDRESS))
    verify_account(STATE.root_hash, ADDRESS, ACCOUNT, nodes)
    for other in (
        Account(2, ACCOUNT.balance, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH),
        Account(1, 0, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH),
        Account(1, ACCOUNT.balance, keccak(b"other"), EMPTY_CODE_HASH),
        Account(1, ACCOUNT.balance, EMPTY_TRIE_ROOT, keccak(b"code")),
    ):
        with pytest.raises(InvalidProof, match="must store"):
            verify_account(STATE.root_hash, ADDRESS, other, nodes)
    with pytest.raises(InvalidProof, match="20 bytes"):
        verify_account(STATE.root_hash, ADDRESS[:-1], ACCOUNT, nodes)


def test_a_storage_word_is_proven() -> None:
    nodes = prove(STORAGE, keccak(SLOT))
    verify_storage(STORAGE.root_hash, SLOT, WORD, nodes)
    for other in (WORD + 1, 0, 5):
        with pytest.raises(InvalidProof):
            verify_storage(STORAGE.root_hash, SLOT, other, nodes)


def test_a_zero_word_is_proven_by_absence() -> None:
    slot = bytes(32)
    nodes = prove(STORAGE, keccak(slot))
    verify_storage(STORAGE.root_hash, slot, 0, nodes)
    with pytest.raises(InvalidProof):
        verify_storage(STORAGE.root_hash, slot, 1, nodes)


@pytest.mark.parametrize(
    ("slot", "word", "text"),
    [(SLOT[1:], WORD, "32 bytes"), (SLOT, -1, "storage word"), (SLOT, 2**256, "storage word")],
)
def test_a_storage_question_must_be_well_formed(slot: bytes, word: int, text: str) -> None:
    with pytest.raises(InvalidProof, match=text):
        verify_storage(STORAGE.root_hash, slot, word, prove(STORAGE, keccak(SLOT)))
