"""Validators and fishermen: objects that step."""
