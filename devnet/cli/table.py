"""Plain tables: columns as wide as their widest entry, the same on a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

GAP = "  "
"""Between two columns."""


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Headers and rows, aligned; numbers to the right, None as a dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headers), *cells]) for column in range(len(headers))]
    right = [bool(rows) and all(isinstance(row[c], int | None) for row in rows) for c in range(len(headers))]
    lines = [[header.upper() for header in headers], *cells]
    return "\n".join(_line(line, widths, right) for line in lines)


def _cell(value: object) -> str:
    return "-" if value is None else str(value)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    aligned = [
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    ]
    return GAP.join(aligned).rstrip()
