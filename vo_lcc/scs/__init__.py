"""Simple Cone Search 1.03: the objects of a collection around a position."""
