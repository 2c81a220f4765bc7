"""Turns positioned YAML values into the fields of a documented dataclass."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from devnet.config.amounts import parse_tokens
from devnet.config.document import Value
from devnet.config.fields import Rule, rules
from devnet.config.manifest import (
    MAX_VALIDATORS,
    ChainManifest,
    GatewayManifest,
    ParametersManifest,
    TokenManifest,
    ValidatorManifest,
    validators_by_count,
)
from devnet.errors import ManifestError

Record = TypeVar("Record")

_INTEGER = re.compile(r"[+-]?[0-9][0-9_]*|0x[0-9a-fA-F]+")


class ManifestReader:
    """Reads documented dataclasses from positioned values and remembers the lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[str, int] = {}
        """Line of every field read, by field path."""

    def fields(self, value: Value, record: type, prefix: str) -> dict[str, Any]:
        """The fields of one record as keyword arguments; unknown keys are refused."""
        if value.entries is None:
            what = prefix or "the manifest"
            raise self._error(value.line, what, "expected a mapping of 'key: value' lines", value)
        known = rules(record)
        result: dict[str, Any] = {}
        for key, (line, entry) in value.entries.items():
            if key not in known:
                raise ManifestError(f"{self._path}:{line}: unknown key {key!r}{suggestion(key, known)}")
            item, rule = known[key]
            path = f"{prefix}.{key}" if prefix else key
            self.lines[path] = line
            if not (entry.is_empty and not rule.required):
                result[item.name] = self._field(entry, rule, path)
        for key, (_, rule) in known.items():
            if rule.required and key not in value.entries:
                raise self._error(value.line, prefix, f"expected the key {key!r}, found none; add '{key}: ...'")
        return result

    def _field(self, value: Value, rule: Rule, path: str) -> Any:
        if rule.kind == "special":
            return self._special(value, path)
        if value.text is None:
            raise self._error(value.line, path, "expected a single value", value)
        if rule.kind == "integer":
            return self.integer(value, path)
        if rule.kind == "tokens":
            return self._tokens(value, path)
        if rule.kind == "choice":
            return self._choice(value, rule, path)
        return value.text

    def _special(self, value: Value, path: str) -> Any:
        if path == "chains":
            return self._list(value, ChainManifest, path)
        if path == "validators":
            return self._validators(value, path)
        if path == "gateways":
            return self._list(value, GatewayManifest, path)
        if path.endswith(".token"):
            return TokenManifest(**self.fields(value, TokenManifest, path))
        if path == "parameters":
            return ParametersManifest(**self.fields(value, ParametersManifest, path))
        return self._ports(value, path)

    def _list(self, value: Value, record: type[Record], path: str) -> tuple[Record, ...]:
        if value.items is None:
            raise self._error(value.line, path, "expected a list, one '- ' per item", value)
        return tuple(self._item(item, record, f"{path}[{index}]") for index, item in enumerate(value.items))

    def _item(self, value: Value, record: type[Record], path: str) -> Record:
        self.lines[path] = value.line
        return record(**self.fields(value, record, path))

    def _validators(self, value: Value, path: str) -> tuple[ValidatorManifest, ...]:
        if value.text is None:
            return self._list(value, ValidatorManifest, path)
        count = self.integer(value, path)
        if not 1 <= count <= MAX_VALIDATORS:
            raise self._error(value.line, path, f"expected 1 to {MAX_VALIDATORS} validators", value)
        return validators_by_count(count)

    def _ports(self, value: Value, path: str) -> dict[str, int]:
        if value.entries is None:
            raise self._error(value.line, path, "expected 'name: port' lines", value)
        for key, (line, _) in value.entries.items():
            self.lines[f"{path}.{key}"] = line
        return {key: self.integer(entry, f"{path}.{key}") for key, (_, entry) in value.entries.items()}

    def integer(self, value: Value, path: str) -> int:
        """A whole number, decimal (``1_000`` allowed) or 0x."""
        text = (value.text or "").strip()
        # Longer than any number allowed anywhere; also keeps int() from refusing it with its own words.
        if value.quoted or not _INTEGER.fullmatch(text) or len(text) > 100:
            raise self._error(value.line, path, "expected a whole number", value)
        return int(text, 16) if text.startswith("0x") else int(text)

    def _tokens(self, value: Value, path: str) -> int:
        try:
            return parse_tokens(value.text or "")
        except ValueError as error:
            raise self._error(value.line, path, str(error), value) from error

    def _choice(self, value: Value, rule: Rule, path: str) -> Enum:
        assert rule.choices is not None
        members = {str(member.value): member for member in rule.choices}
        if value.text not in members:
            hint = suggestion(value.text or "", members)
            raise self._error(value.line, path, f"expected one of {', '.join(members)}", value, hint)
        return members[value.text]

    def _error(self, line: int, path: str, expected: str, found: Value | None = None, hint: str = "") -> ManifestError:
        found_text = f", found {found.describe()}" if found is not None else ""
        subject = f"{path} " if path else ""
        return ManifestError(f"{self._path}:{line}: {subject}{expected}{found_text}{hint}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` or the list of what there is, for the end of a message."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
