"""A figure: what was measured, how often, against which goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    """What was measured."""
    unit: str
    """Of the samples and of the goal."""
    samples: tuple[float, ...]
    """Every run, in order; empty if it could not be measured."""
    goal: float | None = None
    """What is to be reached; None for a figure that only stands beside others."""
    more_is_better: bool = False
    """Whether the goal is a least value instead of a greatest one."""
    note: str = ""
    """Why it was not measured, or what it is made of."""

    @property
    def median(self) -> float | None:
        """The median of the samples; None without any."""
        return median(self.samples) if self.samples else None

    @property
    def verdict(self) -> str:
        """``reached``, ``not reached``, ``not measured``, or empty where there is no goal."""
        if self.median is None:
            return "not measured"
        if self.goal is None:
            return ""
        reached = self.median > self.goal if self.more_is_better else self.median < self.goal
        return "reached" if reached else "not reached"

    def as_json(self) -> dict[str, object]:
        """As the results file keeps it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "samples": [round(sample, 4) for sample in self.samples],
            "median": None if self.median is None else round(self.median, 4),
            "goal": self.goal,
            "verdict": self.verdict,
            "note": self.note,
        }


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = ["| figure | median | spread | goal | |", "|---|---:|---:|---:|---|"]
    for figure in figures:
        spread = f"{min(figure.samples):.3g}-{max(figure.samples):.3g}" if figure.samples else ""
        middle = "" if figure.median is None else f"{figure.median:.3g} {figure.unit}"
        sign = ">" if figure.more_is_better else "<"
        goal = "" if figure.goal is None else f"{sign} {figure.goal:g}"
        said = "; ".join(part for part in (figure.verdict, figure.note) if part)
        rows.append(f"| {figure.name} | {middle} | {spread} | {goal} | {said} |")
    return "\n".join(rows)
