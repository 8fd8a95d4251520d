"""Names to things, scope by scope."""
