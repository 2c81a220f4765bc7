"""Attacks, one a file, each with its arms."""
