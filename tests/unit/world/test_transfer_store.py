"""Secrets of transfers: derived anew for every message, and kept on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devnet.config.keys import derive_key
from devnet.errors import EnvironmentFailure
from devnet.mosaic.messages import hash_lock
from devnet.mosaic.transfers import Direction, Ends, Transfer
from devnet.world.transfer_store import Declaration, TransferStore, secret_of

ENDS = Ends(1515, b"\x12" * 20, 1001, b"\x13" * 20)
KEY = derive_key(1, "somebody")


def test_secrets_differ_in_everything_that_a_message_names() -> None:
    """J18: one secret must open one message."""
    one = secret_of(KEY, Direction.STAKE, ENDS, 0)
    assert one == secret_of(KEY, Direction.STAKE, ENDS, 0)
    others = [
        secret_of(derive_key(1, "another"), Direction.STAKE, ENDS, 0),
        secret_of(KEY, Direction.REDEEM, ENDS, 0),
        secret_of(KEY, Direction.STAKE, ENDS, 1),
        *(
            secret_of(KEY, Direction.STAKE, replace(ENDS, **{name: value}), 0)  # type: ignore[arg-type]
            for name, value in {
                "origin_chain_id": 1516,
                "gateway": b"\x15" * 20,
                "auxiliary_chain_id": 1002,
                "co_gateway": b"\x16" * 20,
            }.items()
        ),
    ]
    assert len({one, *others}) == 8


def declaration() -> Declaration:
    secret = secret_of(KEY, Direction.REDEEM, ENDS, 3)
    transfer = Transfer(2**200, b"\xbe" * 20, 1, 2, KEY.address, 3, hash_lock(secret))
    return Declaration(Direction.REDEEM, "TKN", transfer, secret)


def test_a_declaration_is_read_back_as_it_was_and_is_nobody_elses_business(tmp_path: Path) -> None:
    store, message = TransferStore(tmp_path / "transfers"), bytes(range(32))
    assert store.load(message) is None
    store.save(message, declaration())
    assert store.load(message) == declaration()
    store.save(message, declaration().sent_in(b"\x7a" * 32))
    assert store.load(message) == declaration().sent_in(b"\x7a" * 32)
    (path,) = (tmp_path / "transfers").iterdir()
    assert [path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777] == [0o600, 0o700]


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"direction": "sideways"}'])
def test_a_damaged_file_is_said_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / (bytes(32).hex() + ".json")).write_text(text)
    with pytest.raises(EnvironmentFailure, match=r"cannot read .*00\.json"):
        TransferStore(tmp_path).load(bytes(32))
