"""Validation of a running server, ours or another: `vo-lcc validate`."""
