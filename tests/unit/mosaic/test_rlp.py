"""RLP has one encoding per value."""

from __future__ import annotations

import pytest
import rlp as pyrlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from devnet.mosaic import rlp

leaves = st.binary(max_size=70)
items = st.recursive(leaves, lambda children: st.lists(children, max_size=6), max_leaves=20)


@given(items)
def test_encoding_is_that_of_pyrlp_and_decodes_back(item: rlp.Item) -> None:
    data = rlp.encode(item)
    assert data == pyrlp.encode(item)
    assert rlp.decode(data) == item


def decodes(data: bytes) -> bool:
    try:
        rlp.decode(data)
    except rlp.InvalidRlp:
        return False
    return True


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """An encoding with one byte changed, which is often an encoding of something else."""
    data = bytearray(rlp.encode(draw(items)))
    data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@given(altered().filter(decodes))
def test_what_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    assert rlp.encode(rlp.decode(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00ff",
        "8100",
        "817f",
        "81",
        "8280",
        "b800",
        "b837" + "00" * 55,
        "b90038" + "00" * 56,
        "b8",
        "bf" + "ff" * 8,
        "c1",
        "c28100",
        "c180ff",
        "f800",
        "f837" + "80" * 55,
        "f90038" + "80" * 56,
        "ff" + "ff" * 8,
        "c3c28080ff",
        "c2c180" + "80",
        "c1" * 80 + "c0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(rlp.InvalidRlp):
        rlp.decode(bytes.fromhex(text))


def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack() -> None:
    item: rlp.Item = []
    for _ in range(200):
        item = [item]
    with pytest.raises(rlp.InvalidRlp, match="nest at most 64 deep"):
        rlp.decode(rlp.encode(item))


@pytest.mark.parametrize(
    ("value", "data"), [(0, ""), (1, "01"), (127, "7f"), (128, "80"), (256, "0100"), (2**256 - 1, "ff" * 32)]
)
def test_integers_have_no_leading_zero(value: int, data: str) -> None:
    assert rlp.encode_integer(value) == bytes.fromhex(data)
    assert rlp.decode_integer(bytes.fromhex(data)) == value


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\1" * 33, []], ids=["zero", "leading", "too-long", "list"])
def test_other_integers_are_refused(data: rlp.Item) -> None:
    with pytest.raises(rlp.InvalidRlp):
        rlp.decode_integer(data)


def test_what_is_no_item_is_not_encoded() -> None:
    with pytest.raises(TypeError, match="found str"):
        rlp.encode("text")
    with pytest.raises(ValueError, match="must be >= 0"):
        rlp.encode_integer(-1)
