"""A YAML document in which every value still knows its line.

Scalars stay the text that was written: ``40.5`` is read exactly, never through a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from devnet.errors import ManifestError

MAX_BYTES = 1 << 17
"""No manifest is larger than 128 KiB."""
MAX_OPENINGS = 2_000
"""No manifest opens more lists and mappings."""
MAX_VALUES = 10_000
"""No manifest holds more values."""
MAX_DEPTH = 16
"""No manifest nests deeper."""

_OPENING = re.compile(r"[\[{]|-\s|\?\s")


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its text, its items or its entries, and where it stands."""

    path: Path
    """The file."""
    line: int
    """Line in the file, from 1."""
    text: str | None = None
    """A scalar as written; None for a list or a mapping."""
    quoted: bool = False
    """Whether the scalar was written in quotes or as a block, so that it is text and no number."""
    items: tuple[Value, ...] | None = None
    """Items of a list."""
    entries: dict[str, tuple[int, Value]] | None = None
    """Entries of a mapping with the line of each key."""

    @property
    def is_empty(self) -> bool:
        """Nothing was written, or ``null``."""
        return self.text is not None and not self.quoted and self.text in ("", "~", "null")

    def describe(self) -> str:
        """What it is, for "found ..."."""
        if self.entries is not None:
            return "a mapping"
        if self.items is not None:
            return f"a list of {len(self.items)}"
        if self.is_empty:
            return "nothing"
        text = self.text or ""
        return repr(text if len(text) <= 60 else text[:57] + "...")


def read_document(path: Path) -> Value:
    """Read one YAML document.

    Raises ManifestError for a file that cannot be read, is not text or is not YAML.
    """
    text = _read_text(path)
    if _OPENING.subn("", text)[1] > MAX_OPENINGS:
        # The parser's time grows with the square of its nesting: without this bound it would seem to hang.
        raise ManifestError(f"{path}: expected at most {MAX_OPENINGS} brackets and dashes, found more; cut it")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ManifestError(f"{path}:{line}: not valid YAML: {error.problem}; mend that line") from error
    except (yaml.YAMLError, RecursionError) as error:
        cause = "it nests too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise ManifestError(f"{path}:1: not valid YAML: {cause}") from error
    if node is None:
        raise ManifestError(f"{path}:1: expected a manifest, found an empty file; copy chains/networks/minimal.yaml")
    return _Builder(path).value(node)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}; give a readable YAML file") from error
    if len(data) > MAX_BYTES:
        raise ManifestError(f"{path}: expected at most {MAX_BYTES} bytes, found more; is it the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ManifestError(f"{path}:{line}: expected UTF-8 text, found binary data; is it the right file?") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ManifestError(f"{path}:{line}: expected UTF-8 text, found binary data; is it the right file?")
    return text


class _Builder:
    """Turns YAML nodes into values, within bounds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = MAX_VALUES

    def value(self, node: yaml.Node, depth: int = 0) -> Value:
        """The value of a node with all that is in it. Raises ManifestError past the bounds."""
        line = node.start_mark.line + 1
        self._left -= 1
        # An alias stands for its whole subtree again: a small file could expand without end.
        if depth > MAX_DEPTH or self._left < 0:
            raise ManifestError(
                f"{self._path}:{line}: expected at most {MAX_VALUES} values in {MAX_DEPTH} levels, found more; cut it"
            )
        if isinstance(node, yaml.ScalarNode):
            return Value(self._path, line, text=cast(str, node.value), quoted=node.style is not None)
        if isinstance(node, yaml.SequenceNode):
            return Value(self._path, line, items=tuple(self.value(item, depth + 1) for item in node.value))
        return Value(self._path, line, entries=self._entries(node, depth))

    def _entries(self, node: Any, depth: int) -> dict[str, tuple[int, Value]]:
        entries: dict[str, tuple[int, Value]] = {}
        for key_node, value_node in node.value:
            where = f"{self._path}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise ManifestError(f"{where}: expected a word as key, found a list or mapping; write 'key: value'")
            key = cast(str, key_node.value)
            if key in entries:
                raise ManifestError(f"{where}: {key!r} is written twice, first in line {entries[key][0]}; keep one")
            entries[key] = (key_node.start_mark.line + 1, self.value(value_node, depth + 1))
        return entries
