"""Reading vector files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read(directory: Path, name: str) -> Any:
    """The content of one vector file."""
    return json.loads((directory / name).read_text())


def unhex(text: str) -> bytes:
    """The bytes of a 0x string; an odd number of digits is a short number."""
    digits = text.removeprefix("0x")
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")


def unhex_all(texts: list[str]) -> list[bytes]:
    """The bytes of many."""
    return [unhex(text) for text in texts]
