"""What happened in a run: an append-only record, read by checks afterwards."""
