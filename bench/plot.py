"""The picture of what a meta-block costs on origin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Points = Sequence[tuple[int, int]]
"""Pairs of what was varied and the gas that it cost."""


def plot(path: Path, by_auxiliary_gas: Points, by_validators: Points) -> None:
    """Draw both series side by side into a PNG."""
    # Half a second to import, for nothing else.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, points, label in (
        (left, by_auxiliary_gas, "gas executed on auxiliary in the meta-block"),
        (right, by_validators, "validators"),
    ):
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o")
        axes.set_xlabel(label)
        axes.set_ylabel("gas on origin: propose + verifyVotes + commit")
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
    left.set_xscale("log")
    left.set_title("against auxiliary gas: constant")
    right.set_title("against validators: linear")
    figure.savefig(path, dpi=120)
