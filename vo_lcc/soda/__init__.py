"""SODA: light curves cut out, converted and folded, one or many (SODA 1.0)."""
