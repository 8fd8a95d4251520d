"""Releases of a collection: how they are kept, published, compared, taken back."""
