"""What makes a chain an origin or an auxiliary: the defaults in ``chains/<role>/chain.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from devnet.config import fields
from devnet.config.document import read_document
from devnet.config.networks import project_directory
from devnet.config.reader import ManifestReader
from devnet.errors import ManifestError
from devnet.types import Role


@dataclass(frozen=True, slots=True)
class RoleDefaults:
    """Defaults of every chain of one role. All fields are required in the file."""

    chain_id: int = field(metadata=fields.integer(1, 2**32 - 1))
    """Chain id of the first chain of this role; the next ones count up."""
    block_time_s: int = field(metadata=fields.integer(1, 3600, "seconds", key="block_time"))
    """Seconds between blocks."""
    epoch: int = field(metadata=fields.integer(2, 1024, "blocks"))
    """Blocks from one checkpoint to the next."""
    gas_limit: int = field(metadata=fields.integer(30_000_000, 1_000_000_000, "gas"))
    """Gas limit of every block."""
    genesis_time: int = field(metadata=fields.integer(1, 2**40, "seconds since 1970"))
    """Timestamp of block 0: a constant in the past, so that genesis hashes repeat."""
    finalised_after_epochs: int = field(metadata=fields.integer(0, 64, "epochs"))
    """The node's ``finalized`` is the head minus this many epochs, ``safe`` one epoch less; 0: the votes on
    the chain decide (R23)."""
    path: Path = field(default=Path(), compare=False)
    """Where it was read from."""


@cache
def role_defaults(role: Role) -> RoleDefaults:
    """The defaults of a role, read once.

    Raises ManifestError if the file was damaged.
    """
    path = project_directory() / "chains" / role.value / "chain.yaml"
    values = ManifestReader(path).fields(read_document(path), RoleDefaults, "")
    for key, (item, rule) in fields.rules(RoleDefaults).items():
        value = values.get(item.name)
        if value is None or not rule.least <= value <= rule.most:
            raise ManifestError(f"{path}: {key} expected {rule.least} to {rule.most} {rule.unit}, found {value}")
    return RoleDefaults(**values, path=path)
