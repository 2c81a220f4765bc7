"""Measures what the README promises: ``make bench`` writes JSON and a table under ``bench/results``."""
