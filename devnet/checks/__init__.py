"""Invariants: pure functions of a Devnet and its finished History."""
