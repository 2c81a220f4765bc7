"""Takes the place of a History in tests of actors."""

from __future__ import annotations

from dataclasses import dataclass, field

from devnet.types import Json


@dataclass
class Told:
    """What an actor recorded."""

    events: list[tuple[str, dict[str, Json]]] = field(default_factory=list)

    def __call__(self, kind: str, chain: str | None = None, block: int | None = None, **payload: Json) -> None:
        self.events.append((kind, payload))
