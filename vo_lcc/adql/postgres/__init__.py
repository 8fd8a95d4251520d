"""A resolved tree as SQL."""
