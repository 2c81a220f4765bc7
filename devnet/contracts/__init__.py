"""The Mosaic contracts from Python: deployment, calls, events, errors."""
