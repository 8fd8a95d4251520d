"""ADQL text to a tree, and back."""
