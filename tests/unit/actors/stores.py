"""Signing stores and what they are asked to sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from devnet.actors.protection import ProtectionStore, WouldBeSlashable
from devnet.mosaic.identity import core_identifier, origin_identifier
from devnet.mosaic.keccak import keccak
from devnet.mosaic.votes import Domain, Vote

ADDRESS = b"\xc0" * 20
CORE, ORIGIN = core_identifier(1337, ADDRESS), origin_identifier(1337)
DOMAIN = Domain(1337, ADDRESS)
ALICE, BOB = b"\xaa" * 20, b"\xbb" * 20
STRATEGIES: tuple[Literal["complete"], Literal["minimal"]] = ("complete", "minimal")


def word(name: str) -> bytes:
    return keccak(name.encode())


def vote(source: int, target: int, *, at: str = "", to: str = "", transition: str = "", core: bytes = CORE) -> Vote:
    return Vote(
        core, word(transition or f"t{source}"), word(at or f"c{source}"), word(to or f"c{target}"), source, target
    )


def may_sign(store: ProtectionStore, vote: Vote, validator: bytes = ALICE) -> bool:
    try:
        store.check_and_record(validator, vote)
    except WouldBeSlashable:
        return False
    return True


def signed_store(path: Path, strategy: Any, count: int = 5) -> None:
    with ProtectionStore(path, CORE, strategy) as store:
        for height in range(count):
            store.check_and_record(ALICE, vote(height, height + 1))
