"""Reads a manifest from YAML: every mistake is one sentence with file and line."""

from __future__ import annotations

import re
from pathlib import Path

from devnet.config.document import read_document
from devnet.config.manifest import Manifest, Source
from devnet.config.reader import ManifestReader
from devnet.config.validate import name_problem, validate


def load_manifest(path: Path | str) -> Manifest:
    """Read and validate a manifest.

    Raises ManifestError with file, line, what was expected, what was found and what to do.
    """
    path = Path(path)
    reader = ManifestReader(path)
    values = reader.fields(read_document(path), Manifest, "")
    values.setdefault("name", _name_of_file(path))
    manifest = Manifest(**values, source=Source(path, reader.lines))
    validate(manifest)
    return manifest


def _name_of_file(path: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:32].strip("-")
    return "devnet" if name_problem(name) else name
