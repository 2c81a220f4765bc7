"""What a manifest field allows, said once beside the field and used by loading and by validation."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from enum import Enum
from typing import Any, Literal

FieldKind = Literal["integer", "tokens", "choice", "name", "text", "special"]
"""How a value is written: a whole number, an amount in tokens, one of a few words, a name, any text; or as it reads."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed in one field."""

    key: str
    """The word in YAML; '' = the attribute's name."""
    kind: FieldKind
    """How the value is written."""
    least: int = 0
    """Smallest value, for integers and (in wei) tokens."""
    most: int = 2**64 - 1
    """Largest value."""
    unit: str = ""
    """Unit, for messages."""
    choices: type[Enum] | None = None
    """The closed set of a choice."""
    required: bool = False
    """Whether it must be written."""


def integer(least: int, most: int, unit: str = "", *, key: str = "") -> dict[str, Rule]:
    """Metadata of a field that holds a whole number from ``least`` to ``most``."""
    return {"rule": Rule(key, "integer", least, most, unit)}


def tokens(least: int, most: int, *, key: str) -> dict[str, Rule]:
    """Metadata of a field that is written in tokens and held in wei; bounds in wei."""
    return {"rule": Rule(key, "tokens", least, most, "tokens")}


def choice(choices: type[Enum], *, required: bool = False) -> dict[str, Rule]:
    """Metadata of a field that holds one member of an enum, written as its value."""
    return {"rule": Rule("", "choice", choices=choices, required=required)}


def name() -> dict[str, Rule]:
    """Metadata of a field that holds a name: lower-case letters, digits and hyphens."""
    return {"rule": Rule("", "name")}


def text() -> dict[str, Rule]:
    """Metadata of a field that holds any one-line text."""
    return {"rule": Rule("", "text")}


def special() -> dict[str, Rule]:
    """Metadata of a field with a reader of its own."""
    return {"rule": Rule("", "special")}


def rules(record: type) -> dict[str, tuple[Field[Any], Rule]]:
    """The documented fields of a manifest dataclass by their YAML word, in written order."""
    found = [(item, item.metadata.get("rule")) for item in fields(record)]
    return {rule.key or item.name: (item, rule) for item, rule in found if isinstance(rule, Rule)}
